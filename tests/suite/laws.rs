//! Laws that hold in every run whatever the policies, checked at every step of runs in which everything happens.

use crate::small_platform;
use std::sync::Arc;
use tonnage::engine::{Span, StopReason, Time};
use tonnage::model::cluster::Cluster;
use tonnage::sim::rows::{NodeRow, PodRow};
use tonnage::sim::{NoSink, Outcome, Scenario, Simulation, Sink};

/// Keeps the rows of pods and nodes.
#[derive(Default)]
struct Lives {
    nodes: Vec<NodeRow>,
    pods: Vec<PodRow>,
}

impl Sink for Lives {
    fn pod(&mut self, row: PodRow) {
        self.pods.push(row);
    }

    fn node(&mut self, row: NodeRow) {
        self.nodes.push(row);
    }
}

fn run(scenario: Arc<Scenario>, seed: u64) -> Outcome {
    let mut simulation = Simulation::new(scenario, seed, 0);
    assert_eq!(
        simulation.run_to_end(None, u64::MAX, || false),
        StopReason::Horizon
    );
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    simulation.finish(None)
}

fn assert_within_allocatable(cluster: &Cluster) {
    for (_, node) in cluster.nodes() {
        assert!(
            node.view.reserved().fits_in(&node.view.allocatable),
            "{} is reserved over its allocatable",
            node.name()
        );
    }
}

/// A request lost from the books, a node given away twice or a pod counted wrong would show at some step.
#[test]
fn no_law_is_broken_at_any_step() {
    for seed in 1..=4 {
        let mut simulation = Simulation::new(small_platform::shared(), seed, 0);
        let mut time = Time::ZERO;
        while time < simulation.end() {
            time += Span::from_secs_f64(0.37);
            simulation.step_until(time, &mut NoSink);
            let broken = simulation.broken_laws();
            assert!(
                broken.is_empty(),
                "seed {seed} at {}: {broken:?}",
                simulation.now()
            );
            assert_within_allocatable(simulation.cluster());
        }
    }
}

/// The platform would be no test of anything if nothing went wrong on it.
#[test]
fn every_fate_occurs_and_flow_is_conserved() {
    let outcome = run(small_platform::shared(), 1);
    for workload in &outcome.workloads {
        let requests = &workload.requests;
        let ended =
            requests.succeeded + requests.refused + requests.timed_out + requests.abandoned + requests.lost;
        assert_eq!(requests.arrived, ended + requests.unfinished, "{}", workload.name);
        assert!(requests.succeeded > 100, "{}: {requests:?}", workload.name);
    }
    let [shop, model, desk] = &outcome.workloads[..] else {
        panic!("three workloads")
    };
    assert!(shop.requests.timed_out > 0 && shop.requests.attempts > shop.requests.arrived);
    assert!(shop.scale_ups > 1 && shop.scale_downs > 1, "{shop:?}");
    assert!(
        model.requests.abandoned > 0 && model.requests.timed_out > 0,
        "{:?}",
        model.requests
    );
    assert!(model.requests.lost > 0 && model.requests.attempts > model.requests.arrived);
    assert!(desk.requests.unfinished <= 25);
    assert!(outcome.cluster.launches > 0 && outcome.cluster.removals > 0);
}

