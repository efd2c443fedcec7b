//! Calls that fail: who is told, and what is worked for nothing.

use super::{near, run, scenario, serving};

const EVERY_SECOND: &str = "{to: a, arrivals: {constant: {rate: 1/s}}}";

#[test]
fn a_failed_call_fails_the_request_unless_it_is_optional() {
    let with = |more: &str| {
        let calls = format!(", calls: [{{to: b, timeout: 30ms{more}}}, {{to: c}}]");
        run(&scenario(
            &[
                serving("a", 4, "100ms", &calls),
                serving("b", 4, "50ms", ""),
                serving("c", 4, "20ms", ""),
            ],
            EVERY_SECOND,
        ))
    };
    let needed = with("");
    let [a, b, c] = &needed.workloads[..] else {
        panic!("three workloads")
    };
    assert_eq!(
        (a.requests.succeeded, c.requests.arrived),
        (0, 0),
        "no further step"
    );
    assert_eq!(a.requests.call_failed, a.requests.arrived - a.requests.unfinished);
    assert_eq!(b.requests.timed_out, b.requests.arrived);
    let optional = with(", optional: true");
    let [a, b, _] = &optional.workloads[..] else {
        panic!("three workloads")
    };
    assert_eq!(a.requests.call_failed, 0);
    assert_eq!(b.requests.succeeded, 0);
    near(a.latency.mean, 0.15, 1e-6);
}

/// Callers who give up leave work behind; it is dropped only where the callee drops it.
#[test]
fn a_caller_that_gives_up_leaves_its_calls_behind() {
    let with = |a: bool, b: bool| {
        let a = format!(", timeout: 150ms, cancel_on_timeout: {a}, calls: [{{to: b}}]");
        let b = format!(", cancel_on_timeout: {b}, calls: [{{to: c}}]");
        run(&scenario(
            &[
                serving("a", 4, "100ms", &a),
                serving("b", 4, "80ms", &b),
                serving("c", 4, "20ms", ""),
            ],
            EVERY_SECOND,
        ))
    };
    let works_on = with(false, false);
    let [a, b, c] = &works_on.workloads[..] else {
        panic!("three workloads")
    };
    assert_eq!(a.requests.timed_out, a.requests.arrived, "each takes 200 ms");
    assert_eq!(b.requests.succeeded, b.requests.arrived, "b is never told");
    assert_eq!(c.requests.succeeded, c.requests.arrived);
    let dropped = with(true, true);
    let [_, b, c] = &dropped.workloads[..] else {
        panic!("three workloads")
    };
    assert_eq!(
        b.requests.cancelled, b.requests.arrived,
        "dropped after 50 of 80 ms"
    );
    assert_eq!(c.requests.arrived, 0);
    near(b.utilization.unwrap(), 0.05 / 4.0, 0.01);
    let for_nothing = with(true, false);
    let [_, b, c] = &for_nothing.workloads[..] else {
        panic!("three workloads")
    };
    assert_eq!(b.requests.cancelled, b.requests.arrived);
    assert_eq!(c.requests.arrived, b.requests.arrived, "it works on");
    near(b.utilization.unwrap(), 0.1 / 4.0, 0.01);
}

#[test]
fn a_call_is_tried_again_with_the_same_demand() {
    let retry = "retry: {attempts: 3, backoff: {base: 10ms, factor: 1, jitter: 0%}}";
    let outcome = run(&scenario(
        &[
            serving(
                "a",
                4,
                "100ms",
                &format!(", calls: [{{to: b, timeout: 30ms, {retry}}}]"),
            ),
            serving("b", 8, "50ms", ""),
        ],
        EVERY_SECOND,
    ));
    let [a, b] = &outcome.workloads[..] else {
        panic!("two workloads")
    };
    assert_eq!(b.requests.arrived, 3 * a.requests.arrived, "three attempts");
    assert_eq!(a.requests.call_failed, a.requests.arrived);
    near(b.utilization.unwrap(), 3.0 * 0.05 / 8.0, 0.01);
}

