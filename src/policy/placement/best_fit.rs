//! Best fit: the node that is fullest with the pod on it. Packs tightly, so that other nodes can go; what Kubernetes
//! calls `MostAllocated`, here the mean over all resources of the node.

use super::by_rule::Ruled;
use super::left::LeftAfter;
use super::rule::{Bins, Need, Rule, first_with_greatest};
use crate::engine::Stream;
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

impl Rule for BestFit {
    fn choose(&mut self, bins: &mut dyn Bins, need: &Need<'_>, _: &mut Stream) -> Option<usize> {
        let mut left = LeftAfter::default();
        first_with_greatest(bins, |bin| Reverse(left.on(bin, need)))
    }
}

impl Ruled for BestFit {
    const REASON: &'static ReasonKind = &FULLEST;
}

impl Parameters for BestFit {}
