//! Best fit: the node that is fullest with the pod on it. Packs tightly, so that other nodes can go; what Kubernetes
//! calls `MostAllocated`, here the mean over all resources of the node.

use super::left::LeftAfter;
use super::{Incoming, Placement, Placer, highest_scored};
use crate::engine::Stream;
use crate::model::cluster::ClusterView;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

static FULLEST: ReasonKind = ReasonKind {
    code: "fullest",
    sentence: "the fullest node that still has room",
};

/// The fullest node with room, the oldest among equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BestFit {}

impl Placer for BestFit {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, _: &mut Stream) -> Placement {
        let mut left = LeftAfter::default();
        highest_scored(view, pod, &FULLEST, |node| Reverse(left.on(node, pod.class)))
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(*self)
    }
}

impl Parameters for BestFit {}
