//! Requests that call other workloads, or leave for them: times add up, failures are passed on, nothing gets lost.
//!
//! Knows: how a graph of calls is written. Must not know: how calls are kept.

mod failing;
mod mistakes;

use crate::written;
use std::sync::Arc;
use tonnage::engine::{Span, Time};
use tonnage::sim::{NoSink, Outcome, Scenario, Simulation};

/// A workload in one line: its name, slots and demand, and what else `serving` says.
pub(crate) fn serving(name: &str, slots: u32, demand: &str, more: &str) -> String {
    format!(
        "  - {{name: {name}, serving: {{containers: [{{name: c, slots: {slots}}}], demand: {demand}{more}}}}}\n"
    )
}

/// A scenario of these workloads with one load.
pub(crate) fn scenario(workloads: &[String], load: &str) -> Arc<Scenario> {
    Arc::new(written::scenario(&text(workloads, load)))
}

pub(crate) fn text(workloads: &[String], load: &str) -> String {
    format!(
        "name: graph\nduration: 600500ms\nworkloads:\n{}load: [{load}]\n",
        workloads.concat()
    )
}

/// Runs it, with a look at the laws now and then.
pub(crate) fn run(scenario: &Arc<Scenario>) -> Outcome {
    let mut simulation = Simulation::new(scenario.clone(), 1, 0);
    let mut now = Time::ZERO;
    while now < simulation.end() {
        now += Span::from_secs(7);
        simulation.step_until(now, &mut NoSink);
        let broken = simulation.broken_laws();
        assert!(broken.is_empty(), "laws broken at {now:?}: {broken:?}");
    }
    simulation.finish(None)
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs(),
        "found {found}, expected {expected}"
    );
}

const EVERY_SECOND: &str = "{to: a, arrivals: {constant: {rate: 1/s}}}";

/// Were a hop's time lost or counted twice, the end-to-end time would not be the sum.
#[test]
fn the_time_of_a_chain_is_the_sum_of_its_own() {
    let outcome = run(&scenario(
        &[
            serving("a", 4, "100ms", ", calls: [{to: b}, {to: c}]"),
            serving("b", 4, "50ms", ", calls: [{to: d}]"),
            serving("c", 4, "20ms", ""),
            serving("d", 4, "7ms", ""),
        ],
        EVERY_SECOND,
    ));
    let means: Vec<f64> = outcome.workloads.iter().map(|one| one.latency.mean).collect();
    for (found, expected) in means.iter().zip([0.177, 0.057, 0.02, 0.007]) {
        near(*found, expected, 1e-9);
    }
    let arrived: Vec<u64> = outcome.workloads.iter().map(|one| one.requests.arrived).collect();
    assert_eq!(arrived, [arrived[0]; 4], "every request goes everywhere");
}

#[test]
fn calls_that_go_out_at_once_take_as_long_as_the_longest_of_them() {
    let outcome = run(&scenario(
        &[
            serving(
                "a",
                4,
                "100ms",
                ", calls: [{parallel: [{to: b}, {to: c, probability: 25%}]}, {to: b}]",
            ),
            serving("b", 4, "50ms", ""),
            serving("c", 4, "90ms", ""),
        ],
        EVERY_SECOND,
    ));
    let [a, b, c] = &outcome.workloads[..] else {
        panic!("three workloads")
    };
    assert_eq!(
        b.requests.arrived,
        2 * a.requests.arrived,
        "twice by each request"
    );
    let share = c.requests.arrived as f64 / a.requests.arrived as f64;
    near(share, 0.25, 0.15);
    near(a.latency.mean, 0.2 + 0.04 * share, 1e-6);
    near(a.latency.max, 0.24, 1e-3);
}

/// A thread each: a slot is taken until the answer is there. Asynchronous servers give it to the next request.
#[test]
fn a_slot_is_held_while_calls_are_out_unless_the_server_is_asynchronous() {
    let with = |hold: bool| {
        let calls = format!(", hold_slot: {hold}, calls: [{{to: b}}]");
        let workloads = [serving("a", 1, "100ms", &calls), serving("b", 8, "400ms", "")];
        run(&scenario(&workloads, EVERY_SECOND))
    };
    let (thread, asynchronous) = (with(true), with(false));
    near(thread.workloads[0].utilization.unwrap(), 0.5, 0.01);
    near(asynchronous.workloads[0].utilization.unwrap(), 0.1, 0.01);
    let workloads = |hold: &str| {
        [
            serving(
                "a",
                1,
                "100ms",
                &format!(", hold_slot: {hold}, calls: [{{to: b}}]"),
            ),
            serving("b", 80, "900ms", ""),
        ]
    };
    let load = "{to: a, arrivals: {constant: {rate: 5/s}}}";
    let (thread, asynchronous) = (
        run(&scenario(&workloads("true"), load)),
        run(&scenario(&workloads("false"), load)),
    );
    near(thread.workloads[0].requests.succeeded as f64, 600.0, 0.01);
    near(asynchronous.workloads[0].requests.succeeded as f64, 3000.0, 0.01);
    near(asynchronous.workloads[0].latency.mean, 1.0, 1e-6);
}

