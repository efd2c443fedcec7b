//! What is measured is what happened: shares are shares, and when measuring starts moves nothing.

use crate::{small_platform, written};
use std::sync::Arc;
use tonnage::engine::Span;
use tonnage::sim::rows::{ClusterSample, WorkloadSample};
use tonnage::sim::{Outcome, Scenario, Simulation, Sink};

/// Keeps the rows of the time series.
#[derive(Default)]
struct Series(Vec<WorkloadSample>, Vec<ClusterSample>);

impl Sink for Series {
    fn workload_sample(&mut self, row: WorkloadSample) {
        self.0.push(row);
    }

    fn cluster_sample(&mut self, row: ClusterSample) {
        self.1.push(row);
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
        .filter(|row| row.replicas_ready_max == 1 && row.in_service_mean > 4.0);
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

/// A node boots for 55 s and pods wait for it, all between two samples ten minutes apart. Were rows looks at instants,
/// a reader would see pods appear on a node that never booted.
#[test]
fn what_comes_and_goes_between_two_samples_is_in_the_row() {
    let scenario = written::scenario(
        "name: between\nduration: 1h\nsample_every: 10m\n\
         cluster: {pools: [{name: p, shape: {cpu: 2, memory: 8Gi, price: {usd_per_hour: 1}}, boot: 55s,\
         nodes: {min: 1, initial: 1, max: 4}}]}\n\
         workloads: [{name: w, serving: {replicas: 1, demand: 10ms, containers: [{name: c, slots: 4, startup: 30s,\
         resources: {requests: {cpu: 1500m, memory: 1Gi}}}]}}]\n\
         load: [{to: w, arrivals: {constant: {rate: 1/s}}}]\n\
         policies: {pod_scaling: {w: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 1}, {cron: '11 0 * * *', replicas: 2}]}}},\
         node_scaling: {just_enough: {}}}\n",
    );
    let mut series = Series::default();
    let mut simulation = Simulation::new(Arc::new(scenario), 1, 0);
    simulation.run_to_end(Some(&mut series), u64::MAX, || false);
    let (outcome, Series(workload, cluster)) = (simulation.finish(None), series);
    let row = cluster
        .iter()
        .find(|row| row.nodes_booting_max > 0)
        .expect("a node booted");
    assert_eq!(
        (row.time_s, row.nodes_booting_max, row.pods_pending_max),
        (1200.0, 1, 1)
    );
    assert!((row.nodes_booting_mean - 55.0 / 600.0).abs() < 1e-6, "{row:?}");
    assert!((row.pods_pending_mean - 55.0 / 600.0).abs() < 0.02, "{row:?}");
    let replicas = &workload[1];
    assert_eq!(
        (replicas.replicas_starting_max, replicas.replicas_pending_max),
        (1, 1)
    );
    assert_eq!((replicas.replicas_ready_min, replicas.replicas_ready_max), (1, 2));
    let hours = |mean: fn(&ClusterSample) -> f64| cluster.iter().map(mean).sum::<f64>() / 6.0;
    let close = |a: f64, b: f64| (a - b).abs() < 1e-6 * b;
    assert!(
        close(hours(|row| row.nodes_mean), outcome.cluster.node_hours),
        "the rows do not add up to the node-hours of the outcome"
    );
    assert!(close(
        hours(|row| row.cost_usd_per_hour_mean),
        outcome.cluster.cost_usd
    ));
    let reserved = cluster
        .iter()
        .map(|row| row.cpu_reserved_mean * row.nodes_ready_mean);
    assert!(close(
        reserved.sum::<f64>() / cluster.iter().map(|row| row.nodes_ready_mean).sum::<f64>(),
        outcome.cluster.cpu_reserved
    ));
}
