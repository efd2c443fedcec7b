//! `replications.csv`, and replications as the report's intervals.
//!
//! Joins `experiment`, which computes, and `report`, which names and shows numbers. Must not know how either does it.

use crate::experiment::summarise;
use crate::report::summary::{Estimate, Intervals, Metric, metrics};
use crate::report::{WriteError, write_atomically};
use crate::sim::Outcome;
use std::path::Path;

/// Every number of `summary.csv` as a mean with its interval; `None` for a single run.
pub(super) fn intervals(planned: u64, outcomes: &[Outcome]) -> Option<Intervals> {
    if planned < 2 || outcomes.is_empty() {
        return None;
    }
    let keyed = |outcome: &Outcome| {
        let list = metrics(outcome).into_iter();
        list.map(
            |Metric {
                 scope,
                 name,
                 metric,
                 value,
                 ..
             }| ((scope, name, metric), value),
        )
        .collect()
    };
    let mut intervals = Intervals::new(outcomes.len() as u64);
    for summary in summarise(outcomes, keyed) {
        let (scope, name, metric) = &summary.key;
        let Some(interval) = summary.interval else {
            continue;
        };
        let estimate = Estimate {
            mean: interval.mean,
            ci95: summary.ends(),
            replications: interval.n as u64,
        };
        intervals.insert(scope, name, metric, estimate);
    }
    Some(intervals)
}

/// Writes `replications.csv`: one row a variant, replication and number, tidy.
pub(super) fn write<'a>(
    folder: &Path,
    outcomes: impl IntoIterator<Item = (&'a str, &'a Outcome)>,
) -> Result<(), WriteError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record([
        "variant",
        "replication",
        "scope",
        "name",
        "metric",
        "unit",
        "value",
    ]);
    for (variant, outcome) in outcomes {
        for number in metrics(outcome) {
            let value = number.value.filter(|value| value.is_finite());
            let _ = writer.write_record([
                variant,
                &outcome.replication.to_string(),
                number.scope,
                &number.name,
                &number.metric,
                number.unit,
                &value.map(|value| value.to_string()).unwrap_or_default(),
            ]);
        }
    }
    write_atomically(
        &folder.join("replications.csv"),
        &writer.into_inner().unwrap_or_default(),
    )
}
