//! L2 norm greedy: the node with the shortest vector of what would be left (Panigrahy, Talwar, Uyeda, Wieder: "Heuristics
//! for vector bin packing", 2011).

use super::by_rule::Ruled;
use super::rule::{Bin, Need, Rule};
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static LEAST_LEFT: ReasonKind = ReasonKind {
    code: "least_left",
    sentence: "the least is left of it with the pod there",
};

/// The node with the least sum over its resources of (free − asked)², as shares of the largest node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct L2NormGreedy {}

impl Rule for L2NormGreedy {
    fn score(&self, bin: &Bin<'_>, need: &Need<'_>) -> f64 {
        let left = bin.amounts(need).map(|of| (of.free - of.size) / of.largest);
        -left.map(|left| left * left).sum::<f64>()
    }
}

impl Ruled for L2NormGreedy {
    const REASON: &'static ReasonKind = &LEAST_LEFT;
}

impl Parameters for L2NormGreedy {}
