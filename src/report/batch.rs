//! What has come of Jobs, as a table for people: one row a batch workload.
//!
//! Knows which numbers answer "did they finish, when, and at what loss". Must not know where they are shown.

use super::format::{NOTHING, count, duration, percent};
use super::{terminal, text_table};
use crate::sim::outcome::{BatchOutcome, Outcome, Quantiles, WorkloadOutcome};

/// Columns of text.
pub(super) const TEXTS: [&str; 1] = ["jobs"];
/// Columns of numbers.
pub(super) const NUMBERS: [&str; 8] = [
    "started",
    "complete",
    "failed",
    "took p50",
    "p95",
    "most",
    "wait p95",
    "work lost",
];

/// The rows: texts, then numbers.
pub(super) fn rows(outcome: &Outcome) -> Vec<(Vec<String>, Vec<String>)> {
    let row = |workload: &WorkloadOutcome| {
        let batch = workload.batch.as_ref()?;
        Some((vec![workload.name.clone()], numbers(batch)))
    };
    outcome.workloads.iter().filter_map(row).collect()
}

/// The table for a terminal, after an empty line; nothing without any batch workload.
pub(super) fn lines(outcome: &Outcome, width: usize) -> Vec<String> {
    let header = [TEXTS.as_slice(), NUMBERS.as_slice()].concat();
    let mut lines = text_table::lines(&header, rows(outcome), width, 20);
    for workload in &outcome.workloads {
        if let Some(told) = workload.batch.as_ref().and_then(told) {
            let name = terminal::shortened(&terminal::plain(&workload.name), 20);
            lines.extend(terminal::wrapped(&format!("  {name}: {told}"), "    ", width));
        }
    }
    lines
}

/// What the table does not say: why Jobs failed, what was retried, which starts were missed. `None` if nothing went wrong.
pub(super) fn told(batch: &BatchOutcome) -> Option<String> {
    let mut told: Vec<String> = batch
        .failures
        .iter()
        .map(|failed| format!("{} failed with {}", count(failed.jobs), failed.reason))
        .collect();
    for (many, what) in [
        (batch.starts_missed, "starts of the schedule were missed"),
        (batch.replaced, "replaced by the next"),
        (batch.unfinished, "unfinished at the end"),
        (batch.pods_failed, "pods went before their work was done"),
    ] {
        if many > 0 {
            told.push(format!("{} {what}", count(many)));
        }
    }
    (!told.is_empty()).then(|| told.join(", "))
}

fn numbers(batch: &BatchOutcome) -> Vec<String> {
    let time = |quantiles: &Quantiles, value: f64| match quantiles.count {
        0 => NOTHING.to_owned(),
        _ => duration(value),
    };
    let lost = if batch.work_s > 0.0 {
        percent(batch.work_lost_s / batch.work_s)
    } else {
        NOTHING.to_owned()
    };
    vec![
        count(batch.started),
        count(batch.succeeded),
        count(batch.failed),
        time(&batch.duration, batch.duration.p50),
        time(&batch.duration, batch.duration.p95),
        time(&batch.duration, batch.duration.max),
        time(&batch.wait, batch.wait.p95),
        lost,
    ]
}

#[cfg(test)]
mod tests {
    use super::{lines, told};
    use crate::report::sample;
    use crate::sim::outcome::BatchOutcome;

    /// Were a failure or a missed start left out, a night without its report would look like any other.
    #[test]
    fn jobs_are_told_with_what_went_wrong() {
        let mut outcome = sample::outcome();
        assert!(lines(&outcome, 100).is_empty(), "nothing is told of no Jobs");
        outcome.workloads[0].batch = Some(sample::batch());
        insta::assert_snapshot!("jobs", lines(&outcome, 100).join("\n"));
        assert_eq!(told(&BatchOutcome::default()), None);
    }
}
