//! Worst fit: the node that is emptiest with the pod on it. Spreads load, and keeps every node in use.

use super::left::LeftAfter;
use super::{Incoming, Placement, Placer, highest_scored};
use crate::engine::Stream;
use crate::model::cluster::ClusterView;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static EMPTIEST: ReasonKind = ReasonKind {
    code: "emptiest",
    sentence: "the emptiest node",
};

/// The emptiest node, the oldest among equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorstFit {}

impl Placer for WorstFit {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, _: &mut Stream) -> Placement {
        let mut left = LeftAfter::default();
        highest_scored(view, pod, &EMPTIEST, |node| left.on(node, pod.class))
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(*self)
    }
}

impl Parameters for WorstFit {}
