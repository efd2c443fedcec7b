//! Closed forms that no vector file states: Erlang C over many servers, M/D/1, round robin as E_n/M/1, and processor
//! sharing's blindness to the law of service.

use crate::queue_model::QueueModel;
use rayon::prelude::*;
use tonnage::model::request_queue::Discipline;
use tonnage::sim::outcome::WorkloadOutcome;
use tonnage::stats::{Distribution, MeanInterval};

/// Checks that the 99.9 % interval of `measure` over replications of `model` is narrow and holds `expected`.
fn check(what: &str, model: &QueueModel, expected: f64, measure: fn(&WorkloadOutcome) -> f64) {
    let values: Vec<f64> = (0..16_u64)
        .into_par_iter()
        .map(|replication| measure(&model.run(replication).workloads[0]))
        .collect();
    let interval = MeanInterval::of(&values, 0.999).unwrap();
    let half = interval.half_width.unwrap();
    assert!(
        half < 0.05 * expected,
        "{what}: too little simulated: {interval:?}"
    );
    assert!(
        (interval.mean - expected).abs() < half,
        "{what}: {interval:?} for {expected}"
    );
}

fn exponential(mean: f64) -> Distribution {
    Distribution::exponential(mean).unwrap()
}

/// Erlang C by the recursion of Erlang B: B(n) = aB(n-1) / (n + aB(n-1)), C = B / (1 - ρ(1 - B)).
fn erlang_c(servers: u32, load: f64) -> f64 {
    let blocked = (1..=servers).fold(1.0, |b, n| load * b / (f64::from(n) + load * b));
    let utilisation = load / f64::from(servers);
    blocked / (1.0 - utilisation * (1.0 - blocked))
}

#[test]
fn m_m_c_waits_as_erlang_c_says_for_few_and_many_servers() {
    for servers in [1_u32, 2, 5, 20, 100] {
        // Square-root staffing: about as many wait, however many servers there are.
        let load = f64::from(servers) - 0.6 * f64::from(servers).sqrt();
        // The more servers, the longer a backlog lasts in units of arrivals.
        let requests = 1e6 * (1.0 + f64::from(servers) / 50.0);
        let mut model = QueueModel::new(load, exponential(1.0)).lasting(requests, load);
        model.slots = Some(servers);
        let p_wait = erlang_c(servers, load);
        let mean_wait = p_wait / (f64::from(servers) - load);
        check(&format!("{servers} servers"), &model, mean_wait, |run| {
            run.wait.mean
        });
    }
}

/// One shared queue in front of replicas is the same queue as one replica with as many slots.
#[test]
fn a_shared_queue_over_replicas_is_one_m_m_c() {
    let mut model = QueueModel::new(8.0, exponential(1.0)).lasting(1e6, 8.0);
    (model.replicas, model.slots, model.shared) = (5, Some(2), true);
    check("5 replicas of 2", &model, erlang_c(10, 8.0), |run| {
        run.wait_probability
    });
}

/// Pollaczek and Khinchine for a constant: W = ρ / 2(1 - ρ).
#[test]
fn m_d_1_waits_half_as_long_as_m_m_1() {
    for load in [0.3, 0.6, 0.85] {
        let model = QueueModel::new(load, Distribution::constant(1.0).unwrap()).lasting(2e6, load);
        check("M/D/1", &model, load / (2.0 * (1.0 - load)), |run| run.wait.mean);
    }
}

/// Every n-th arrival of a Poisson stream: E_n/M/1, whose response is 1 / (1 - σ) with σ = (nρ / (nρ + 1 - σ))^n.
#[test]
fn round_robin_makes_each_replica_an_e_n_m_1() {
    for replicas in [2_u32, 4, 8] {
        let (n, load) = (f64::from(replicas), 0.8);
        let sigma = (0..1000).fold(0.5_f64, |sigma, _| (n * load / (n * load + 1.0 - sigma)).powf(n));
        let mut model = QueueModel::new(load * n, exponential(1.0)).lasting(2e6, load * n);
        model.replicas = replicas;
        check("round robin", &model, 1.0 / (1.0 - sigma), |run| run.latency.mean);
    }
}

#[test]
fn processor_sharing_does_not_see_the_law_of_service() {
    for law in [
        Distribution::constant(1.0).unwrap(),
        exponential(1.0),
        Distribution::hyperexponential_mean_cv(1.0, 2.0).unwrap(),
    ] {
        let mut model = QueueModel::new(0.7, law).lasting(1.5e6, 0.7);
        model.discipline = Discipline::ProcessorSharing;
        check("PS", &model, 1.0 / 0.3, |run| run.latency.mean);
    }
}
