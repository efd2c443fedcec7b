//! Message queues: what becomes of a message whose worker goes away or takes too long.

use crate::written;
use std::sync::Arc;
use tonnage::sim::outcome::RequestCounts;
use tonnage::sim::{Outcome, Simulation};

/// Messages at a steady rate, each ten seconds of work for one of four workers; `scaling` is the workers' policy.
fn run(rate: &str, redelivery: &str, scaling: &str) -> Outcome {
    let text = format!(
        "name: probe\nduration: 1h\n\
         workloads: [{{name: w, serving: {{replicas: 4, demand: 10s, termination_grace: 0s, \
         queue: {{shared: true{redelivery}}}, containers: [{{name: c, slots: 1, startup: 1s}}]}}}}]\n\
         load: [{{to: w, arrivals: {{constant: {{rate: {rate}}}}}}}]\n\
         policies: {{pod_scaling: {{w: {scaling}}}}}\n"
    );
    let mut simulation = Simulation::new(Arc::new(written::scenario(&text)), 1, 0);
    simulation.run_to_end(None, u64::MAX, || false);
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    simulation.finish(None)
}

/// Every other minute from the fifth to the fortieth all workers are killed, and are back a minute later.
const KILLED: &str = "{scheduled: {steps: [{cron: '5-39/2 * * * *', replicas: 0}, \
                      {cron: '6-40/2 * * * *', replicas: 4}]}}";

fn requests(outcome: &Outcome) -> RequestCounts {
    outcome.workloads[0].requests
}

/// Without a broker a message dies with its worker; with one it is done by another, at once or when its time is over.
#[test]
fn a_message_outlives_its_worker() {
    let plain = run("10/min", "", KILLED);
    assert!(requests(&plain).lost > 10, "{:?}", requests(&plain));
    let connection = run("10/min", ", redelivery: {connection: {}}", KILLED);
    let visibility = run("10/min", ", redelivery: {visibility: {timeout: 5m}}", KILLED);
    for outcome in [&connection, &visibility] {
        let counts = requests(outcome);
        assert_eq!(counts.lost, 0, "{counts:?}");
        assert!(counts.attempts > counts.arrived + 10, "{counts:?}");
        assert!(counts.unfinished < 40, "{counts:?}");
    }
    let slowest = |outcome: &Outcome| outcome.workloads[0].latency.max;
    assert!(
        slowest(&connection) < 240.0 && slowest(&visibility) >= 300.0,
        "one comes back at once, the other when its five minutes are over: {} {}",
        slowest(&connection),
        slowest(&visibility)
    );
}

/// A visibility time-out shorter than the work is the classic mistake: every message is done again and again, each time
/// for nothing, until the broker gives it up.
#[test]
fn a_visibility_timeout_shorter_than_the_work_does_everything_for_nothing() {
    let outcome = run(
        "7/min",
        ", redelivery: {visibility: {timeout: 4s, deliveries: 3}}",
        "static",
    );
    let counts = requests(&outcome);
    assert_eq!(counts.succeeded, 0);
    assert!(counts.lost > 400, "{counts:?}");
    assert!(counts.attempts > 2 * counts.arrived, "{counts:?}");
    let busy = outcome.workloads[0].utilization.unwrap_or_default();
    assert!(busy > 0.8, "and the workers have hardly a free moment: {busy}");
}

/// Given up after its last delivery, not one earlier or later.
#[test]
fn deliveries_are_counted() {
    for deliveries in [1, 2, 5] {
        let rule = format!(", redelivery: {{visibility: {{timeout: 4s, deliveries: {deliveries}}}}}");
        let counts = requests(&run("3/min", &rule, "static"));
        let ended = counts.lost;
        let attempts = counts.attempts as f64 / ended as f64;
        assert!(
            (attempts - f64::from(deliveries)).abs() < 0.5,
            "{deliveries}: {counts:?}"
        );
    }
}

#[test]
fn what_is_no_broker_is_refused() {
    let refused = |queue: &str| {
        written::refusal(&format!(
            "name: probe\nduration: 1h\n\
             workloads: [{{name: w, serving: {{demand: 1s, queue: {{{queue}}}, containers: [{{name: c, slots: 1}}]}}}}]\n\
             load: [{{to: w, arrivals: {{poisson: {{rate: 1/s}}}}}}]\n"
        ))
    };
    let apart = refused("redelivery: {connection: {}}");
    assert!(
        apart.contains("a broker is one queue in front of all workers"),
        "{apart}"
    );
    let never = refused("shared: true, redelivery: {visibility: {timeout: 0s}}");
    assert!(never.contains("must be longer than zero"), "{never}");
}
