//! Objectives over several replications.
//!
//! Knows when an objective counts as met: when every replication meets it. Must not know how it is shown.

use crate::report::format;
use crate::sim::Outcome;
use crate::sim::outcome::ObjectiveOutcome;

/// Each objective of `shown`, judged by the replication that comes off worst.
pub(super) fn over(shown: &Outcome, replications: &[Outcome]) -> Vec<ObjectiveOutcome> {
    let worst = |(index, own): (usize, &ObjectiveOutcome)| {
        let badness = |objective: &ObjectiveOutcome| {
            let excess = objective.value - objective.bound;
            let wants_more = objective.objective.contains(" at least ");
            (!objective.met, if wants_more { -excess } else { excess })
        };
        let all = replications
            .iter()
            .filter_map(|outcome| outcome.objectives.get(index));
        let worst = all.max_by(|a, b| {
            let (a, b) = (badness(a), badness(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        worst.unwrap_or(own).clone()
    };
    shown.objectives.iter().enumerate().map(worst).collect()
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
        [] => format!("All {all} replications meet every objective; measured values are the worst of them."),
        _ => format!(
            "An objective is met if every replication meets it; measured values are the worst. {}.",
            missed.join("; ")
        ),
    })
}
