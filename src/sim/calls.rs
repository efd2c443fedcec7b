//! What calls came to: the groups' records under the names of workloads.

use super::outcome::CallOutcome;
use super::summary::quantiles;
use super::world::World;
use crate::workload::serving::{EdgeRecord, Group};
use std::collections::BTreeMap;

impl World {
    /// Every kind of call and every way on, in the order of workloads and steps.
    pub(super) fn call_outcomes(&self) -> Vec<CallOutcome> {
        let mut outcomes: Vec<CallOutcome> = Vec::new();
        for group in self.workloads.groups() {
            outcomes.extend(group.records().map(|record| self.of_calls(record)));
            outcomes.extend(self.of_forwards(group));
        }
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for outcome in &mut outcomes {
            let arrow = if outcome.kind == "call" { "->" } else { "=>" };
            let name = format!("{} {arrow} {}", outcome.from, outcome.to);
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            outcome.name = match count {
                1 => name,
                nth => format!("{name} ({nth})"),
            };
        }
        outcomes
    }

    fn name(&self, workload: usize) -> String {
        self.workloads[workload].spec.name.clone()
    }

    fn of_calls(&self, record: &EdgeRecord) -> CallOutcome {
        CallOutcome {
            name: String::new(),
            from: self.name(record.from),
            to: self.name(record.to),
            kind: "call".to_owned(),
            step: record.step as u32 + 1,
            calls: record.calls,
            attempts: record.attempts,
            failed: record.failed,
            retried: record.retried,
            hedged: record.hedged,
            broken: record.broken,
            orphaned: record.orphaned,
            latency: quantiles(&record.latency),
        }
    }

    fn of_forwards(&self, group: &Group) -> Vec<CallOutcome> {
        let forwards = group.forwards().map(|(from, to, passed)| CallOutcome {
            from: self.name(from),
            to: self.name(to),
            kind: "forward".to_owned(),
            calls: passed,
            attempts: passed,
            ..CallOutcome::default()
        });
        forwards.collect()
    }
}
