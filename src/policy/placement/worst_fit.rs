//! Worst fit: the node that is emptiest with the pod on it. Spreads load, and keeps every node in use.

use super::by_rule::Ruled;
use super::left::LeftAfter;
use super::rule::{Bins, Need, Rule, first_with_greatest};
use crate::engine::Stream;
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

impl Rule for WorstFit {
    fn choose(&mut self, bins: &mut dyn Bins, need: &Need<'_>, _: &mut Stream) -> Option<usize> {
        let mut left = LeftAfter::default();
        first_with_greatest(bins, |bin| left.on(bin, need))
    }
}

impl Ruled for WorstFit {
    const REASON: &'static ReasonKind = &EMPTIEST;
}

impl Parameters for WorstFit {}
