//! KEDA in a whole run: its two loops, each by its own clock.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::DecisionRow;

/// A queue with two bursts, 15 minutes of nothing between them; a worker takes one message at a time, for a second.
fn bursts(keda: &str) -> (Outcome, Rows) {
    let text = format!(
        "name: probe\nduration: 1h\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 64, memory: 256Gi}}, nodes: 1}}], \
         images: {{sizes: {{app: 100M}}}}}}\n\
         workloads: [{{name: w, serving: {{replicas: 0, queue: {{shared: true}}, demand: 1s, \
         containers: [{{name: c, image: app, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}, slots: 1, startup: 2s}}]}}}}]\n\
         load: [{{to: w, arrivals: {{step: {{levels: [{{at: 0s, rate: 0/s}}, {{at: 5m, rate: 20/s}}, \
         {{at: 10m, rate: 0/s}}, {{at: 35m, rate: 5/s}}]}}}}}}]\n\
         policies: {{pod_scaling: {{w: {{keda: {keda}}}}}}}\n"
    );
    kept_rows::run(written::scenario(&text), Span::from_secs(97))
}

fn scaled(rows: &Rows) -> Vec<(f64, &str, i64, i64, &str)> {
    let rows = rows.of("pod_scaling", "scale");
    let told = |row: &DecisionRow| (row.from.unwrap_or(-1), row.to.unwrap_or(-1));
    rows.map(|row| {
        let (from, to) = told(row);
        (row.time_s, row.policy.as_str(), from, to, row.reason_code)
    })
    .collect()
}

/// The operator wakes the workload within a poll and puts it to sleep in one jump a cooldown after the last active poll;
/// all that lies between is the HPA's.
#[test]
fn the_operator_goes_to_zero_and_back_and_the_hpa_does_the_rest() {
    let (outcome, rows) = bursts(
        "{maxReplicaCount: 40, cooldownPeriod: 300, \
         triggers: [{type: rabbitmq, metadata: {mode: QueueLength, value: '5'}}]}",
    );
    let scaled = scaled(&rows);
    let (time, by, from, to, why) = scaled[0];
    assert!((300.0..=331.0).contains(&time), "within a poll: {scaled:#?}");
    assert_eq!((by, from, to, why), ("keda/operator", 0, 1, "keda_activates"));
    let most = scaled.iter().map(|row| row.3).max();
    assert!(most > Some(10), "the HPA follows the queue: {scaled:#?}");
    for &(_, by, from, to, why) in &scaled {
        match (from, to) {
            (0, _) => assert_eq!((by, why), ("keda/operator", "keda_activates")),
            (_, 0) => assert_eq!((by, why), ("keda/operator", "keda_deactivates")),
            _ => assert_eq!(by, "keda/hpa"),
        }
    }
    let asleep = scaled.iter().find(|row| row.3 == 0).expect("it goes to sleep");
    assert!(
        asleep.0 > 600.0 + 300.0 && asleep.0 < 600.0 + 300.0 + 120.0,
        "a cooldown after the queue was last seen: {scaled:#?}"
    );
    let woken = scaled.iter().find(|row| row.2 == 0 && row.0 > 1000.0);
    assert!(
        woken.is_some_and(|row| (2100.0..=2131.0).contains(&row.0)),
        "{scaled:#?}"
    );
    let requests = outcome.workloads[0].requests;
    assert!(requests.succeeded > 13_000, "{requests:?}");
    assert_eq!(requests.refused, 0, "a message waits for its worker");
}

