//! What each fault came to, as a table for people: one row a fault and workload that it affected.
//!
//! Knows which numbers answer "how bad was it, and for how long". Must not know where they are shown.

use super::format::{NOTHING, count, duration, percent};
use super::text_table;
use crate::sim::outcome::{FaultOutcome, FaultedWorkload, Outcome, Spread};

/// Columns of text.
pub(super) const TEXTS: [&str; 2] = ["fault", "workload"];
/// Columns of numbers.
pub(super) const NUMBERS: [&str; 7] = [
    "times",
    "to detect",
    "to recover",
    "available",
    "answered",
    "pods lost",
    "requests failed",
];

/// The rows: texts, then numbers.
pub(super) fn rows(outcome: &Outcome) -> Vec<(Vec<String>, Vec<String>)> {
    let happened = outcome.faults.iter().filter(|fault| fault.occurrences > 0);
    let rows = happened.flat_map(|fault| {
        let own = fault
            .workloads
            .iter()
            .map(move |workload| row(fault, Some(workload)));
        let alone = fault.workloads.is_empty().then(|| row(fault, None));
        own.chain(alone)
    });
    rows.collect()
}

/// The table for a terminal, after an empty line; nothing without any fault.
pub(super) fn lines(outcome: &Outcome, width: usize) -> Vec<String> {
    let header = [TEXTS.as_slice(), NUMBERS.as_slice()].concat();
    text_table::lines(&header, rows(outcome), width, 32)
}

fn row(fault: &FaultOutcome, workload: Option<&FaultedWorkload>) -> (Vec<String>, Vec<String>) {
    let of = |number: Option<String>| number.unwrap_or_else(|| NOTHING.to_owned());
    let recover = match (fault.time_to_recover_s, fault.unrecovered) {
        (None, 0) => NOTHING.to_owned(),
        (None, _) => "not yet".to_owned(),
        (Some(times), _) => spread(times),
    };
    let answered = workload.and_then(|own| {
        let finished = own.requests_succeeded + own.requests_failed;
        (finished > 0).then(|| percent(own.requests_succeeded as f64 / finished as f64))
    });
    let name = workload.map_or_else(|| NOTHING.to_owned(), |own| own.name.clone());
    let numbers = vec![
        count(fault.occurrences),
        of(fault.time_to_detect_s.map(spread)),
        recover,
        of(workload.and_then(|own| own.availability).map(percent)),
        of(answered),
        of(workload.map(|own| count(own.pods_lost))),
        of(workload.map(|own| count(own.requests_failed))),
    ];
    (vec![fault.name.clone(), name], numbers)
}

fn spread(times: Spread) -> String {
    if times.count > 1 {
        format!("{}, most {}", duration(times.mean), duration(times.max))
    } else {
        duration(times.mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// Were a fault that never was recovered from shown as one without a time, it would look harmless.
    #[test]
    fn a_fault_is_told_with_what_it_cost() {
        let mut outcome = sample::outcome();
        let fault = &mut outcome.faults[0];
        (fault.unrecovered, fault.time_to_recover_s) = (1, None);
        outcome.faults.push(FaultOutcome::default());
        let rows = rows(&outcome);
        assert_eq!(rows.len(), 1, "what never happened has no row");
        assert_eq!(rows[0].0, ["zone_outage a", "shop"]);
        assert_eq!(rows[0].1, ["1", "55 s", "not yet", "62.5%", "90%", "4", "100"]);
    }
}
