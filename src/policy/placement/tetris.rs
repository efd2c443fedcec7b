//! Tetris: the node whose free room goes best with what the pod asks for, each as a share of that node (the alignment
//! score of Grandl et al., "Multi-resource packing for cluster schedulers", SIGCOMM 2014). Its second term, shortest
//! remaining work first, is about which pod comes next, not about where it goes.

use super::by_rule::Ruled;
use super::rule::{Bin, Need, Rule};
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static ALIGNED: ReasonKind = ReasonKind {
    code: "aligned_share",
    sentence: "what is free of it, as shares of it, goes best with what the pod asks for",
};

/// The node with the greatest sum over its resources of asked × free, both as shares of that node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tetris {}

impl Rule for Tetris {
    fn score(&self, bin: &Bin<'_>, need: &Need<'_>) -> f64 {
        let amounts = bin.amounts(need);
        amounts
            .map(|of| (of.size / of.capacity) * (of.free / of.capacity))
            .sum()
    }
}

impl Ruled for Tetris {
    const REASON: &'static ReasonKind = &ALIGNED;
}

impl Parameters for Tetris {}
