//! Sources of metrics that do not answer for a time: KEDA falls back and returns, an HPA holds and says what it misses,
//! Knative holds once its window is empty, and all of them go on when the source is back.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::rows::DecisionRow;

/// Forty minutes of a steady load of half a CPU's work a second; metrics fail for ten minutes from the tenth on.
fn run(policy: &str, outage: &str) -> Rows {
    // Knative looks every two seconds.
    let phase = if policy.contains("kpa") { "1s" } else { "5s" };
    let text = format!(
        "name: outages\nduration: 40m\n\
         metrics: {{interval: 15s, phase: 1s, outages: [{{from: 10m, for: 10m{outage}}}]}}\n\
         workloads: [{{name: w, serving: {{replicas: 2, queue: {{shared: true}}, demand: 500ms, containers: \
         [{{name: c, slots: 4, usage: {{cpu_per_slot: 250m, memory_idle: 100Mi}}, \
         resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}]}}}}]\n\
         load: [{{to: w, arrivals: {{poisson: {{rate: 8/s}}}}}}]\n\
         policies: {{pod_scaling: {{w: {policy}}}, phase: {{pod_scaling: {{w: {phase}}}}}}}\n"
    );
    kept_rows::run(written::scenario(&text), Span::from_secs(31)).1
}

/// What the scaler decided in `from..until` seconds, in order of time; holds that began before count too.
fn during(rows: &Rows, from: f64, until: f64) -> Vec<&DecisionRow> {
    let rows = rows.decisions.iter();
    rows.filter(|row| row.question == "pod_scaling" && row.time_s < until && row.last_time_s >= from)
        .collect()
}

/// Replicas that were asked for last before `time` seconds.
fn replicas_at(rows: &Rows, time: f64) -> i64 {
    let mut asked = rows
        .decisions
        .iter()
        .filter(|row| row.question == "pod_scaling" && row.time_s <= time);
    asked.next_back().and_then(|row| row.to).expect("somebody asked")
}

const KEDA: &str = "{keda: {minReplicaCount: 1, maxReplicaCount: 20, cooldownPeriod: 300, \
     fallback: {failureThreshold: 3, replicas: 9}, \
     advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 60}}}}, \
     triggers: [{type: rabbitmq, metadata: {mode: QueueLength, value: '4'}}]}}";

/// The fourth failed read in a row is one more than KEDA bears: it pretends a metric that asks for nine replicas. Until
/// then, and without a fallback, its HPA holds. When the broker answers again, the fallback ends with the first read.
#[test]
fn keda_falls_back_after_its_threshold_and_returns() {
    let rows = run(KEDA, "");
    let before = replicas_at(&rows, 600.0);
    assert!(before < 6, "{before}");
    let fallback: Vec<&DecisionRow> = rows
        .decisions
        .iter()
        .filter(|row| row.reason_code == "keda_fallback")
        .collect();
    // Syncs are at 5 s and every 15 s after: 605, 620 and 635 fail, 650 falls back.
    assert!((fallback[0].time_s - 650.0).abs() < 1e-9, "{fallback:#?}");
    // From two to nine in two steps: by default an HPA adds four pods in 15 s, or doubles.
    let steps: Vec<_> = fallback.iter().filter(|row| row.action == "scale").collect();
    assert_eq!(
        (steps[0].to, steps[1].to, steps[1].time_s),
        (Some(6), Some(9), 665.0)
    );
    assert_eq!(fallback[0].policy, "keda/hpa");
    assert!(
        fallback[0]
            .reason
            .starts_with("fallback: 1 trigger has failed, 4 times in a row"),
        "{}",
        fallback[0].reason
    );
    let failing = during(&rows, 605.0, 636.0);
    let says = |row: &&&DecisionRow| {
        row.reason.contains("FailedGetExternalMetric") && row.reason.contains("the API does not answer")
    };
    let held = failing.iter().find(says).expect("the HPA says what it misses");
    assert_eq!((held.action, held.count, held.time_s), ("hold", 3, 605.0));
    assert!(
        failing
            .iter()
            .any(|row| row.policy == "keda/operator" && row.reason_code == "keda_awaits_fallback"),
        "{failing:#?}"
    );
    assert_eq!(replicas_at(&rows, 1199.0), 9);
    let last = fallback.last().unwrap();
    assert!(last.last_time_s < 1200.0, "{last:#?}");
    assert!(replicas_at(&rows, 1500.0) < 6, "it follows the queue again");
    // Without a fallback nothing is done.
    let rows = run(
        &KEDA.replace("fallback: {failureThreshold: 3, replicas: 9}, ", ""),
        "",
    );
    assert!(
        during(&rows, 605.0, 1199.0)
            .iter()
            .all(|row| row.action == "hold" || row.time_s < 605.0)
    );
    assert!(
        during(&rows, 700.0, 1199.0)
            .iter()
            .any(|row| row.reason_code == "keda_error")
    );
}

