//! The answer of a run in one sentence: which objectives it meets, and by how much it misses the others.
//!
//! Knows outcomes. Must not know where the sentence is shown.

use super::format;
use crate::sim::outcome::{ObjectiveOutcome, Outcome, WorkloadOutcome};

/// Whether a run did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Every objective was met.
    Met,
    /// At least one was missed.
    Missed,
    /// There was none.
    NoObjectives,
}

/// The answer of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// In a word.
    pub state: State,
    /// In a sentence, without a full stop: `Misses 1 of 2: shop p99 latency 1.2 s > 300 ms`.
    pub sentence: String,
}

/// The answer of `outcome`.
#[must_use]
pub fn answer(outcome: &Outcome) -> Answer {
    let all = outcome.objectives.len();
    let missed: Vec<_> = outcome
        .objectives
        .iter()
        .filter(|objective| !objective.met)
        .collect();
    if all == 0 {
        let sentence = format!("No objectives set: {}", facts(outcome));
        return Answer {
            state: State::NoObjectives,
            sentence,
        };
    }
    if missed.is_empty() {
        let sentence = match all {
            1 => format!("Meets its objective: {}", in_short(&outcome.objectives[0])),
            2 => "Meets both objectives".to_owned(),
            _ => format!("Meets all {all} objectives"),
        };
        return Answer {
            state: State::Met,
            sentence,
        };
    }
    let named = missed
        .iter()
        .take(3)
        .map(|objective| in_short(objective))
        .collect::<Vec<_>>()
        .join("; ");
    let more = if missed.len() > 3 {
        format!("; and {} more", missed.len() - 3)
    } else {
        String::new()
    };
    let how_many = if all == 1 {
        "its objective".to_owned()
    } else {
        format!("{} of {all} objectives", missed.len())
    };
    Answer {
        state: State::Missed,
        sentence: format!("Misses {how_many}: {named}{more}"),
    }
}

/// An objective with what was measured, as short as it reads: `shop p99 latency 1.2 s > 300 ms`.
#[must_use]
pub fn in_short(objective: &ObjectiveOutcome) -> String {
    let (subject, sign, bound) = parts(&objective.objective);
    let measured = measured(objective);
    match bound {
        Some(bound) => {
            // What is true of the measured value, not what was asked of it.
            let within = match (objective.over, sign) {
                (None, _) => objective.met,
                (Some(_), Sign::AtMost) => objective.value <= objective.bound,
                (Some(_), Sign::AtLeast) => objective.value >= objective.bound,
            };
            let sign = match (sign, within) {
                (Sign::AtMost, true) => "≤",
                (Sign::AtMost, false) => ">",
                (Sign::AtLeast, true) => "≥",
                (Sign::AtLeast, false) => "<",
            };
            let but = missed_in_some(objective)
                .map_or_else(String::new, |missed| format!(", missed in {missed} replications"));
            format!("{subject} {measured} {sign} {}{but}", spaced(bound))
        }
        None => format!("{subject}: {measured}"),
    }
}

/// What was measured: `271 ms`, and `271 ms ±12 ms` over replications.
#[must_use]
pub fn measured(objective: &ObjectiveOutcome) -> String {
    let measured = spaced(&objective.measured);
    match objective.over.and_then(|over| over.ci95) {
        Some((low, high)) => {
            let unit = objective.unit.as_str();
            let half = half(low, high, unit, |half| format::by_unit(half, unit));
            format!("{measured} ±{half}")
        }
        None => measured,
    }
}

/// Half an interval: of shares in percentage points, not percent.
pub(super) fn half(low: f64, high: f64, unit: &str, render: impl Fn(f64) -> String) -> String {
    let half = (high - low) / 2.0;
    match unit {
        // Digits that nobody asked about.
        "ratio" if half < 5e-6 => "<0.001 pp".to_owned(),
        "ratio" => format!("{} pp", format::number(half * 100.0)),
        _ => render(half),
    }
}

/// `1 of 5`, where some replications missed it and others did not.
#[must_use]
pub fn missed_in_some(objective: &ObjectiveOutcome) -> Option<String> {
    let over = objective.over?;
    (over.missed > 0 && over.missed < over.replications)
        .then(|| format!("{} of {}", over.missed, over.replications))
}

/// The bound of a workload's objective on the quantile `p50`, `p95`, `p99` … of its latency, if it has one.
#[must_use]
pub fn latency_bound(outcome: &Outcome, workload: &str, quantile: &str) -> Option<f64> {
    let start = format!("{workload}: {quantile} latency ");
    outcome
        .objectives
        .iter()
        .find(|o| o.objective.starts_with(&start))
        .map(|o| o.bound)
}

/// What a run that ended early must say, `None` if it went to its end.
#[must_use]
pub fn cut_short(outcome: &Outcome) -> Option<String> {
    let why = match outcome.stopped.as_str() {
        "cancelled" => "it was interrupted",
        "stopped" => "it was stopped",
        "failed" => "it failed",
        "event_limit" => "it reached the limit of events",
        _ => return None,
    };
    Some(format!(
        "This run did not go to its end: {why} after {}. Its numbers cover that part only.",
        format::duration(outcome.duration_s)
    ))
}