/// With a minimum there is nothing for the operator to do, and the cooldown means nothing: people ask why.
#[test]
fn with_a_minimum_the_cooldown_means_nothing() {
    let run = |cooldown: u32| {
        let (_, rows) = bursts(&format!(
            "{{minReplicaCount: 1, maxReplicaCount: 40, cooldownPeriod: {cooldown}, \
             triggers: [{{type: aws-sqs-queue, metadata: {{}}}}]}}"
        ));
        let rows = scaled(&rows).into_iter();
        rows.map(|(time, by, from, to, _)| (time, by.to_owned(), from, to))
            .collect::<Vec<_>>()
    };
    let long = run(900);
    assert_eq!(run(1), long);
    assert_eq!(
        long.iter().filter(|row| row.1 == "keda/operator").count(),
        1,
        "only the jump to the minimum: {long:#?}"
    );
}

/// Redis forgets what it has handed out: the same threshold asks for fewer workers than where it still counts.
#[test]
fn what_a_worker_holds_counts_where_the_broker_counts_it() {
    let most = |trigger: &str| {
        let (_, rows) = bursts(&format!("{{maxReplicaCount: 1000, triggers: [{trigger}]}}"));
        scaled(&rows).iter().map(|row| row.3).max().unwrap_or(0)
    };
    let unsettled = most("{type: rabbitmq, metadata: {mode: QueueLength, value: '10'}}");
    let ready =
        most("{type: rabbitmq, metadata: {mode: QueueLength, value: '10', excludeUnacknowledged: 'true'}}");
    assert!(unsettled > ready, "{unsettled} {ready}");
    assert_eq!(ready, most("{type: redis, metadata: {listLength: '10'}}"));
}

/// A cron window keeps replicas up, and a formula replaces the triggers' own targets.
#[test]
fn cron_and_formula() {
    let (_, rows) = bursts(
        "{maxReplicaCount: 40, pollingInterval: 10, cooldownPeriod: 60, triggers: [{type: cron, \
         metadata: {timezone: Etc/UTC, start: '2 0 * * *', end: '4 0 * * *', desiredReplicas: '3'}}]}",
    );
    let windows = scaled(&rows);
    let up = windows.iter().find(|row| row.3 == 3).expect("three replicas");
    assert!((120.0..150.0).contains(&up.0), "{windows:#?}");
    let down = windows
        .iter()
        .find(|row| row.3 == 0)
        .expect("none after the window");
    assert!(
        (240.0 + 60.0..240.0 + 60.0 + 31.0).contains(&down.0),
        "{windows:#?}"
    );

    let (_, rows) = bursts(
        "{maxReplicaCount: 40, advanced: {scalingModifiers: {formula: 'max(q, r)', target: '10'}}, triggers: [\
         {type: redis, name: q, metadata: {}}, \
         {type: prometheus, name: r, metadata: {query: requests_per_second, threshold: '1'}}]}",
    );
    assert!(scaled(&rows).iter().any(|row| row.1 == "keda/hpa" && row.3 > 2));
}

#[test]
fn what_keda_or_the_simulation_cannot_do_is_refused() {
    let refused = |keda: &str| {
        written::refusal(&format!(
            "name: probe\nduration: 1h\n\
             workloads: [{{name: w, serving: {{demand: 1s, containers: [{{name: c, slots: 1}}]}}}}]\n\
             load: [{{to: w, arrivals: {{poisson: {{rate: 1/s}}}}}}]\n\
             policies: {{pod_scaling: {{w: {{keda: {keda}}}}}}}\n"
        ))
    };
    for (keda, said) in [
        ("{triggers: [{type: mysql}]}", "type `mysql` cannot be simulated"),
        (
            "{triggers: [{type: prometheus, metadata: {query: 'sum(up)', threshold: '1'}}]}",
            "`query` is `sum(up)`",
        ),
        (
            "{triggers: [{type: cpu, metricType: Utilization, metadata: {value: '60'}}]}",
            "minReplicaCount must be above 0",
        ),
        (
            "{minReplicaCount: 1, triggers: [{type: cpu, metricType: Utilization, metadata: {value: '60'}}]}",
            "looks at CPU",
        ),
    ] {
        let page = refused(keda);
        assert!(page.contains(said), "{keda}\n{page}");
    }
}
