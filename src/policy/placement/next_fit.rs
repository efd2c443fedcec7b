//! Next fit: stays on the node it used last while that has room, then goes on round the fleet. The cheapest heuristic,
//! and the one that wastes most.

use super::filter::{Rejections, feasible};
use super::{Incoming, Placement, Placer};
use crate::engine::Stream;
use crate::model::cluster::ClusterView;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static NEXT: ReasonKind = ReasonKind {
    code: "next_with_room",
    sentence: "the next node with room after the one used last",
};

/// The next node with room, from the one used last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NextFit {
    #[serde(skip)]
    last: usize,
}

impl Placer for NextFit {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, _: &mut Stream) -> Placement {
        let mut rejections = Rejections::default();
        let count = view.len();
        for place in (0..count).map(|step| (self.last + step) % count) {
            let Some(node) = view.node(place) else { continue };
            match feasible(node, pod.class) {
                Ok(()) => {
                    self.last = place;
                    return Placement::Bind { place, reason: &NEXT };
                }
                Err(rejection) => rejections.add(rejection),
            }
        }
        Placement::Wait(rejections.into())
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(*self)
    }
}

impl Parameters for NextFit {}
