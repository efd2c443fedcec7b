//! Docker Swarm as a platform: how fast a lost node's tasks are replaced, where tasks go, and how they change version.

use crate::kept_rows::{self, Rows};
use crate::written;
use std::collections::BTreeMap;
use tonnage::engine::Span;
use tonnage::sim::Outcome;

/// An hour of a Swarm of three nodes with four tasks of a service, with `more` said of it, and these faults.
fn text(more: &str, faults: &str) -> String {
    format!(
        "name: swarm\nduration: 1h\nplatform: swarm\n\
         cluster: {{pools: [{{name: n, shape: {{cpu: 4, memory: 16Gi}}, nodes: 3, labels: {{disk: ssd}}}}]}}\n\
         workloads: [{{name: web, {more} serving: {{replicas: 4, demand: 10ms, timeout: 1s, containers: \
         [{{name: c, slots: 4, startup: 5s, resources: {{requests: {{cpu: 1}}, limits: {{cpu: 2}}}}}}]}}}}]\n\
         load: [{{to: web, arrivals: {{constant: {{rate: 10/s}}}}}}]\nfaults: {faults}\n"
    )
}

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs_f64(13.7))
}

/// Three beats of about 5 s are missed, and the tasks of the node are replaced at once; when it is back it stays empty.
#[test]
fn a_lost_node_is_down_after_fifteen_seconds_and_nothing_goes_back() {
    let (_, rows) = run(&text("", "[{node_crash: {node: n-0, at: [10m], repair: 10m}}]"));
    let found = rows.faults[0].detected_s.expect("it is found out");
    assert!((608.0..=616.5).contains(&found), "{found}");
    let lost: Vec<_> = rows.pods.iter().filter(|pod| pod.end == "lost").collect();
    assert!(!lost.is_empty() && lost.iter().all(|pod| pod.node == "n-0"));
    let after: Vec<_> = rows.pods.iter().filter(|pod| pod.created_s > 0.0).collect();
    assert_eq!(after.len(), lost.len());
    for pod in after {
        assert!((pod.created_s - found).abs() < 1e-9, "at once");
        assert_ne!(pod.node, "n-0");
    }
}

/// Four tasks on three nodes: one has two. Limits are no reservations.
#[test]
fn tasks_are_spread_by_count() {
    let (_, rows) = run(&text("", "[]"));
    let mut per_node: BTreeMap<&str, u32> = BTreeMap::new();
    for pod in &rows.pods {
        *per_node.entry(pod.node.as_str()).or_default() += 1;
        assert!((pod.cpu_request_cores - 1.0).abs() < 1e-9);
    }
    let mut counts: Vec<u32> = per_node.into_values().collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 1, 2]);
}

/// At most one task a node: the fourth finds none. A label that no node has keeps all of them away.
#[test]
fn constraints_and_the_most_replicas_a_node_keep_tasks_away() {
    let waiting = |placement: &str| {
        let (_, rows) = run(&text(&format!("deploy: {{placement: {placement}}},"), "[]"));
        rows.pods.iter().filter(|pod| pod.node.is_empty()).count()
    };
    assert_eq!(waiting("{max_replicas_per_node: 1}"), 1);
    assert_eq!(waiting("{constraints: [node.labels.disk == ssd]}"), 0);
    assert_eq!(waiting("{constraints: [node.labels.disk != ssd]}"), 4);
    assert_eq!(waiting("{constraints: [node.hostname == n-1]}"), 0);
    let said = written::refusal(&text("deploy: {placement: {constraints: [disk = ssd]}},", "[]"));
    assert!(said.contains("no constraint is `disk = ssd`"), "{said}");
}

/// A crashed task's next one starts five seconds later, every time; two attempts at most if that is said.
#[test]
fn tasks_restart_after_a_constant_delay() {
    let faults = "[{container_crash: {workload: web, at: [10m, 20m, 30m], share: 100%}}]";
    let (outcome, rows) = run(&text("", faults));
    assert_eq!(outcome.workloads[0].restarts.crash, 12);
    let said = rows
        .of("restart", "restart")
        .all(|row| row.policy == "swarm" && row.reason.contains("the next one starts after a delay of 5 s"));
    assert!(said, "{:#?}", rows.decisions);
    let twice = "deploy: {restart_policy: {max_attempts: 2}},";
    let (outcome, rows) = run(&text(twice, faults));
    assert_eq!(outcome.workloads[0].restarts.crash, 8);
    let failed = rows.pods.iter().filter(|pod| pod.end == "failed");
    assert_eq!(failed.count(), 4);
    assert_eq!(rows.pods.len(), 4, "nobody makes others");
}

/// One task at a time, the old one first: never more than one is missing. A version that crashes 2 s after its start stops
/// the update at the first one.
#[test]
fn an_update_goes_task_by_task_and_pauses_at_a_failure() {
    let update = |change: &str| {
        let deployment = format!("deployment: {{rollouts: [{{at: 10m, version: next, {change}}}]}},");
        run(&text(&deployment, "[]"))
    };
    let (outcome, rows) = update("readiness: 10s");
    let rollout = &outcome.workloads[0].rollouts[0];
    assert_eq!((rollout.state.as_str(), rollout.available_min), ("complete", 3));
    let new = rows.pods.iter().map(|pod| pod.created_s);
    let mut new: Vec<f64> = new.filter(|created| *created >= 600.0).collect();
    new.sort_by(f64::total_cmp);
    assert_eq!(new.len(), 4);
    for pair in new.windows(2) {
        let gap = pair[1] - pair[0];
        assert!(
            gap >= 15.0,
            "start and readiness of one come before the next: {gap}"
        );
    }
    let (_, rows) = update("crashes: {after: 2s}, readiness: 30s");
    assert_eq!(rows.of("rollout", "pause").count(), 1);
    let new = rows.pods.iter().filter(|pod| pod.created_s >= 600.0);
    assert_eq!(new.count(), 1, "nothing more is updated");
}

#[test]
fn what_a_swarm_does_not_have_is_refused() {
    let more = "policies: {node_scaling: cluster_autoscaler, placement: best_fit}\n";
    let said = written::refusal(&format!("{}{more}", text("", "[]")));
    assert!(said.contains("Swarm has no autoscaler"), "{said}");
    assert!(said.contains("Swarm has one scheduler, `swarm_spread`"), "{said}");
    let said = written::told(&text("restart: always,", "[]"));
    assert!(said.contains("Swarm has no `restart` for a workload"), "{said}");
}
