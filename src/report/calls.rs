//! What calls between workloads came to, as a table for people, and where the time of requests is spent.
//!
//! Knows which numbers answer "which hop is slow, and whose fault is it". Must not know where they are shown.

use super::format::{NOTHING, count, count_short, duration, percent};
use super::text_table;
use crate::sim::outcome::{CallOutcome, Outcome, WorkloadOutcome};

/// Columns of text.
pub(super) const TEXTS: [&str; 1] = ["call"];
/// Columns of numbers.
pub(super) const NUMBERS: [&str; 9] = [
    "calls", "mean", "p95", "p99", "failed", "retried", "hedged", "broken", "orphaned",
];
/// With more of its slots in use, a workload is near its limit.
const NEAR_LIMIT: f64 = 0.85;

/// The rows: texts, then numbers.
pub(super) fn rows(outcome: &Outcome) -> Vec<(Vec<String>, Vec<String>)> {
    let rows = outcome.calls.iter().map(|call| {
        let time = |of: f64| match call.latency.count {
            0 => NOTHING.to_owned(),
            _ => duration(of),
        };
        let some = |of: u64| match (of, call.kind.as_str()) {
            (0, _) | (_, "forward") => NOTHING.to_owned(),
            _ => count_short(of),
        };
        let q = &call.latency;
        let mut numbers = vec![count_short(call.calls)];
        numbers.extend([q.mean, q.p95, q.p99].map(time));
        numbers.extend([call.failed, call.retried, call.hedged, call.broken, call.orphaned].map(some));
        (vec![call.name.clone()], numbers)
    });
    rows.collect()
}

/// The sentence and the table for a terminal, after an empty line; nothing without calls.
pub(super) fn lines(outcome: &Outcome, width: usize, wrapped: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let header = [TEXTS.as_slice(), NUMBERS.as_slice()].concat();
    let table = text_table::lines(&header, rows(outcome), width, 32);
    let Some(bottleneck) = bottleneck(outcome).filter(|_| !table.is_empty()) else {
        return table;
    };
    let mut lines = vec![String::new()];
    lines.extend(wrapped(&bottleneck.sentence));
    lines.extend(table);
    lines
}

/// Where the time of requests is spent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bottleneck {
    /// The workload's name.
    pub(super) workload: String,
    /// In words.
    pub(super) sentence: String,
}

/// The workload that requests spend most of their time at, calls to others left out: by Little's law the one with most
/// requests that wait or are served. Where its requests wait because others before them wait for an answer, the
/// workload they wait for.
pub(super) fn bottleneck(outcome: &Outcome) -> Option<Bottleneck> {
    let linked: Vec<&WorkloadOutcome> = outcome
        .workloads
        .iter()
        .filter(|one| one.calling_mean.is_some())
        .collect();
    let total: f64 = linked.iter().map(|one| present(one)).sum();
    let most = linked.iter().max_by(|a, b| present(a).total_cmp(&present(b)))?;
    if total <= 0.0 {
        return None;
    }
    let seconds = outcome.duration_s - outcome.warmup_s;
    let visits = most.requests.attempts.max(1) as f64 / seconds.max(f64::MIN_POSITIVE);
    let share = percent(present(most) / total);
    let waiting = duration(most.queued_mean / visits);
    let chain = waits_for(outcome, most);
    let worst = chain.last().map_or(most.name.as_str(), |last| last.name.as_str());
    let mut sentence = if chain.is_empty() {
        format!(
            "The bottleneck is {worst}: {share} of the time of requests is spent there, {waiting} of waiting and {} of \
             service a visit.",
            duration(most.in_service_mean / visits),
        )
    } else {
        let names: Vec<&str> = chain.iter().map(|one| one.name.as_str()).collect();
        format!(
            "The bottleneck is {worst}: {share} of the time of requests is spent at {}, {waiting} of waiting a visit, \
             because requests before them wait for {}.",
            most.name,
            names.join(" -> "),
        )
    };
    let fullest = linked
        .iter()
        .filter_map(|one| Some((one.name.as_str(), one.utilization?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((name, used)) = fullest.filter(|&(name, used)| name == worst || used >= NEAR_LIMIT) {
        sentence.push_str(&format!(
            " Of all workloads {name} is nearest to its limit: {} of its slots are in use.",
            percent(used)
        ));
    }
    Some(Bottleneck {
        workload: worst.to_owned(),
        sentence,
    })
}

/// Whom requests at `workload` wait for, if it has a queue and most of its requests in progress wait for answers: the
/// callee that takes most of their time, and whom that waits for.
fn waits_for<'a>(outcome: &'a Outcome, workload: &WorkloadOutcome) -> Vec<&'a WorkloadOutcome> {
    let mut chain: Vec<&WorkloadOutcome> = Vec::new();
    if workload.queued_mean <= workload.in_service_mean {
        return chain;
    }
    let mut here = workload;
    while here
        .calling_mean
        .is_some_and(|calling| calling > here.in_service_mean)
    {
        let calls = outcome.calls.iter();
        let own = calls.filter(|call| call.from == here.name && call.kind == "call");
        let Some(most) = own.max_by(|a, b| time_in(a).total_cmp(&time_in(b))) else {
            break;
        };
        let Some(next) = outcome.workloads.iter().find(|one| one.name == most.to) else {
            break;
        };
        chain.push(next);
        here = next;
    }
    chain
}

/// Requests that wait there or are served, in the mean.
fn present(workload: &WorkloadOutcome) -> f64 {
    workload.queued_mean + workload.in_service_mean
}

/// Time that callers have spent on a kind of call.
fn time_in(call: &CallOutcome) -> f64 {
    call.latency.count as f64 * call.latency.mean
}

/// How many calls of a kind failed, if any: `12 of 3,400`.
pub(super) fn failures(call: &CallOutcome) -> Option<String> {
    (call.failed > 0).then(|| format!("{} of {} failed", count(call.failed), count(call.calls)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::report::sample;

    /// A shop that calls thumbnails, which are slow.
    pub(crate) fn with_calls() -> Outcome {
        let mut outcome = sample::outcome();
        for (workload, calling) in outcome.workloads.iter_mut().zip([90.0, 0.0]) {
            workload.calling_mean = Some(calling);
        }
        outcome.workloads[1].queued_mean = 140.0;
        outcome.workloads[1].in_service_mean = 30.0;
        let (from, to) = (
            outcome.workloads[0].name.clone(),
            outcome.workloads[1].name.clone(),
        );
        outcome.calls = vec![CallOutcome {
            name: format!("{from} -> {to}"),
            from,
            to,
            kind: "call".into(),
            step: 1,
            calls: 42_000,
            attempts: 42_900,
            failed: 12,
            retried: 900,
            latency: outcome.workloads[1].latency,
            ..CallOutcome::default()
        }];
        outcome
    }

    #[test]
    fn the_bottleneck_is_where_requests_are() {
        let outcome = with_calls();
        let told = bottleneck(&outcome).unwrap();
        assert_eq!(told.workload, outcome.workloads[1].name);
        assert!(
            told.sentence.starts_with("The bottleneck is thumbnails: "),
            "{}",
            told.sentence
        );
        assert_eq!(bottleneck(&sample::outcome()), None, "nobody calls anybody");
        let mut held = with_calls();
        held.workloads[0].queued_mean = 1000.0;
        let told = bottleneck(&held).unwrap();
        assert_eq!(told.workload, "thumbnails", "the cause, not where it is felt");
        assert!(
            told.sentence
                .contains("because requests before them wait for thumbnails"),
            "{}",
            told.sentence
        );
    }
}