/// Whether the run had machines or money in it.
#[must_use]
pub fn has_fleet(outcome: &Outcome) -> bool {
    outcome.cluster.nodes_max > 0 || outcome.cluster.cost_usd > 0.0 || !outcome.cluster.pools.is_empty()
}

fn facts(outcome: &Outcome) -> String {
    let busiest = outcome
        .workloads
        .iter()
        .max_by_key(|workload| workload.requests.arrived);
    let Some(workload) = busiest.filter(|workload| workload.requests.arrived > 0) else {
        return jobs(outcome).unwrap_or_else(|| "no requests were made".to_owned());
    };
    let mut facts = workload.requests.success_ratio().map_or_else(
        || {
            format!(
                "{} finished none of {} requests",
                workload.name,
                format::count(workload.requests.arrived)
            )
        },
        |ratio| {
            let all = format::count_short(workload.requests.arrived);
            format!(
                "{} answered {} of {all} requests",
                workload.name,
                format::percent(ratio)
            )
        },
    );
    if workload.latency.count > 0 {
        facts += &format!(", p99 {}", format::duration(workload.latency.p99));
    }
    if outcome.cluster.cost_usd > 0.0 {
        facts += &format!(", for {}", format::money(outcome.cluster.cost_usd));
    }
    facts
}

/// What has come of the Jobs of the first batch workload, if there is one.
fn jobs(outcome: &Outcome) -> Option<String> {
    let named = |workload: &WorkloadOutcome| Some((workload.name.clone(), workload.batch.clone()?));
    let (name, batch) = outcome.workloads.iter().find_map(named)?;
    let (complete, started) = (format::count(batch.succeeded), format::count(batch.started));
    let mut facts = format!("{name} completed {complete} of {started} Jobs");
    if batch.duration.count > 0 {
        facts += &format!(", p95 {}", format::duration(batch.duration.p95));
    }
    if outcome.cluster.cost_usd > 0.0 {
        facts += &format!(", for {}", format::money(outcome.cluster.cost_usd));
    }
    Some(facts)
}

#[derive(Clone, Copy)]
enum Sign {
    AtMost,
    AtLeast,
}

// `shop: p99 latency at most 300ms` → (`shop p99 latency`, at most, `300ms`).
fn parts(sentence: &str) -> (String, Sign, Option<&str>) {
    for (words, sign) in [(" at most ", Sign::AtMost), (" at least ", Sign::AtLeast)] {
        if let Some((subject, bound)) = sentence.rsplit_once(words) {
            return (subject.replacen(": ", " ", 1), sign, Some(bound));
        }
    }
    (sentence.to_owned(), Sign::AtMost, None)
}

/// `300ms` → `300 ms`; anything that is not a number with a unit of time stays.
#[must_use]
pub fn spaced(quantity: &str) -> String {
    let digits = quantity.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = &quantity[digits.len()..];
    match unit {
        "ns" | "us" | "µs" | "ms" | "s" | "m" | "min" | "h" | "d" if digits.parse::<f64>().is_ok() => {
            format!("{digits} {}", if unit == "m" { "min" } else { unit })
        }
        _ => quantity.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::sim::outcome::Judged;

    #[test]
    fn a_miss_is_named_with_its_measure_and_bound() {
        assert_eq!(
            answer(&sample::outcome()).sentence,
            "Misses 1 of 2 objectives: shop p99 latency 1.24 s > 300 ms"
        );
    }

    #[test]
    fn meeting_everything_is_said_plainly() {
        let mut outcome = sample::outcome();
        outcome.objectives.remove(0);
        assert_eq!(
            answer(&outcome).sentence,
            "Meets its objective: shop success 99.981% ≥ 99.9%"
        );
        outcome.objectives.clear();
        assert_eq!(
            answer(&outcome).sentence,
            "No objectives set: shop answered 99.981% of 18.4 M requests, p99 1.24 s, for $12.34"
        );
        assert_eq!(
            answer(&sample::silent()).sentence,
            "No objectives set: no requests were made"
        );
    }

    /// Over replications the measure is one number, their mean, wherever it is shown; were the sign that of the verdict,
    /// a mean within the bound would be said to be over it.
    #[test]
    fn an_objective_over_replications_says_the_mean_and_how_many_missed_it() {
        let mut objective = sample::outcome().objectives.remove(0);
        (objective.value, objective.measured) = (0.28, "280 ms".into());
        let over = |missed| Judged {
            replications: 5,
            missed,
            ci95: Some((0.25, 0.31)),
        };
        objective.over = Some(over(1));
        assert_eq!(
            in_short(&objective),
            "shop p99 latency 280 ms ±30 ms ≤ 300 ms, missed in 1 of 5 replications"
        );
        (objective.value, objective.measured) = (1.24, "1.24 s".into());
        objective.over = Some(over(5));
        assert_eq!(in_short(&objective), "shop p99 latency 1.24 s ±30 ms > 300 ms");
    }

    #[test]
    fn the_line_of_an_objective_is_drawn_for_its_own_workload_only() {
        let outcome = sample::outcome();
        assert_eq!(latency_bound(&outcome, "shop", "p99"), Some(0.3));
        assert_eq!(latency_bound(&outcome, "sho", "p99"), None);
        assert_eq!(latency_bound(&outcome, "shop", "p95"), None);
    }
}
