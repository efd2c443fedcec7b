//! Next fit: stays on the node it used last while that has room, then goes on round the fleet. The cheapest heuristic,
//! and the one that wastes most.

use super::by_rule::Ruled;
use super::rule::{Bins, Need, Rule};
use super::used_last::UsedLast;
use crate::engine::Stream;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static NEXT: ReasonKind = ReasonKind {
    code: "next_with_room",
    sentence: "the next node with room after the one used last",
};

/// The next node with room, from the one used last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NextFit {
    #[serde(skip)]
    last: UsedLast,
}

impl Rule for NextFit {
    fn choose(&mut self, bins: &mut dyn Bins, _: &Need<'_>, _: &mut Stream) -> Option<usize> {
        let first = self.last.here(bins);
        self.last.next_from(first, bins)
    }
}

impl Ruled for NextFit {
    const REASON: &'static ReasonKind = &NEXT;
}

impl Parameters for NextFit {}
