//! What is wanted of the outcome.
//!
//! Knows: objectives and the workloads they are about. Must not know: outcomes.

use super::super::raw;
use super::super::spot::Spot;
use super::Lowering;
use super::workload::LoweredWorkload;
use crate::engine::Span;
use crate::model::units::quoted;
use crate::sim::objective::{LatencyStatistic, Objective};

impl Lowering<'_> {
    /// Reads the objectives.
    pub(super) fn objectives(
        &mut self,
        spot: &Spot<'_>,
        names: &[Option<&str>],
        workloads: &[Option<LoweredWorkload>],
        has_cluster: bool,
    ) -> Vec<Objective> {
        let mut objectives = Vec::new();
        for item in spot.items() {
            for (_, below) in item.entries() {
                if let Some(name) = below.text("workload") {
                    self.workload_index(&below.at("workload"), name, names, false);
                }
            }
            let index = |name: &str| names.iter().position(|known| *known == Some(name));
            match self.read::<raw::Objective>(&item) {
                Some(raw::Objective::Latency(latency)) => {
                    let given = [
                        (LatencyStatistic::Mean, latency.mean),
                        (LatencyStatistic::P50, latency.p50),
                        (LatencyStatistic::P95, latency.p95),
                        (LatencyStatistic::P99, latency.p99),
                        (LatencyStatistic::P999, latency.p99_9),
                    ];
                    if given.iter().all(|(_, bound)| bound.is_none()) {
                        let error = item
                            .at("latency")
                            .key_error("an objective about latency needs a bound");
                        self.push(error.help("expected `mean`, `p50`, `p95`, `p99` or `p99_9`"));
                    }
                    let Some(workload) = index(&latency.workload) else {
                        continue;
                    };
                    objectives.extend(given.into_iter().filter_map(|(statistic, bound)| {
                        Some(Objective::Latency {
                            workload,
                            statistic,
                            at_most: bound?.span(),
                        })
                    }));
                }
                Some(raw::Objective::Success(success)) => {
                    objectives.extend(index(&success.workload).map(|workload| Objective::Success {
                        workload,
                        at_least: success.at_least.get(),
                    }));
                }
                Some(raw::Objective::Finish(finish)) => {
                    let Some(workload) = index(&finish.workload) else {
                        continue;
                    };
                    if workloads[workload]
                        .as_ref()
                        .is_some_and(|workload| workload.batch.is_none())
                    {
                        let name = quoted(&finish.workload);
                        let error = item.at("finish").at("workload");
                        let error = error.error(format!("{name} has no Jobs that finish"));
                        self.push(error.help("expected a workload with a `job`"));
                    }
                    objectives.push(Objective::Finish {
                        workload,
                        within: finish.within.span(),
                        at_least: finish.at_least.get(),
                    });
                }
                Some(raw::Objective::Cost(cost)) => {
                    if !has_cluster {
                        let warning = item.at("cost").warning("without machines nothing costs anything");
                        self.push(warning.help("describe them and their prices under `cluster:`"));
                    }
                    objectives.push(Objective::Cost {
                        at_most_usd: cost.at_most.micros() as f64 / 1e6,
                    });
                }
                None => {}
            }
        }
        objectives
    }
}

/// The bounds on the time of a Job of the workload `index` that `objectives` name.
pub(super) fn finish_bounds(objectives: &[Objective], index: usize) -> Vec<Span> {
    let bounds = objectives.iter().filter_map(|objective| match objective {
        Objective::Finish { workload, within, .. } if *workload == index => Some(*within),
        _ => None,
    });
    let mut bounds: Vec<Span> = bounds.collect();
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}