/// After three failures in a row nobody is asked for a while: the caller fails at once and the callee has its peace.
#[test]
fn an_open_circuit_spares_caller_and_callee() {
    let with = |breaker: &str| {
        run(&scenario(
            &[
                serving(
                    "a",
                    4,
                    "100ms",
                    &format!(", calls: [{{to: b, timeout: 30ms{breaker}}}]"),
                ),
                serving("b", 8, "50ms", ""),
            ],
            EVERY_SECOND,
        ))
    };
    let closed = with("");
    let open = with(", circuit_breaker: {consecutive_failures: 3, open_for: 9500ms}");
    assert_eq!(closed.calls[0].broken, 0);
    let (asked, broken) = (open.calls[0].attempts, open.calls[0].broken);
    assert_eq!(asked + broken, open.calls[0].calls);
    // Three at first, then one in ten: the probe, which fails.
    near(asked as f64, 60.0, 0.1);
    assert_eq!(open.workloads[0].requests.call_failed, 600, "each of them fails");
}

/// A pool of connections: who finds none waits for one, and of those who wait only so many.
#[test]
fn calls_wait_for_a_connection_or_are_refused() {
    let with = |breaker: &str| {
        run(&scenario(
            &[
                serving(
                    "a",
                    100,
                    "1ms",
                    &format!(", calls: [{{to: b, circuit_breaker: {{{breaker}}}}}]"),
                ),
                serving("b", 100, "100ms", ""),
            ],
            "{to: a, arrivals: {poisson: {rate: 8/s}}}",
        ))
    };
    // One connection is a queue with one server at load 0.8: M/D/1.
    let waits = with("max_connections: 1");
    near(waits.calls[0].latency.mean, 0.1 + 0.1 * 0.8 / (2.0 * 0.2), 0.08);
    assert_eq!(waits.calls[0].broken, 0);
    near(waits.workloads[1].latency.mean, 0.1, 1e-6);
    // M/D/1/1: Erlang's loss formula knows no distribution.
    for refused in ["max_requests: 1", "max_connections: 1, max_pending_requests: 0"] {
        let outcome = with(refused);
        let lost = outcome.calls[0].broken as f64 / outcome.calls[0].calls as f64;
        near(lost, 0.8 / 1.8, 0.05);
        assert_eq!(outcome.calls[0].failed, outcome.calls[0].broken);
    }
}

/// The first of two answers counts; the other request is dropped, or worked at for nothing.
#[test]
fn a_hedged_call_takes_the_first_answer() {
    let with = |hedge: &str, cancels: bool| {
        run(&scenario(
            &[
                serving("a", 50, "1ms", &format!(", calls: [{{to: b{hedge}}}]")),
                serving(
                    "b",
                    50,
                    "{hyperexponential: {mean: 60ms, cv: 4}}",
                    &format!(", cancel_on_timeout: {cancels}"),
                ),
            ],
            "{to: a, arrivals: {poisson: {rate: 10/s}}}",
        ))
    };
    let (plain, hedged) = (with("", true), with(", hedge: {after: 60ms}", true));
    assert!(hedged.calls[0].hedged > 100, "{:?}", hedged.calls[0]);
    assert_eq!(hedged.calls[0].failed, 0);
    assert!(hedged.calls[0].latency.p99 < 0.5 * plain.calls[0].latency.p99);
    let b = &hedged.workloads[1].requests;
    let answered = hedged.calls[0].latency.count;
    assert_eq!(b.succeeded, answered, "one answer each");
    assert_eq!(b.cancelled + b.unfinished, b.arrived - answered);
    let wasted = with(", hedge: {after: 60ms}", false);
    assert!(wasted.workloads[1].in_service_mean > 1.2 * hedged.workloads[1].in_service_mean);
    let by_percentile = with(", hedge: {after_percentile: 90%}", true);
    let share = by_percentile.calls[0].hedged as f64 / by_percentile.calls[0].calls as f64;
    assert!((0.05..0.15).contains(&share), "a tenth of the calls: {share}");
}
