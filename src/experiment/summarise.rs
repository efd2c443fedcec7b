//! Replications as means with intervals.
//!
//! Knows numbers by name. Must not know which numbers an outcome has: the caller says how to take them.

use crate::sim::Outcome;
use crate::stats::interval::MeanInterval;

/// The confidence level of every interval.
pub const LEVEL: f64 = 0.95;

/// One number over replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary<K> {
    /// What was measured.
    pub key: K,
    /// Its mean over the replications that have it, with its interval; `None` if none has it.
    pub interval: Option<MeanInterval>,
}

impl<K> Summary<K> {
    /// The ends of the interval; `None` for one replication and for a number that does not vary.
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        let interval = self.interval.filter(|interval| !interval.is_deterministic())?;
        Some((interval.low()?, interval.high()?))
    }
}

/// The mean and 95 % Student-t interval of every number that `measure` takes from an outcome, in the order of the first.
///
/// A number that a replication does not have (the latency of no requests) is left out of the mean, not counted as zero.
pub fn summarise<'a, K: PartialEq>(
    outcomes: impl IntoIterator<Item = &'a Outcome>,
    measure: impl Fn(&Outcome) -> Vec<(K, Option<f64>)>,
) -> Vec<Summary<K>> {
    let mut numbers: Vec<(K, Vec<f64>)> = Vec::new();
    for outcome in outcomes {
        for (index, (key, value)) in measure(outcome).into_iter().enumerate() {
            // Replications of one scenario have the same numbers in the same order.
            let place = match numbers.get(index) {
                Some((known, _)) if *known == key => index,
                _ => numbers
                    .iter()
                    .position(|(known, _)| *known == key)
                    .unwrap_or(numbers.len()),
            };
            if place == numbers.len() {
                numbers.push((key, Vec::new()));
            }
            numbers[place].1.extend(value.filter(|value| value.is_finite()));
        }
    }
    numbers
        .into_iter()
        .map(|(key, values)| Summary {
            key,
            interval: MeanInterval::of(&values, LEVEL),
        })
        .collect()
}
