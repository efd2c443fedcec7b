//! First fit: the first node, in order of launch, that has room. Keeps the newest nodes empty, so that they can go.

use super::by_rule::Ruled;
use super::rule::{Bins, Need, Rule};
use crate::engine::Stream;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static FIRST: ReasonKind = ReasonKind {
    code: "first_with_room",
    sentence: "the first node with room",
};

/// The first node with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstFit {}

impl Rule for FirstFit {
    fn choose(&mut self, bins: &mut dyn Bins, _: &Need<'_>, _: &mut Stream) -> Option<usize> {
        (0..bins.count()).find(|&place| bins.has_room(place))
    }
}

impl Ruled for FirstFit {
    const REASON: &'static ReasonKind = &FIRST;
}

impl Parameters for FirstFit {}
