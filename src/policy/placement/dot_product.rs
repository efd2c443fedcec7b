//! Dot product: the node whose free room points most into the direction of what the pod asks for (Panigrahy, Talwar,
//! Uyeda, Wieder: "Heuristics for vector bin packing", 2011). Keeps what is left of a node in proportion.

use super::by_rule::Ruled;
use super::rule::{Bin, Need, Rule};
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
}

impl Ruled for DotProduct {
    const REASON: &'static ReasonKind = &ALIGNED;
}

impl Parameters for DotProduct {}
