//! Worst fit: the node that is emptiest with the pod on it. Spreads load, and keeps every node in use.

use super::left::LeftAfter;
use super::rule::{Bins, Need, Rule, first_with_greatest};
use super::{Incoming, Placement, Placer, by_rule};
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

impl Rule for WorstFit {
    fn choose(&mut self, bins: &mut dyn Bins, need: &Need<'_>, _: &mut Stream) -> Option<usize> {
        let mut left = LeftAfter::default();
        first_with_greatest(bins, |bin| left.on(bin, need))
    }

    fn clone_rule(&self) -> Box<dyn Rule> {
        Box::new(*self)
    }
}

impl Placer for WorstFit {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, stream: &mut Stream) -> Placement {
        by_rule::place(self, view, pod, stream, &EMPTIEST)
    }

    fn rule(&self) -> Option<Box<dyn Rule>> {
        Some(self.clone_rule())
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(*self)
    }
}

impl Parameters for WorstFit {}
