//! Random: any node with room, equally likely. The baseline every other placement should beat.

use super::filter::{Rejections, feasible};
use super::{Incoming, Placement, Placer};
use crate::engine::Stream;
use crate::model::cluster::ClusterView;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static ANY: ReasonKind = ReasonKind {
    code: "random",
    sentence: "drawn from the nodes with room",
};

/// Any node with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Random {}

impl Placer for Random {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, stream: &mut Stream) -> Placement {
        let mut rejections = Rejections::default();
        let mut open = Vec::new();
        for place in 0..view.len() {
            let Some(node) = view.node(place) else { continue };
            match feasible(&view.objects().volumes, node, pod) {
                Ok(()) => open.push(place),
                Err(rejection) => rejections.add(rejection),
            }
        }
        if open.is_empty() {
            return Placement::Wait(rejections.into());
        }
        Placement::Bind {
            place: open[stream.random_range(0..open.len())],
            reason: &ANY,
        }
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(*self)
    }
}

impl Parameters for Random {}
