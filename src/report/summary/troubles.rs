//! What went wrong, and what a person had to do about it or because no controller does: as numbers of `summary.csv`.
//!
//! Knows: their names and units. Must not know: the other numbers of an outcome.

use super::List;
use crate::sim::outcome::{FaultOutcome, Outcome, Spread};

impl List {
    /// What a fault came to, and each workload that it affected.
    pub(super) fn fault(&mut self, fault: &FaultOutcome) {
        let who = ("fault", fault.name.as_str());
        self.add(
            who,
            [
                ("occurrences", "count", fault.occurrences as f64),
                ("unrecovered", "count", fault.unrecovered as f64),
                ("nodes", "count", fault.nodes as f64),
            ],
        );
        let mut times = |what: &str, times: Option<Spread>| {
            self.maybe(who, &format!("{what}_mean"), "s", times.map(|times| times.mean));
            self.maybe(who, &format!("{what}_max"), "s", times.map(|times| times.max));
        };
        times("time_to_detect", fault.time_to_detect_s);
        times("time_to_recover", fault.time_to_recover_s);
        for own in &fault.workloads {
            let name = format!("{}/{}", fault.name, own.name);
            let who = ("faulted", name.as_str());
            self.maybe(who, "availability", "ratio", own.availability);
            self.add(
                who,
                [
                    ("pods_lost", "count", own.pods_lost as f64),
                    ("requests_lost", "count", own.requests_lost as f64),
                    ("requests_failed", "count", own.requests_failed as f64),
                    ("requests_succeeded", "count", own.requests_succeeded as f64),
                    ("work_lost", "s", own.work_lost_s),
                ],
            );
        }
    }

    /// The steps by hand of each kind that there can be, and of all; nothing where there can be none.
    pub(super) fn by_hand(&mut self, outcome: &Outcome) {
        if outcome.by_hand.is_empty() {
            return;
        }
        let steps = outcome.by_hand.iter().map(|one| (one.step.as_str(), one.count));
        for (step, count) in steps.chain([("all", outcome.steps_by_hand())]) {
            self.add(("by_hand", step), [("steps", "count", count as f64)]);
        }
    }
}
