//! What is shown of searches, and the numbers taken from them.

use crate::sim::packing::dynamic::{Fewest, Queue, WaitLimit};

/// One search.
#[derive(Clone, Debug)]
pub struct FewestRow {
    /// What the placement policy is called.
    pub policy: String,
    /// Who goes first.
    pub queue: Queue,
    /// What was found.
    pub found: Fewest,
}

/// Everything that is shown.
#[derive(Clone, Debug)]
pub struct FewestTable {
    /// Which pods on which machines.
    pub title: String,
    /// What had to hold.
    pub limit: WaitLimit,
    /// Price of a machine, US dollars an hour, if it is known.
    pub price: Option<f64>,
    /// Every search that was finished.
    pub rows: Vec<FewestRow>,
    /// The seed of those policies that draw.
    pub seed: u64,
    /// The program's version.
    pub version: String,
    /// The command that repeats it.
    pub command: String,
}

impl FewestRow {
    /// Both names.
    pub(super) fn name(&self) -> String {
        format!("{}, {}", self.policy, self.queue.name())
    }
}

impl FewestTable {
    /// The search that found the fewest, the first among equals.
    pub(super) fn best(&self) -> Option<(&FewestRow, u64)> {
        let rows = self.rows.iter();
        let found = rows.filter_map(|row| Some((row, row.found.machines?)));
        found.min_by_key(|(_, machines)| *machines)
    }

    /// What so many machines cost, US dollars an hour.
    pub(super) fn per_hour(&self, machines: u64) -> Option<f64> {
        self.price.map(|price| price * machines as f64)
    }

    /// The limit for people, such as "the p95 of waits at most 10 min".
    pub(super) fn said(&self) -> String {
        let most = crate::report::format::duration(self.limit.at_most.secs_f64());
        match self.limit.of.to_string().as_str() {
            "mean" => format!("a mean wait of at most {most}"),
            "max" => format!("no wait longer than {most}"),
            percentile => {
                let percent = percentile.trim_start_matches('p');
                format!("{percent} % of the waits at most {most}")
            }
        }
    }
}
