//! What the cloud does to a fleet: prices that change, launches that fail, machines that are taken back.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::NodeRow;

/// Two hours of a pool with `more` about it, on which `replicas` pods need a node each.
fn run(nodes: &str, replicas: u32, node_scaling: &str, more: &str) -> (Outcome, Rows) {
    let text = format!(
        "name: cloud\nduration: 2h\n\
         cluster: {{quotas: [{{name: account, vcpu: 24, after: 30s}}], pools: [{{name: p, \
         shape: {{cpu: 4, memory: 16Gi, price: {{usd_per_hour: 1, changes: [{{at: 1h, usd_per_hour: 3}}]}}}}, \
         nodes: {nodes}, zones: [a, b], boot: 60s{more}}}]}}\n\
         workloads: [{{name: w, serving: {{replicas: {replicas}, demand: 10ms, containers: \
         [{{name: c, slots: 4, startup: 5s, resources: {{requests: {{cpu: 3}}}}}}]}}}}]\n\
         load: [{{to: w, arrivals: {{poisson: {{rate: 1/s}}}}}}]\n\
         policies: {{node_scaling: {node_scaling}}}\n"
    );
    kept_rows::run(written::scenario(&text), Span::from_secs(47))
}

const RANGE: &str = "{min: 1, initial: 1, max: 10}";

/// A price read at the launch, or at the end, would bill the hour after the change at the price of the hour before.
#[test]
fn a_node_pays_the_price_of_each_of_its_hours() {
    let (outcome, rows) = run("2", 2, "static", "");
    assert!((outcome.cluster.cost_usd - 2.0 * (1.0 + 3.0)).abs() < 1e-9);
    assert!(rows.nodes.iter().all(|node| (node.cost_usd - 4.0).abs() < 1e-9));
}

/// Launches in the zone without stock fail after the time given and are told; the next ones go where there is some.
#[test]
fn launches_without_stock_fail_and_are_tried_again() {
    let more = ", stock_outs: [{from: 0s, for: 10m, zones: [b], after: 20s}]";
    let (outcome, rows) = run(RANGE, 4, "just_enough", more);
    let failed: Vec<_> = rows.of("cloud", "launch_failed").collect();
    assert_eq!(failed[0].reason, "the provider has no p in b");
    assert!((failed[0].time_s - 20.0).abs() < 1e-9, "{failed:?}");
    assert_eq!(outcome.cluster.launch_failures, failed.len() as u64);
    assert_eq!(outcome.cluster.pools[0].launch_failures, failed.len() as u64);
    let late: Vec<&NodeRow> = rows.nodes.iter().filter(|node| node.launched_s > 0.0).collect();
    assert_eq!(rows.nodes.len(), 4, "one that never came has no row");
    assert!(late.iter().all(|node| node.zone == "a"), "{late:?}");
    assert!(
        rows.pods
            .iter()
            .all(|pod| pod.bound_s.is_some_and(|at| at < 150.0)),
        "every pod finds a node in the zone that has some"
    );
}

/// A quota of six machines' CPUs lets six of ten come, however often the others are asked for.
#[test]
fn a_quota_bounds_what_there_is() {
    let (outcome, rows) = run(RANGE, 10, "just_enough", "");
    assert_eq!(rows.nodes.len(), 6);
    assert!(outcome.cluster.launch_failures > 4);
    let first = rows.of("cloud", "launch_failed").next().expect("four fail");
    assert_eq!(first.reason, "the provider's quota account is used up");
    assert!((first.time_s - 30.0).abs() < 1e-9);
}

/// Machines that fail by chance are replaced by a fleet of fixed size; which do is drawn for each by its own place.
#[test]
fn a_static_fleet_replaces_what_is_taken_back() {
    let more = ", capacity: spot, interruptions: {mean_between: 20m, notice: 2m}, \
                launch_failures: {probability: 50%, after: 30s}";
    let (outcome, rows) = run("4", 4, "static", more);
    assert!(
        outcome.cluster.interruptions > 8,
        "about 24: {}",
        outcome.cluster.interruptions
    );
    assert!(
        outcome.cluster.launch_failures > 4,
        "{}",
        outcome.cluster.launch_failures
    );
    let interrupted: Vec<_> = rows.of("cloud", "interrupted").collect();
    assert_eq!(interrupted[0].reason, "the provider wants it back in 2m");
    assert!(
        outcome.cluster.nodes_mean > 3.9,
        "each is replaced: {}",
        outcome.cluster.nodes_mean
    );
    let ended = rows.nodes.iter().filter(|node| node.removed_s.is_some()).count();
    assert!(ended as u64 >= outcome.cluster.interruptions - 1);
}

/// A wave takes the share it says in the zones it says; without a drain, the pods are lost when the notice is over.
#[test]
fn a_wave_takes_whole_zones_and_their_pods() {
    let more = ", capacity: spot, interruptions: {notice: 30s, drain: false, waves: [{at: 10m, zones: [a]}]}";
    let (outcome, rows) = run("4", 4, "static", more);
    assert_eq!(outcome.cluster.interruptions, 2);
    let lost: Vec<_> = rows.pods.iter().filter(|pod| pod.end == "lost").collect();
    assert_eq!(lost.len(), 2);
    let gone: Vec<&NodeRow> = rows
        .nodes
        .iter()
        .filter(|node| node.removed_s.is_some())
        .collect();
    assert!(gone.iter().all(|node| node.zone == "a"));
    assert_eq!(gone.len(), 2);
}

/// A wave of a share must not move which machines chance takes, nor their boots.
#[test]
fn one_chance_moves_no_other() {
    let random = ", capacity: spot, interruptions: {mean_between: 40m, notice: 2m";
    let notices = |more: &str| {
        let (_, rows) = run("4", 4, "static", more);
        let of_first = |row: &&tonnage::sim::rows::DecisionRow| row.subject == "p-0";
        let first = rows.of("cloud", "interrupted").find(of_first);
        first.map(|row| row.time_s)
    };
    let alone = notices(&format!("{random}}}"));
    assert!(alone.is_some());
    assert_eq!(
        alone,
        notices(&format!("{random}, waves: [{{at: 119m, share: 10%}}]}}"))
    );
    assert_eq!(
        alone,
        notices(&format!("{random}}}, launch_failures: {{probability: 30%}}"))
    );
}

#[test]
fn terms_that_contradict_are_told() {
    let said = |more: &str| {
        written::refusal(&format!(
            "name: cloud\nduration: 2h\n\
             cluster: {{quotas: [{{name: none}}, {{name: far, nodes: 2, pools: [q]}}], pools: [{{name: p, \
             shape: {{cpu: 4, memory: 16Gi}}, nodes: 1, zones: [a, b]{more}}}]}}\n\
             workloads: [{{name: w, serving: {{replicas: 1, demand: 10ms, containers: \
             [{{name: c, slots: 4, resources: {{requests: {{cpu: 3}}}}}}]}}}}]\n"
        ))
    };
    let text = said(
        ", interruptions: {waves: [{at: 3h, zones: [aa]}]}, stock_outs: [{from: 1m, for: 0s, after: 0s}]",
    );
    for expected in [
        "this limits nothing",
        "no pool is named `q`",
        "the provider takes no on-demand machines back",
        "the run is over by then",
        "no zone of the pool p is named `aa`",
        "this must last longer than zero",
        "a launch takes some time to fail",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert!(said(", capacity: spot, interruptions: {}").contains("this interrupts nothing"));
}
