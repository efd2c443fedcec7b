//! Random: any node with room, equally likely. The baseline every other placement should beat.

use super::by_rule::Ruled;
use super::rule::{Bin, Bins, Need, Rule};
use crate::engine::Stream;
use crate::model::gpu::{Taken, hand_out};
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static ANY: ReasonKind = ReasonKind {
    code: "random",
    sentence: "drawn from the nodes with room",
};

/// Any node with room; a share of a GPU goes to any of its devices with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Random {}

impl Rule for Random {
    fn choose(&mut self, bins: &mut dyn Bins, _: &Need<'_>, stream: &mut Stream) -> Option<usize> {
        let open: Vec<usize> = (0..bins.count()).filter(|&place| bins.has_room(place)).collect();
        (!open.is_empty()).then(|| open[stream.random_range(0..open.len())])
    }

    fn devices(&self, bin: &Bin<'_>, need: &Need<'_>, stream: &mut Stream) -> Taken {
        let (idle, gpus) = (bin.gpus.idle, need.gpus);
        let able: Vec<usize> = (0..idle.len())
            .filter(|&device| idle[device] >= gpus.milli())
            .collect();
        if !gpus.is_share() || able.is_empty() {
            return hand_out(idle, gpus);
        }
        Taken::of([able[stream.random_range(0..able.len())]], gpus.milli())
    }
}

impl Ruled for Random {
    const REASON: &'static ReasonKind = &ANY;
}

impl Parameters for Random {}