/// Jackson (1957): each queue of the network is as if it were alone with the rate that reaches it.
#[test]
fn requests_that_walk_at_random_find_each_queue_as_if_it_were_alone() {
    let workloads = [
        serving(
            "a",
            1,
            "{exponential: {mean: 100ms}}",
            ", forward: [{to: b, probability: 50%}]",
        ),
        serving(
            "b",
            1,
            "{exponential: {mean: 200ms}}",
            ", forward: [{to: a, probability: 20%}]",
        ),
    ];
    let text = text(&workloads, "{to: a, arrivals: {poisson: {rate: 5.4/s}}}");
    let scenario = Arc::new(written::scenario(&text.replace("600500ms", "8h")));
    let outcome = run(&scenario);
    // λa = 5.4 + 0.2 λb, λb = 0.5 λa.
    let rates = [6.0, 3.0];
    for (workload, (rate, mean)) in outcome.workloads.iter().zip(rates.iter().zip([0.1, 0.2])) {
        let load = rate * mean;
        near(workload.requests.arrived as f64 / outcome.duration_s, *rate, 0.02);
        near(
            workload.queued_mean + workload.in_service_mean,
            load / (1.0 - load),
            0.05,
        );
        near(workload.latency.mean, mean / (1.0 - load), 0.05);
    }
}

/// Users wait until their request has left the network, wherever it has gone.
#[test]
fn users_wait_for_requests_that_have_left_for_elsewhere() {
    let outcome = run(&scenario(
        &[
            serving("a", 4, "100ms", ", forward: [{to: b}]"),
            serving("b", 4, "300ms", ", calls: [{to: c}]"),
            serving("c", 4, "100ms", ""),
        ],
        "{to: a, arrivals: {closed_loop: {users: 3, think: 500ms}}}",
    ));
    let arrived = outcome.workloads.iter().map(|one| one.requests.arrived);
    for arrived in arrived {
        near(arrived as f64, 3.0 * 600.0, 0.01);
    }
}

/// Everything at once: no request and no call may get lost, wherever the run is stopped, and it is the same again.
#[test]
fn nothing_gets_lost_in_a_storm() {
    let retry = "retry: {attempts: 3, budget: 50%}";
    let breaker = "circuit_breaker: {max_connections: 3, max_pending_requests: 2, max_retries: 1, consecutive_failures: 4, open_for: 2s, half_open_requests: 2}";
    let workloads = [
        serving(
            "a",
            6,
            "{exponential: {mean: 20ms}}",
            &format!(
                ", timeout: 2s, {retry}, cancel_on_timeout: true, queue: {{limit: 20}}, calls: [{{parallel: [{{to: b, timeout: 300ms, {retry}, {breaker}}}, {{to: c, optional: true, timeout: 150ms, hedge: {{after: 40ms}}}}]}}, {{to: d, probability: 50%, timeout: 1s, hedge: {{after_percentile: 80%}}}}]"
            ),
        ),
        serving(
            "b",
            8,
            "{exponential: {mean: 60ms}}",
            ", hold_slot: false, calls: [{to: d, timeout: 100ms}]",
        ),
        serving(
            "c",
            2,
            "{exponential: {mean: 60ms}}",
            ", cancel_on_timeout: true, queue: {limit: 5, shared: true}, forward: [{to: e, probability: 30%}]",
        ),
        serving(
            "d",
            3,
            "{exponential: {mean: 50ms}}",
            ", cancel_on_timeout: true, discipline: processor_sharing, calls: [{to: e}]",
        ),
        serving(
            "e",
            9,
            "{exponential: {mean: 30ms}}",
            ", timeout: 1s, discipline: preemptive_priority, classes: [{name: x, priority: 1}, {name: y}]",
        ),
    ];
    let text = text(
        &workloads,
        "{to: a, arrivals: {spike: {base: 40/s, peak: 120/s, at: 2m, hold: 1m}}}",
    );
    let text = format!(
        "{text}faults:\n  - container_crash: {{workload: b, at: [3m]}}\n  - container_crash: {{workload: d, at: [4m]}}\n"
    );
    let scenario = Arc::new(written::scenario(&text));
    let outcome = run(&scenario);
    for workload in &outcome.workloads {
        assert!(workload.requests.succeeded > 1000, "{workload:?}");
    }
    let mut at_once = Simulation::new(scenario, 1, 0);
    at_once.run_to_end(None, u64::MAX, || false);
    assert_eq!(
        at_once.finish(None).digest,
        outcome.digest,
        "a run is the same however often it is looked at"
    );
}
