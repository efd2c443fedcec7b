//! What is measured is what happened: shares are shares, and when measuring starts moves nothing.

use crate::{small_platform, written};
use std::sync::Arc;
use tonnage::engine::Span;
use tonnage::sim::rows::WorkloadSample;
use tonnage::sim::{Outcome, Scenario, Simulation, Sink};

/// Keeps the rows of the time series.
#[derive(Default)]
struct Series(Vec<WorkloadSample>);

impl Sink for Series {
    fn workload_sample(&mut self, row: WorkloadSample) {
        self.0.push(row);
    }
}

fn run(scenario: Scenario) -> (Outcome, Vec<WorkloadSample>) {
    let mut series = Series::default();
    let mut simulation = Simulation::new(Arc::new(scenario), 1, 0);
    simulation.run_to_end(Some(&mut series), u64::MAX, || false);
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    (simulation.finish(None), series.0)
}

/// Replicas that finish what they have after a scale-in are no longer among those whose slots are counted. Were their
/// work, the one replica that stays would look four times as busy as it can be, and scalers would act on it.
#[test]
fn utilization_stays_a_share_while_replicas_drain() {
    let (outcome, series) = run(written::scenario(
        "name: drain\nduration: 30m\nsample_every: 30s\n\
         workloads: [{name: w, serving: {replicas: 4, demand: 4m, termination_grace: 20m, containers: [{name: c, slots: 4}]}}]\n\
         load: [{to: w, arrivals: {closed_loop: {users: 16, think: 0s}}}]\n\
         policies: {pod_scaling: {w: {scheduled: {steps: [{cron: '5 0 * * *', replicas: 1}]}}}}\n",
    ));
    let peak = series
        .iter()
        .filter_map(|row| row.utilization)
        .fold(0.0, f64::max);
    assert!((0.99..=1.0).contains(&peak), "a peak of {peak}");
    let utilization = outcome.workloads[0].utilization.expect("slots are limited");
    assert!((0.9..=1.0).contains(&utilization), "{utilization} over the run");
    let draining = series
        .iter()
        .filter(|row| row.replicas_ready == 1 && row.in_service > 4);
    assert!(draining.count() > 0, "nothing drained: the test shows nothing");
}

/// The end of a warm-up falls between two samples and two scrapes. Were a count or an integral cut there and not the
/// other, a rate would be wrong by a factor, and a scaler would see what never was.
#[test]
fn a_warmup_moves_no_decision_and_no_row() {
    let measured_after = |warmup: u64| {
        let mut scenario = small_platform::scenario();
        (scenario.sample_every, scenario.warmup) = (Span::from_secs(60), Span::from_secs(warmup));
        run(scenario)
    };
    let (whole, rows) = measured_after(0);
    let (later, rows_later) = measured_after(90);
    assert_eq!(whole.digest, later.digest);
    assert_eq!(rows, rows_later);
    assert!(whole.workloads != later.workloads, "nothing was left out");
}
