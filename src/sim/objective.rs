//! What is wanted of an outcome, and whether it was got.

use super::outcome::{ObjectiveOutcome, Outcome, Quantiles, WorkloadOutcome};
use crate::engine::Span;

/// Which number of a latency distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatencyStatistic {
    /// The mean.
    Mean,
    /// The median.
    P50,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// The 99.9th percentile.
    P999,
}

impl LatencyStatistic {
    fn of(self, quantiles: &Quantiles) -> f64 {
        match self {
            Self::Mean => quantiles.mean,
            Self::P50 => quantiles.p50,
            Self::P95 => quantiles.p95,
            Self::P99 => quantiles.p99,
            Self::P999 => quantiles.p999,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
        }
    }
}

/// One objective.
#[derive(Clone, Debug, PartialEq)]
pub enum Objective {
    /// A latency statistic of a workload stays at or below a bound.
    Latency {
        /// The workload's index.
        workload: usize,
        /// Which statistic.
        statistic: LatencyStatistic,
        /// The bound.
        at_most: Span,
    },
    /// The share of finished requests that succeeded is at least a bound.
    Success {
        /// The workload's index.
        workload: usize,
        /// The bound, 0 to 1.
        at_least: f64,
    },
    /// The share of a workload's Jobs that are complete in time is at least a bound.
    Finish {
        /// The workload's index.
        workload: usize,
        /// How long after the time that it is for a Job may be complete.
        within: Span,
        /// The bound on the share, 0 to 1.
        at_least: f64,
    },
    /// The fleet costs at most so much over the measured time.
    Cost {
        /// The bound, US dollars.
        at_most_usd: f64,
    },
}

impl Objective {
    /// What came of it.
    #[must_use]
    pub fn judge(&self, outcome: &Outcome) -> ObjectiveOutcome {
        match self {
            Self::Latency {
                workload,
                statistic,
                at_most,
            } => {
                let workload = &outcome.workloads[*workload];
                let bound = at_most.secs_f64();
                let value = statistic.of(&workload.latency);
                ObjectiveOutcome {
                    objective: format!(
                        "{}: {} latency at most {at_most}",
                        workload.name,
                        statistic.name()
                    ),
                    measured: measured_latency(workload, value),
                    value,
                    bound,
                    unit: "s".to_owned(),
                    met: workload.latency.count > 0 && value <= bound,
                    over: None,
                }
            }
            Self::Success { workload, at_least } => {
                let workload = &outcome.workloads[*workload];
                let ratio = workload.requests.success_ratio();
                ObjectiveOutcome {
                    objective: format!("{}: success at least {}", workload.name, percent(*at_least)),
                    measured: ratio.map_or_else(|| "no request finished".to_owned(), percent),
                    value: ratio.unwrap_or(0.0),
                    bound: *at_least,
                    unit: "ratio".to_owned(),
                    met: ratio.is_some_and(|ratio| ratio >= *at_least),
                    over: None,
                }
            }
            Self::Finish {
                workload,
                within,
                at_least,
            } => {
                let workload = &outcome.workloads[*workload];
                let bounds = workload.batch.iter().flat_map(|batch| &batch.in_time);
                let kept = bounds
                    .copied()
                    .find(|bound| bound.within_s.total_cmp(&within.secs_f64()).is_eq());
                let share = kept
                    .filter(|bound| bound.jobs > 0)
                    .map(|bound| bound.in_time as f64 / bound.jobs as f64);
                ObjectiveOutcome {
                    objective: format!(
                        "{}: Jobs complete within {within} at least {}",
                        workload.name,
                        percent(*at_least)
                    ),
                    measured: share.map_or_else(|| "no Job has ended".to_owned(), percent),
                    value: share.unwrap_or(0.0),
                    bound: *at_least,
                    unit: "ratio".to_owned(),
                    met: share.is_some_and(|share| share >= *at_least),
                    over: None,
                }
            }
            Self::Cost { at_most_usd } => {
                let value = outcome.cluster.cost_usd;
                ObjectiveOutcome {
                    objective: format!("cost at most ${at_most_usd:.2}"),
                    measured: format!("${value:.2}"),
                    value,
                    bound: *at_most_usd,
                    unit: "usd".to_owned(),
                    met: value <= *at_most_usd,
                    over: None,
                }
            }
        }
    }
}

fn measured_latency(workload: &WorkloadOutcome, seconds: f64) -> String {
    if workload.latency.count == 0 {
        return "no request succeeded".to_owned();
    }
    let (value, unit) = if seconds < 1.0 {
        (seconds * 1e3, "ms")
    } else {
        (seconds, "s")
    };
    let decimals = match value {
        _ if value >= 100.0 => 0,
        _ if value >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}{unit}")
}

fn percent(ratio: f64) -> String {
    let text = format!("{:.3}", ratio * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}
