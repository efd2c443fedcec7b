//! Requests whose client has gone while a replica works on: they are counted once, whatever happens to them next.

use crate::queue_model::{QueueModel, class};
use tonnage::engine::{Span, Time};
use tonnage::model::request_queue::Discipline;
use tonnage::policy::pod_scaling::OnDemand;
use tonnage::sim::NoSink;
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
    // Low requests arrive to an idle server, are put off at once or later, and never leave: their patience for the
    // queue is long, and what is left of an earlier stay must not count.
    let mut model = QueueModel::new(0.9, Distribution::constant(1.0).unwrap());
    let law = Distribution::constant(1.0).unwrap();
    model.classes = vec![class("high", 1.0, law.clone(), 0), class("low", 2.0, law, 1)];
    model.discipline = Discipline::PreemptivePriority;
    model.clients.patience = Some(Distribution::constant(2.5).unwrap());
    model.duration = 20_000.0;
    let mut simulation = model.simulation(0);
    simulation.step_until(simulation.end(), &mut NoSink);
    assert!(simulation.broken_laws().is_empty());
    let serving = simulation.workload(0).serving;
    let low = &serving.tallies()[1];
    assert!(low.totals.abandoned > 100, "{:?}", low.totals);
    // Somebody was put off more than once and waited longer in all than any one stay may last.
    assert!(
        low.wait().max() > 2_500_000_000,
        "no request waited anew: {}",
        low.wait().max()
    );
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
