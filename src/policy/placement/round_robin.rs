//! Round robin: the next node with room after the one used last. A baseline: even by number, blind to size.

use super::by_rule::Ruled;
use super::rule::{Bins, Need, Rule};
use super::used_last::UsedLast;
use crate::engine::Stream;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static NEXT: ReasonKind = ReasonKind {
    code: "next_in_turn",
    sentence: "the next node with room in turn",
};

/// Every node with room in turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundRobin {
    #[serde(skip)]
    last: UsedLast,
}

impl Rule for RoundRobin {
    fn choose(&mut self, bins: &mut dyn Bins, _: &Need<'_>, _: &mut Stream) -> Option<usize> {
        let first = self.last.after(bins);
        self.last.next_from(first, bins)
    }
}

impl Ruled for RoundRobin {
    const REASON: &'static ReasonKind = &NEXT;
}

impl Parameters for RoundRobin {}