/// The condition's reason follows the kind of the metric; an outage of another source is none of its business.
#[test]
fn an_hpa_holds_and_says_which_metrics_it_cannot_get() {
    let resource = "{hpa: {minReplicas: 1, maxReplicas: 10, metrics: [{type: Resource, resource: {name: cpu, \
                    target: {type: Utilization, averageUtilization: 40}}}]}}";
    let pods = "{hpa: {minReplicas: 1, maxReplicas: 10, metrics: [{type: Pods, pods: {metric: {name: in_service}, \
                target: {type: AverageValue, averageValue: 2}}}]}}";
    let external = "{hpa: {minReplicas: 1, maxReplicas: 10, metrics: [{type: External, external: {metric: \
                    {name: requests_per_second}, target: {type: AverageValue, averageValue: 4}}}]}}";
    for (policy, source, other, condition) in [
        (resource, "resources", "traffic", "FailedGetResourceMetric: cpu"),
        (pods, "traffic", "resources", "FailedGetPodsMetric: in_service"),
        (
            external,
            "traffic",
            "resources",
            "FailedGetExternalMetric: requests_per_second",
        ),
    ] {
        let rows = run(policy, &format!(", workloads: [w], sources: [{source}]"));
        let failing = during(&rows, 605.0, 1199.0);
        assert!(
            failing
                .iter()
                .all(|row| row.action == "hold" || row.time_s < 605.0),
            "{failing:#?}"
        );
        let said: Vec<_> = failing
            .iter()
            .filter(|row| row.reason_code == "invalid_metrics")
            .collect();
        assert_eq!(said.len(), 1, "{failing:#?}");
        assert!(said[0].reason.contains(condition), "{}", said[0].reason);
        // 605 to 1190 every 15 s is forty looks; metrics-server needs two scrapes to make a rate again.
        assert!((40..=44).contains(&said[0].count), "{}", said[0].count);
        let rows = run(policy, &format!(", sources: [{other}]"));
        assert!(
            during(&rows, 605.0, 1199.0)
                .iter()
                .all(|row| row.reason_code != "invalid_metrics")
        );
    }
}

/// Of two metrics one is missing: the other may raise the replicas, but not lower them.
#[test]
fn an_hpa_with_another_metric_still_scales_up() {
    let two = "{hpa: {minReplicas: 1, maxReplicas: 10, metrics: [{type: Resource, resource: {name: cpu, target: \
               {type: Utilization, averageUtilization: 90}}}, {type: External, external: {metric: \
               {name: requests_per_second}, target: {type: AverageValue, averageValue: 1}}}]}}";
    let rows = run(two, ", sources: [traffic]");
    let failing = during(&rows, 605.0, 1199.0);
    assert!(
        failing
            .iter()
            .any(|row| row.reason_code == "some_metrics_invalid" && row.action == "hold"),
        "{failing:#?}"
    );
    assert!(
        failing
            .iter()
            .all(|row| row.action == "hold" || row.time_s < 605.0)
    );
}

/// What is left in the window counts until it is empty, then nothing is decided; with the source, decisions come back.
/// (Knative takes a window of exactly its length of silence for zero traffic: with an odd one no look falls there.)
#[test]
fn knative_holds_once_its_window_is_empty() {
    let rows = run("{kpa: {target: 2, stable-window: 61s}}", "");
    let failing = during(&rows, 670.0, 1199.0);
    let told: Vec<_> = failing.iter().map(|row| (row.reason_code, row.action)).collect();
    assert_eq!(told, [("kpa_no_data", "hold")]);
    assert!(failing[0].count > 250, "every two seconds: {}", failing[0].count);
    let after = during(&rows, 1210.0, 2400.0);
    assert!(
        after
            .iter()
            .all(|row| row.reason_code != "kpa_no_data" || row.time_s < 1200.0)
    );
    assert!(replicas_at(&rows, 1500.0) >= 2, "it follows the load again");
}

#[test]
fn a_policy_that_sees_nothing_says_so_and_holds() {
    let rows = run("{target_tracking: {utilization: 60%}}", "");
    let failing = during(&rows, 660.0, 1199.0);
    assert!(
        failing
            .iter()
            .all(|row| row.reason_code == "no_metric" && row.action == "hold"),
        "{failing:#?}"
    );
    assert!(
        during(&rows, 1260.0, 2400.0)
            .iter()
            .any(|row| row.reason_code != "no_metric")
    );
}

#[test]
fn mistakes_in_outages_are_told() {
    let text = "name: x\nduration: 5m\n\
         metrics: {outages: [{from: 1m, for: 0s, workloads: [shpo]}]}\n\
         workloads: [{name: shop, serving: {demand: 1ms, containers: [{name: c, slots: 1}]}}]\n\
         load: [{to: shop, arrivals: {poisson: {rate: 1/s}}}]\n";
    let said = written::refusal(text);
    for part in [
        "an outage must last longer than zero",
        "no workload is named `shpo`",
        "did you mean `shop`?",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}
