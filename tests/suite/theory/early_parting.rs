//! Requests and clients that part early: each request is counted once, whatever happens to it next.

use crate::queue_model::{QueueModel, class, pinned};
use std::sync::Arc;
use tonnage::engine::{Span, Time};
use tonnage::model::request_queue::Discipline;
use tonnage::policy::pod_scaling::OnDemand;
use tonnage::sim::{NoSink, Simulation};
use tonnage::stats::Distribution;

/// A busy preemptive queue whose clients give up in mid-service while the replica works on.
fn impatient_and_preemptive(shared: bool) -> QueueModel {
    let law = Distribution::exponential(1.0).unwrap();
    let mut model = QueueModel::new(3.0, law.clone());
    model.classes = vec![class("high", 1.0, law.clone(), 0), class("low", 1.0, law, 1)];
    model.discipline = Discipline::PreemptivePriority;
    (model.replicas, model.slots, model.shared) = (2, Some(2), shared);
    model.clients.timeout = Some(Span::from_secs(2));
    model.duration = 3000.0;
    model
}

/// A request that had timed out in service and was then put off by a preemption timed out a second time: counted
/// twice, and in the past, which turned the clock back.
#[test]
fn a_preempted_request_without_client_does_not_time_out_again() {
    for shared in [false, true] {
        let model = impatient_and_preemptive(shared);
        let mut simulation = model.simulation(0);
        let mut time = Time::ZERO;
        while time < simulation.end() {
            time += Span::from_secs_f64(0.21);
            simulation.step_until(time, &mut NoSink);
            let broken = simulation.broken_laws();
            assert!(broken.is_empty(), "shared {shared}: {broken:?}");
            assert!(simulation.workload(0).serving.now() <= time);
        }
        let totals = simulation.workload(0).serving.totals();
        assert!(totals.timed_out > 500 && totals.succeeded > 500, "{totals:?}");
        assert_eq!(
            totals.arrived,
            totals.succeeded + totals.failed() + totals.unfinished()
        );
        assert!(simulation.workload(0).serving.wasted() > 100);
    }
}

/// The clock never goes back, whatever expires.
#[test]
fn time_only_goes_forward() {
    let mut simulation = impatient_and_preemptive(true).simulation(1);
    let mut before = Time::ZERO;
    for step in 1..200_000_u64 {
        simulation.step_until(Time::from_nanos(step * 10_000_000), &mut NoSink);
        let now = simulation.workload(0).serving.now();
        assert!(now >= before, "{now} after {before}");
        before = now;
    }
}

/// The patience drawn for a first stay in the queue ended a second one, after a preemption, too early.
#[test]
fn patience_begins_anew_after_a_preemption() {
    let law = Distribution::constant(1.0).unwrap();
    let mut model = QueueModel::new(1.0, law.clone());
    model.classes = vec![class("high", 1.0, law.clone(), 0), class("low", 1.0, law, 1)];
    model.discipline = Discipline::PreemptivePriority;
    model.clients.patience = Some(Distribution::constant(2.5).unwrap());
    // The low request waits from 0.5 s to 1 s, is put off at 2.9 s and goes on at 3.9 s: never 2.5 s in one stay, but
    // in the queue at 3 s, when the patience of its first stay would have ended.
    model.arrivals = pinned(&[(0.0, 0, 1.0), (0.5, 1, 10.0), (2.9, 0, 1.0)]);
    model.duration = 30.0;
    let run = &model.run(0).workloads[0];
    assert_eq!((run.requests.succeeded, run.requests.abandoned), (3, 0));
    assert!((run.classes[1].wait.max - 1.5).abs() < 1e-9);
}

/// When a killed replica took requests with it, the on-demand scaler did not hear of it before the next arrival.
#[test]
fn an_on_demand_scaler_hears_of_lost_requests_at_once() {
    // Two requests on two replicas of two slots; one replica is stopped when the third request is done, and is killed
    // with what it has. From then on one replica is wanted for one request.
    let mut model = QueueModel::new(1.0, Distribution::lognormal_mean_cv(40.0, 2.0).unwrap());
    (model.replicas, model.slots, model.shared) = (0, Some(2), true);
    model.scaler = Some(OnDemand { min: 0, max: 50 });
    model.duration = 20_000.0;
    let mut simulation = model.simulation(0);
    let mut time = Time::ZERO;
    while time < simulation.end() {
        time += Span::from_secs_f64(0.5);
        simulation.step_until(time, &mut NoSink);
        let state = simulation.workload(0);
        let in_system = state.serving.queued() + state.serving.in_service();
        assert_eq!(
            u64::from(state.desired),
            in_system.div_ceil(2).min(50),
            "at {time}"
        );
        assert!(simulation.broken_laws().is_empty());
    }
    assert!(simulation.workload(0).serving.totals().lost > 100);
}

/// A replica that finishes its last request in the very instant its grace ends has finished it. It was killed first
/// when a request arrived at another watched workload in that instant.
#[test]
fn a_request_that_ends_with_the_grace_is_served_whatever_arrives_elsewhere() {
    let lost = |with_other: bool| {
        let mut model = QueueModel::new(1.0, Distribution::constant(1.0).unwrap());
        (model.replicas, model.slots, model.shared) = (0, Some(2), true);
        model.scaler = Some(OnDemand { min: 0, max: 5 });
        // Two replicas for three requests from 2.5 s; one replica is too many at 3 s and drains until 10 s.
        model.arrivals = pinned(&[(1.0, 0, 9.0), (2.0, 0, 1.0), (2.5, 0, 7.5)]);
        model.duration = 30.0;
        let mut scenario = Arc::unwrap_or_clone(model.scenario());
        Arc::make_mut(&mut scenario.workloads[0].template).termination_grace = Span::from_secs(7);
        if with_other {
            model.arrivals = pinned(&[(10.0, 0, 1.0)]);
            let mut other = model.scenario().workloads[0].clone();
            other.name = "other".into();
            scenario.workloads.insert(0, other);
        }
        let mut simulation = Simulation::new(Arc::new(scenario), 1, 0);
        simulation.run_to_end(None, u64::MAX, || false);
        let outcome = simulation.finish(None);
        let requests = outcome.workloads[usize::from(with_other)].requests;
        assert_eq!(requests.arrived, 3);
        requests.lost
    };
    assert_eq!((lost(false), lost(true)), (0, 0));
}
