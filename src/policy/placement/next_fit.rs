//! Next fit: stays on the node it used last while that has room, then goes on round the fleet. The cheapest heuristic,
//! and the one that wastes most.

use super::rule::{Bins, Need, Rule};
use super::used_last::UsedLast;
use super::{Incoming, Placement, Placer, by_rule};
use crate::engine::Stream;
use crate::model::cluster::ClusterView;
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

    fn clone_rule(&self) -> Box<dyn Rule> {
        Box::new(self.clone())
    }
}

impl Placer for NextFit {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, stream: &mut Stream) -> Placement {
        by_rule::place(self, view, pod, stream, &NEXT)
    }

    fn rule(&self) -> Option<Box<dyn Rule>> {
        Some(self.clone_rule())
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(self.clone())
    }
}

impl Parameters for NextFit {}
