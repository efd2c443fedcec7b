//! Cluster Autoscaler and nodes that are not ready: when one is given up, when it is left alone, and when so many are
//! unready that nothing is done.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::rows::DecisionRow;

/// Ninety minutes of six nodes with a small pod each, of which those in `lost` crash after five minutes and are repaired
/// three hours later.
fn run(lost: &[u32], settings: &str, more: &str) -> Rows {
    let faults = lost
        .iter()
        .map(|node| format!("{{node_crash: {{node: p-{node}, at: [5m], repair: 3h}}}}"));
    let faults: Vec<String> = faults.collect();
    let text = format!(
        "name: unready\nduration: 90m\n\
         cluster: {{pools: [{{name: p, shape: {{cpu: 8, memory: 32Gi, price: {{usd_per_hour: 1}}}}, \
         nodes: {{min: 1, initial: 6, max: 9}}, boot: 60s}}]}}\n\
         workloads: [{{name: w, background: true, serving: {{replicas: 6, \
         containers: [{{name: c, startup: 1s, resources: {{requests: {{cpu: 5}}}}}}]}}}}{more}]\n\
         policies: {{placement: kube_scheduler, node_scaling: {{cluster_autoscaler: {settings}}}}}\n\
         faults: [{}]\n",
        faults.join(", ")
    );
    kept_rows::run(written::scenario(&text), Span::from_secs(61)).1
}

fn told<'a>(rows: &'a Rows, action: &'a str, code: &str) -> Vec<&'a DecisionRow> {
    let rows = rows.of("node_scaling", action);
    rows.filter(|row| row.reason_code == code).collect()
}

fn within(value: f64, low: f64, high: f64) {
    assert!(
        (low..=high).contains(&value),
        "{value} is not within {low} to {high}"
    );
}

/// A node that will never answer must not be paid for until it does: it is found out within a minute, its pod is evicted
/// after five more and counts as gone soon after, and then the node is unneeded for the unready time.
#[test]
fn a_silent_node_goes_after_the_unready_time() {
    let rows = run(&[0], "{}", "");
    let drains = rows.of("node_scaling", "drain").collect::<Vec<_>>();
    assert_eq!(drains.len(), 1, "{drains:?}");
    assert_eq!((&*drains[0].subject, drains[0].reason_code), ("p-0", "ca_empty"));
    let evicted = 300.0 + 50.0 + 300.0 + 2.0 * 30.0 + 30.0;
    within(drains[0].time_s, evicted + 1190.0, evicted + 1240.0);
    let gone = rows
        .nodes
        .iter()
        .find(|node| node.node == "p-0")
        .expect("it was there");
    within(
        gone.removed_s.expect("it went"),
        drains[0].time_s + 40.0,
        drains[0].time_s + 90.0,
    );
    // The machine is paid for until it is given back, not until the end of the run.
    within(
        gone.cost_usd,
        drains[0].time_s / 3600.0,
        (drains[0].time_s + 10.0) / 3600.0,
    );
    let sooner = run(
        &[0],
        "{scale-down-unready-time: 5m, scale-down-delay-after-add: 1m}",
        "",
    );
    let drain = sooner.of("node_scaling", "drain").next().expect("it goes");
    within(drain.time_s, evicted + 290.0, evicted + 340.0);
}

/// Whoever repairs machines in place wants them left alone.
#[test]
fn a_silent_node_stays_where_unready_nodes_are_not_scaled_down() {
    let rows = run(&[0], "{scale-down-unready-enabled: false}", "");
    assert_eq!(rows.of("node_scaling", "drain").count(), 0);
    let kept = told(&rows, "hold", "ca_unready_disabled");
    assert!(kept.iter().any(|row| &*row.subject == "p-0"), "{kept:?}");
}

/// When most of a cluster does not answer it is rather the network: nothing is launched, and nothing removed.
#[test]
fn nothing_is_done_while_too_many_nodes_are_unready() {
    let late = ", {name: huge, background: true, serving: {replicas: 1, containers: \
                [{name: c, resources: {requests: {cpu: 7}}}]}}";
    let halted = run(&[0, 1, 2, 3], "{}", late);
    let unhealthy = told(&halted, "hold", "ca_cluster_unhealthy");
    assert_eq!(
        unhealthy[0].reason,
        "4 of 7 nodes are not ready: more than ok-total-unready-count and max-total-unready-percentage"
    );
    assert_eq!(halted.of("node_scaling", "drain").count(), 0);
    let launches: u32 = launched_after(&halted, 400.0);
    assert_eq!(launches, 0, "its pods wait until the nodes are heard of");
    for settings in [
        "{ok-total-unready-count: 4}",
        "{max-total-unready-percentage: 60}",
    ] {
        let goes_on = run(&[0, 1, 2, 3], settings, late);
        assert!(
            told(&goes_on, "hold", "ca_cluster_unhealthy").is_empty(),
            "{settings}"
        );
        assert!(launched_after(&goes_on, 400.0) > 0, "{settings}");
    }
}

/// Nodes launched after `time`.
fn launched_after(rows: &Rows, time: f64) -> u32 {
    let launches = rows.of("node_scaling", "launch");
    let late = launches.filter(|row| row.time_s > time);
    late.map(|row| (row.to.unwrap_or(0) - row.from.unwrap_or(0)) as u32)
        .sum()
}
