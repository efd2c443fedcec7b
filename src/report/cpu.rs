//! What CPU limits and busy nodes have cost, as a table for people and in words.
//!
//! Knows which numbers answer "what slowed it". Must not know: where they are shown, or how a quota works.

use super::format::{NOTHING, count_short, duration, number, percent};
use crate::sim::outcome::{CpuOutcome, Outcome};

/// Columns of text.
pub(super) const TEXTS: [&str; 4] = ["workload", "container", "limit", "kept"];
/// Columns of numbers.
pub(super) const NUMBERS: [&str; 4] = ["periods", "stopped in", "stood still", "waited for CPU"];

/// The rows: texts, then numbers. A workload without limited containers has one row.
pub(super) fn rows(outcome: &Outcome) -> Vec<(Vec<String>, Vec<String>)> {
    let mut rows = Vec::new();
    for workload in &outcome.workloads {
        let Some(cpu) = &workload.cpu else { continue };
        let waited = duration(cpu.waited_s);
        if cpu.containers.is_empty() {
            let texts = [workload.name.as_str(), "all", NOTHING, NOTHING];
            let numbers = [NOTHING, NOTHING, NOTHING, &waited];
            rows.push((texts.map(str::to_owned).into(), numbers.map(str::to_owned).into()));
        }
        for container in &cpu.containers {
            let texts = vec![
                workload.name.clone(),
                container.name.clone(),
                number(container.limit_cores),
                cpu.mode.clone(),
            ];
            let numbers = vec![
                container.periods.map_or_else(|| NOTHING.to_owned(), count_short),
                container
                    .throttled_share()
                    .map_or_else(|| NOTHING.to_owned(), percent),
                duration(container.throttled_s),
                waited.clone(),
            ];
            rows.push((texts, numbers));
        }
    }
    rows
}

/// `app stopped by its CPU limit of 0.5 in 31% of its periods; pods waited 3 h in all for CPU that …`, if it was slowed at all.
pub(super) fn told(cpu: &CpuOutcome) -> Option<String> {
    let mut parts = Vec::new();
    for container in cpu.containers.iter().filter(|one| one.throttled_s > 0.0) {
        let limit = number(container.limit_cores);
        parts.push(match container.throttled_share() {
            Some(share) => format!(
                "{} stopped by its CPU limit of {limit} in {} of its periods",
                container.name,
                percent(share)
            ),
            None => format!(
                "{} slowed by its CPU limit of {limit} by {} in all (fluid mode)",
                container.name,
                duration(container.throttled_s)
            ),
        });
    }
    if cpu.waited_s > 0.0 {
        parts.push(format!(
            "pods waited {} in all for CPU that others on their nodes had",
            duration(cpu.waited_s)
        ));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::sim::outcome::{ContainerCpu, CpuOutcome};

    #[test]
    fn what_slowed_a_workload_is_told_and_nothing_where_nothing_did() {
        let container = ContainerCpu {
            name: "app".into(),
            limit_cores: 0.5,
            periods: Some(1000),
            periods_throttled: Some(310),
            throttled_s: 12.0,
        };
        let mut cpu = CpuOutcome {
            mode: "exact".into(),
            waited_s: 0.0,
            containers: vec![container],
        };
        assert_eq!(
            told(&cpu).unwrap(),
            "app stopped by its CPU limit of 0.5 in 31% of its periods"
        );
        cpu.waited_s = 7200.0;
        cpu.containers[0].periods = None;
        assert_eq!(
            told(&cpu).unwrap(),
            "app slowed by its CPU limit of 0.5 by 12 s in all (fluid mode); pods waited 2 h in all for CPU that others on \
             their nodes had"
        );
        cpu.containers.clear();
        cpu.waited_s = 0.0;
        assert_eq!(told(&cpu), None);
    }
}