/// The bill is each node's life by the billing rule, no node twice and none left out.
#[test]
fn the_bill_is_the_sum_over_nodes_of_their_billed_lives() {
    let scenario = small_platform::shared();
    let billing = scenario.pools[0].shape.billing;
    let mut lives = Lives::default();
    let mut simulation = Simulation::new(scenario, 3, 0);
    let end = simulation.end();
    simulation.step_until(end, &mut lives);
    let outcome = simulation.finish(Some(&mut lives));
    let life = |row: &NodeRow| row.removed_s.unwrap_or(end.secs_f64()) - row.launched_s;
    let cost: f64 = lives
        .nodes
        .iter()
        .map(|row| billing.cost(Span::from_secs_f64(life(row))).usd())
        .sum();
    assert!(
        (outcome.cluster.cost_usd - cost).abs() < 1e-6,
        "{} {cost}",
        outcome.cluster.cost_usd
    );
    let hours = lives.nodes.iter().map(life).sum::<f64>() / 3600.0;
    assert!((outcome.cluster.node_hours - hours).abs() < 1e-6);
    assert!(
        (outcome.cluster.nodes_mean * 0.5 - hours).abs() < 1e-6,
        "half an hour of nodes"
    );
    let served: u64 = lives.pods.iter().map(|row| row.served).sum();
    let succeeded: u64 = outcome
        .workloads
        .iter()
        .map(|workload| workload.requests.succeeded)
        .sum();
    assert!(
        served >= succeeded,
        "pods served {served}, {succeeded} requests succeeded"
    );
    let lost: u64 = lives.pods.iter().map(|row| row.lost).sum();
    let lost_for_good: u64 = outcome
        .workloads
        .iter()
        .map(|workload| workload.requests.lost)
        .sum();
    assert!(lost >= lost_for_good && lost > 0);
}

/// Were anything of a run's state left out of the copy, the two would part.
#[test]
fn a_fork_goes_on_as_the_original_does() {
    let mut original = Simulation::new(small_platform::shared(), 5, 0);
    let (middle, end) = (Time::from_secs_f64(777.7), original.end());
    original.step_until(middle, &mut NoSink);
    let mut fork = original.clone();
    original.step_until(end, &mut NoSink);
    fork.step_until(end, &mut NoSink);
    let (original, fork) = (original.finish(None), fork.finish(None));
    assert_eq!(original, fork);
    assert_eq!(original.digest, run(small_platform::shared(), 5).digest);
}

/// How a run is watched must not change it.
#[test]
fn steps_sinks_and_samples_do_not_move_anything() {
    let whole = run(small_platform::shared(), 6);
    for step in [0.05, 1.0, 61.3] {
        let mut simulation = Simulation::new(small_platform::shared(), 6, 0);
        let mut time = Time::ZERO;
        while time < simulation.end() {
            time += Span::from_secs_f64(step);
            simulation.step_until(time, &mut NoSink);
        }
        let stepped = simulation.finish(None);
        assert_eq!(stepped.digest, whole.digest, "in steps of {step} s");
        assert_eq!(stepped.workloads, whole.workloads);
    }
    let mut simulation = Simulation::new(small_platform::shared(), 6, 0);
    simulation.run_to_end(Some(&mut Lives::default()), u64::MAX, || false);
    assert_eq!(
        simulation.finish(Some(&mut Lives::default())),
        whole,
        "with a sink"
    );
    for sample_every in [0.5, 1800.0] {
        let mut scenario = small_platform::scenario();
        scenario.sample_every = Span::from_secs_f64(sample_every);
        let sampled = run(Arc::new(scenario), 6);
        assert_eq!(sampled.digest, whole.digest, "sampled every {sample_every} s");
        assert_eq!(sampled.workloads, whole.workloads);
        assert_eq!(sampled.cluster, whole.cluster);
    }
}

#[test]
fn next_decision_stops_at_each_decision_in_turn_and_changes_nothing() {
    let mut simulation = Simulation::new(small_platform::shared(), 6, 0);
    let (mut before, mut decisions) = (0.0, 0);
    while let Some(decision) = simulation.next_decision(&mut NoSink) {
        assert!(decision.time_s >= before, "decisions go back in time");
        assert!(
            (simulation.now().secs_f64() - decision.time_s).abs() < 1e-9,
            "stopped elsewhere"
        );
        (before, decisions) = (decision.time_s, decisions + 1);
    }
    assert!(decisions > 100);
    let end = simulation.end();
    simulation.step_until(end, &mut NoSink);
    assert_eq!(
        simulation.finish(None).digest,
        run(small_platform::shared(), 6).digest
    );
}
