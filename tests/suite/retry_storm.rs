//! Time-outs and retries: without a budget a short overload feeds on itself, with one the service recovers.

use crate::queue_model::QueueModel;
use tonnage::engine::{Span, Time};
use tonnage::sim::{NoSink, Simulation};
use tonnage::stats::Distribution;
use tonnage::workload::load::{LoadSpec, RateCurve};
use tonnage::workload::serving::{Retry, RetryOn};

/// A service at 80 % load that is asked for half as much again for a minute, and whose clients give up after a second.
fn overloaded_for_a_minute(retry: Option<Retry>) -> Simulation {
    let at = Time::from_secs_f64;
    let mut model = QueueModel::new(1.0, Distribution::exponential(0.05).unwrap());
    model.slots = Some(10);
    model.arrivals = LoadSpec::Shaped(RateCurve::steps(&[
        (Time::ZERO, 160.0),
        (at(120.0), 240.0),
        (at(180.0), 160.0),
    ]));
    model.clients.timeout = Some(Span::from_secs(1));
    model.clients.retry = retry;
    model.duration = 900.0;
    model.simulation(0)
}

fn retry(budget: Option<f64>) -> Retry {
    Retry {
        attempts_max: 4,
        backoff_base: Span::from_secs_f64(0.05),
        backoff_factor: 1.0,
        backoff_max: Span::from_secs(1),
        jitter: 0.5,
        budget,
        budget_min_per_second: 0.0,
        on: RetryOn {
            refused: true,
            timed_out: true,
            lost: true,
            call_failed: true,
        },
    }
}

/// Share of requests that succeeded between two times.
fn goodput(simulation: &mut Simulation, from: f64, to: f64) -> f64 {
    simulation.step_until(Time::from_secs_f64(from), &mut NoSink);
    let before = simulation.workload(0).serving.totals();
    simulation.step_until(Time::from_secs_f64(to), &mut NoSink);
    let during = simulation.workload(0).serving.totals().since(&before);
    assert!(simulation.broken_laws().is_empty());
    during.succeeded as f64 / during.arrived as f64
}

/// Were retries not to load the service, or the budget not to hold them back, the two would end alike.
#[test]
fn retries_without_a_budget_keep_a_service_down_after_the_overload_and_a_budget_lets_it_recover() {
    let (mut storm, mut calm) = (
        overloaded_for_a_minute(Some(retry(None))),
        overloaded_for_a_minute(Some(retry(Some(0.1)))),
    );
    assert!(
        goodput(&mut storm, 30.0, 110.0) > 0.99,
        "well before the overload"
    );
    assert!(goodput(&mut calm, 30.0, 110.0) > 0.99);
    let (storm_after, calm_after) = (
        goodput(&mut storm, 400.0, 890.0),
        goodput(&mut calm, 400.0, 890.0),
    );
    assert!(calm_after > 0.99, "with a budget: {calm_after}");
    assert!(
        storm_after < 0.6,
        "without: {storm_after}, long after the overload"
    );
    let wasted = storm.workload(0).serving.wasted();
    assert!(
        wasted > 10_000,
        "only {wasted} services went to clients that had left"
    );
}

/// A server that is not told goes on to serve the waiting requests of clients who have left: after an overload that
/// takes as long as the backlog is deep. One that is told drops them, and is itself again at once.
#[test]
fn requests_whose_clients_have_gone_keep_their_place_unless_the_server_is_told() {
    let recovery = |cancel_on_timeout| {
        let mut model = QueueModel::new(1.0, Distribution::exponential(0.05).unwrap());
        model.slots = Some(10);
        let at = Time::from_secs_f64;
        model.arrivals = LoadSpec::Shaped(RateCurve::steps(&[
            (Time::ZERO, 100.0),
            (at(60.0), 600.0),
            (at(120.0), 100.0),
        ]));
        model.clients.timeout = Some(Span::from_secs(1));
        model.clients.cancel_on_timeout = cancel_on_timeout;
        model.duration = 600.0;
        let mut simulation = model.simulation(0);
        let share = goodput(&mut simulation, 125.0, 180.0);
        assert_eq!(simulation.broken_laws(), Vec::<String>::new());
        (share, simulation.workload(0).serving.wasted())
    };
    let (told, untold) = (recovery(true), recovery(false));
    assert!(told.0 > 0.99 && told.1 == 0, "{told:?}");
    assert!(untold.0 < 0.05 && untold.1 > 5_000, "{untold:?}");
}
