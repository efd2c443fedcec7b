//! Objectives over several replications.
//!
//! Knows when an objective counts as met: when every replication meets it. Must not know how it is shown.

use crate::experiment::LEVEL;
use crate::report::format;
use crate::sim::Outcome;
use crate::sim::outcome::{Judged, ObjectiveOutcome};
use crate::stats::MeanInterval;

/// Each objective over `replications`, which are those of one scenario: the mean of what they measured, with its
/// interval. One replication's is as it is.
pub(super) fn over(replications: &[Outcome]) -> Vec<ObjectiveOutcome> {
    let Some((first, others)) = replications.split_first() else {
        return Vec::new();
    };
    if others.is_empty() {
        return first.objectives.clone();
    }
    let judged = |(index, own): (usize, &ObjectiveOutcome)| {
        let all = || {
            replications
                .iter()
                .filter_map(move |outcome| outcome.objectives.get(index))
        };
        // What could not be measured is no value: the latency of no requests.
        let values: Vec<f64> = all()
            .filter(|objective| !objective.measured.starts_with("no request"))
            .map(|objective| objective.value)
            .collect();
        let missed = all().filter(|objective| !objective.met).count() as u64;
        let mean = MeanInterval::of(&values, LEVEL);
        let ci95 = mean
            .filter(|mean| !mean.is_deterministic())
            .and_then(|mean| mean.low().zip(mean.high()));
        ObjectiveOutcome {
            measured: mean.map_or_else(
                || own.measured.clone(),
                |mean| format::by_unit(mean.mean, &own.unit),
            ),
            value: mean.map_or(own.value, |mean| mean.mean),
            met: missed == 0,
            over: Some(Judged {
                replications: replications.len() as u64,
                missed,
                ci95,
            }),
            ..own.clone()
        }
    };
    first.objectives.iter().enumerate().map(judged).collect()
}

/// What the judgement rests on; `None` without objectives or with one replication.
pub(super) fn basis(replications: &[Outcome]) -> Option<String> {
    let n = replications.len();
    let first = replications
        .first()
        .filter(|outcome| n > 1 && !outcome.objectives.is_empty())?;
    let missed_in = |index: usize| {
        replications
            .iter()
            .filter(|outcome| outcome.objectives.get(index).is_some_and(|it| !it.met))
            .count()
    };
    let missed: Vec<String> = first
        .objectives
        .iter()
        .enumerate()
        .filter(|(index, _)| missed_in(*index) > 0)
        .map(|(index, objective)| {
            format!(
                "“{}” was missed in {} of {n}",
                objective.objective,
                missed_in(index)
            )
        })
        .collect();
    let all = format::count(n as u64);
    Some(match missed.as_slice() {
        [] => format!("All {all} replications meet every objective; measured values are means over them."),
        _ => format!(
            "An objective is met if every replication meets it; measured values are means over them. {}.",
            missed.join("; ")
        ),
    })
}
