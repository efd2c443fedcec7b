//! Dot product: the node whose free room points most into the direction of what the pod asks for (Panigrahy, Talwar,
//! Uyeda, Wieder: "Heuristics for vector bin packing", 2011). Keeps what is left of a node in proportion.

use super::rule::{Bin, Need, Rule};
use super::{Incoming, Placement, Placer, by_rule};
use crate::engine::Stream;
use crate::model::cluster::ClusterView;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static ALIGNED: ReasonKind = ReasonKind {
    code: "aligned",
    sentence: "its free room goes best with what the pod asks for",
};

/// The node with the greatest sum over its resources of asked × free, both as shares of the largest node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DotProduct {}

impl Rule for DotProduct {
    fn score(&self, bin: &Bin<'_>, need: &Need<'_>) -> f64 {
        let amounts = bin.amounts(need);
        amounts
            .map(|of| (of.size / of.largest) * (of.free / of.largest))
            .sum()
    }

    fn clone_rule(&self) -> Box<dyn Rule> {
        Box::new(*self)
    }
}

impl Placer for DotProduct {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, stream: &mut Stream) -> Placement {
        by_rule::place(self, view, pod, stream, &ALIGNED)
    }

    fn rule(&self) -> Option<Box<dyn Rule>> {
        Some(self.clone_rule())
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(*self)
    }
}

impl Parameters for DotProduct {}
