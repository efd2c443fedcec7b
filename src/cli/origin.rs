//! Which launch brought a node: a pool numbers its nodes as they are launched, so its launches are counted.
//!
//! Knows: decisions in the order in which they were made. Must not know: why anything was launched.

use crate::sim::Scenario;
use crate::sim::rows::DecisionRow;

/// A node by its number in its pool, and how many the pool has launched so far.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pool: String,
    number: i64,
    launched: i64,
}

impl Origin {
    /// That of the node called `name`, if it is one of a pool by that.
    pub(super) fn of(name: &str, scenario: &Scenario) -> Option<Self> {
        let (stem, number) = name.rsplit_once('-')?;
        let pool = scenario.pools.iter().find(|pool| pool.name == stem)?;
        Some(Self {
            pool: pool.name.clone(),
            number: number.parse().ok()?,
            launched: pool.nodes_initial.into(),
        })
    }

    /// Whether the decision launched the node. Every decision has to be shown, in order.
    pub(super) fn is_launched_by(&mut self, row: &DecisionRow) -> bool {
        if (row.question, row.action) != ("node_scaling", "launch") || row.subject != self.pool {
            return false;
        }
        let (Some(from), Some(to)) = (row.from, row.to) else {
            return false;
        };
        let before = self.launched;
        self.launched += to - from;
        (before..self.launched).contains(&self.number)
    }
}
