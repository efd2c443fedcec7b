//! Faults: what is lost at once, when the platform finds out, when service is back, and that nothing else moves.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::{FaultRow, PodRow};

/// An hour of four nodes in two zones, with two pods of three cores each that answer ten requests a second, and `faults`.
fn text(faults: &str, routing: &str) -> String {
    format!(
        "name: faults\nduration: 1h\nsample_every: 1m\n\
         cluster: {{images: {{bandwidth: 100M/s, extract: 200M/s, sizes: {{app: 1G}}}}, pools: [{{name: p, \
         shape: {{cpu: 4, memory: 16Gi, price: {{usd_per_hour: 1}}}}, nodes: 4, zones: [a, b], boot: 60s}}]}}\n\
         workloads: [{{name: w, serving: {{replicas: 2, demand: 100ms, timeout: 2s, containers: \
         [{{name: c, image: app, slots: 4, startup: 5s, resources: {{requests: {{cpu: 3}}}}}}]}}}}]\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 10/s}}}}}}]\n\
         policies: {{routing: {{w: {routing}}}, placement: first_fit}}\nfaults: {faults}\n"
    )
}

fn run(faults: &str) -> (Outcome, Rows) {
    kept_rows::run(
        written::scenario(&text(faults, "round_robin")),
        Span::from_secs_f64(13.7),
    )
}

/// The one row there is.
fn only(rows: &Rows) -> &FaultRow {
    assert_eq!(rows.faults.len(), 1, "{:#?}", rows.faults);
    &rows.faults[0]
}

fn pod<'a>(rows: &'a Rows, name: &str) -> &'a PodRow {
    rows.pods
        .iter()
        .find(|pod| pod.pod == name)
        .expect("it was there")
}

fn within(value: f64, low: f64, high: f64) {
    assert!(
        (low..=high).contains(&value),
        "{value} is not within {low} to {high}"
    );
}

/// Kubernetes must not know of a crash before the grace is over: until then half the requests go to nobody and time out.
/// The machine never comes back, so its node is deleted and its pod collected a minute later; a static fleet replaces it.
#[test]
fn a_crash_is_found_out_after_the_grace_and_its_pod_replaced_when_the_node_is_deleted() {
    let (outcome, rows) = run("[{node_crash: {node: p-0, at: [10m]}}]");
    let row = only(&rows);
    assert_eq!(
        (row.fault.as_str(), row.target.as_str(), row.nodes),
        ("node_crash p-0", "p-0", 1)
    );
    let found = row.detected_s.unwrap() - 600.0;
    within(found, 40.0, 65.0);
    let collected = pod(&rows, "w-0");
    assert_eq!((collected.end, collected.node.as_str()), ("lost", "p-0"));
    within(collected.ended_s.unwrap() - 600.0 - found, 40.0, 70.0);
    let recovered = row.recovered_s.unwrap() - 600.0;
    within(recovered, 80.0, 180.0);
    assert_eq!((row.replicas_before, row.pods_lost), (2, 1));
    let availability = row.availability.unwrap();
    assert!(
        (availability - 0.5).abs() < 1e-9,
        "one of two all the time: {availability}"
    );
    // Every second request, ten a second, until the node is found not ready.
    within(row.requests_failed as f64, 5.0 * found - 12.0, 5.0 * found + 2.0);
    let node = rows.nodes.iter().find(|node| node.node == "p-0").unwrap();
    within(node.cost_usd, 600.0 / 3600.0 - 1e-9, 600.0 / 3600.0 + 1e-9);
    assert_eq!(
        outcome.cluster.nodes_max, 5,
        "the node is there until it is deleted"
    );
    let told = &outcome.faults[0];
    assert_eq!((told.occurrences, told.unrecovered, told.nodes), (1, 0, 1));
    assert!((told.time_to_detect_s.unwrap().mean - found).abs() < 1e-9);
}

/// A machine that is repaired after a while comes back; its pod was replaced 300 s after the taint and goes then.
#[test]
fn a_pod_of_a_machine_under_repair_is_replaced_after_its_toleration() {
    let (_, rows) = run("[{node_crash: {node: p-0, at: [10m], repair: 20m}}]");
    let row = only(&rows);
    let old = pod(&rows, "w-0");
    let evicted = old.terminating_s.unwrap();
    assert!(
        (evicted - row.detected_s.unwrap() - 300.0).abs() < 1e-6,
        "{evicted}"
    );
    assert_eq!(
        old.ended_s,
        Some(1800.0),
        "nobody could confirm that it ended before"
    );
    let new = pod(&rows, "w-2");
    within(new.created_s - evicted, 0.0, 0.0);
    // Its node has not pulled the image: ten seconds of link, five of extraction, five of start.
    within(row.recovered_s.unwrap() - evicted, 10.0, 25.0);
    let node = rows.nodes.iter().find(|node| node.node == "p-0").unwrap();
    assert_eq!(node.removed_s, None, "it is repaired");
    assert!((node.cost_usd - 1.0).abs() < 1e-9, "and paid for meanwhile");
}

/// A reboot within the grace is not found out; the pod starts again where it is.
#[test]
fn a_quick_reboot_goes_unnoticed_but_for_the_work_lost() {
    let (_, rows) = run("[{node_crash: {node: p-0, at: [10m], repair: 20s}}]");
    let row = only(&rows);
    assert_eq!((row.detected_s, row.pods_lost), (None, 0));
    assert_eq!(row.recovered_s, Some(625.0), "twenty seconds away, five of start");
    assert!(row.requests_failed > 90, "{}", row.requests_failed);
    let pod = pod(&rows, "w-0");
    assert_eq!((pod.end, pod.ready_s), ("running", Some(0.0)));
    assert_eq!(rows.pods.len(), 2);
}

/// Nodes of a zone that cannot be reached are found out and come back with their pods as they were, and until then no
/// launch there succeeds.
#[test]
fn a_zone_that_returns_brings_its_pods_back_without_a_restart() {
    let (outcome, rows) = run("[{zone_outage: {zone: a, from: 10m, for: 3m}}]");
    let row = only(&rows);
    assert_eq!((row.target.as_str(), row.nodes), ("a", 2));
    assert_eq!(row.recovered_s, Some(780.0));
    assert_eq!(rows.pods.len(), 2, "nothing was replaced within the toleration");
    let told = &outcome.faults[0].workloads[0];
    assert!((told.availability.unwrap() - 0.5).abs() < 1e-9);
    let late = run("[{zone_outage: {zone: a, from: 10m, for: 20m}}, {node_crash: {node: p-1, at: [11m]}}]").1;
    let failed: Vec<_> = late.of("cloud", "launch_failed").collect();
    assert_eq!(failed[0].reason, "a cannot be reached");
    within(failed[0].time_s, 670.0, 670.001);
}

/// By chance, outages come to each zone by itself, and last what their law says; who names no zone means any. A second
/// outage that begins within one makes the zone come back at the later of their ends.
#[test]
fn zones_go_by_chance_and_come_back_once() {
    let (outcome, rows) = run("[{zone_outage: {mean_between: 5m, for: {uniform: {low: 10s, high: 30s}}}}]");
    let told = &outcome.faults[0];
    assert_eq!(told.name, "zone_outage");
    assert!(told.occurrences > 5, "{told:?}");
    for zone in ["a", "b"] {
        let own = rows.faults.iter().filter(|row| row.target == zone);
        let own: Vec<_> = own.collect();
        assert!(!own.is_empty(), "{zone} never goes");
        for row in own {
            let lasted = row.recovered_s.map(|recovered| recovered - row.began_s);
            assert!(lasted.is_none_or(|lasted| lasted <= 30.0), "{row:?}");
        }
    }
    let twice =
        "[{zone_outage: {zone: a, from: 10m, for: 3m}}, {zone_outage: {zone: a, from: 11m, for: 4m}}]";
    let (_, rows) = run(twice);
    let first = rows.faults.iter().find(|row| row.fault == "zone_outage a");
    assert_eq!(first.and_then(|row| row.recovered_s), Some(900.0));
}

/// The first restart is immediate, the second waits ten seconds, and the kubelet knows at once.
#[test]
fn containers_restart_with_the_kubelets_back_off() {
    let (_, rows) = run("[{container_crash: {workload: w, at: [10m, 11m]}}]");
    let recovered: Vec<_> = rows.faults.iter().map(|row| row.recovered_s.unwrap()).collect();
    assert_eq!(recovered, [605.0, 675.0]);
    assert!(rows.faults.iter().all(|row| row.detected_s == Some(row.began_s)));
    assert!(rows.faults.iter().all(|row| row.availability == Some(0.0)));
    assert_eq!(rows.pods.len(), 2);
}

/// The services around a start: each makes the replacement of a lost pod later by what it says.
#[test]
fn slow_services_delay_what_needs_them() {
    let crash = "{node_crash: {node: p-0, at: [10m], repair: 50m}}";
    let start = |more: &str| {
        let (_, rows) = run(&format!("[{crash}{more}]"));
        let new = pod(&rows, "w-2");
        (new.created_s, new.bound_s.unwrap(), new.ready_s.unwrap())
    };
    let (created, bound, ready) = start("");
    within(bound - created, 0.0, 0.0);
    let (_, _, slow) = start(", {registry: {from: 10m, for: 30m, speed: 10%}}");
    within(slow - ready, 89.9, 90.1);
    // The kubelet tries at 0, 10, 30, 70, 150 and 310 s, and every five minutes from then on.
    let tries = [0.0, 10.0, 30.0, 70.0, 150.0, 310.0].into_iter();
    let tries = tries.chain((2..10).map(|more| 10.0 + 300.0 * f64::from(more)));
    let first = tries.map(|after| bound + after).find(|&at| at >= 2400.0).unwrap();
    let (_, _, down) = start(", {registry: {from: 10m, for: 30m}}");
    within(down - first, ready - bound - 0.001, ready - bound + 0.001);
    // A pull under way breaks off.
    let broken = format!(", {{registry: {{from: {}s, for: 5s}}}}", bound + 3.0);
    let (_, _, again) = start(&broken);
    within(again - ready, 12.999, 13.001);
    let (late, later, _) = start(", {slow_api: {from: 10m, for: 30m, delay: 7s}}");
    assert!((late - created - 7.0).abs() < 1e-6 && (later - late - 7.0).abs() < 1e-6);
    let joins = |fault: &str| {
        let (_, rows) = run(&format!("[{{node_crash: {{node: p-0, at: [10m]}}}}{fault}]"));
        let last = rows.nodes.iter().filter_map(|node| node.ready_s);
        last.fold(0.0, f64::max)
    };
    let later = joins(", {slow_api: {from: 10m, for: 30m, delay: 7s}}");
    within(later - joins(""), 6.999, 7.001);
}

/// Boots: three times as long, or none.
#[test]
fn boots_are_slow_or_fail_while_a_fault_says_so() {
    let crash = "{node_crash: {node: p-0, at: [10m]}}";
    let ready = |more: &str| {
        let (_, rows) = run(&format!("[{crash}{more}]"));
        let last = rows.nodes.iter().filter_map(|node| node.ready_s);
        last.fold(0.0, f64::max)
    };
    assert!((ready("") - 660.0).abs() < 1e-9);
    assert!((ready(", {slow_boot: {from: 9m, for: 5m, factor: 3}}") - 780.0).abs() < 1e-9);
    // Two launches fail after a minute each, the third begins when the fault is over.
    assert!((ready(", {failing_boot: {from: 9m, for: 3m}}") - 780.0).abs() < 1e-9);
}

/// Random faults are drawn for each machine by itself: another fault moves none of them.
#[test]
fn chance_has_its_own_stream_for_each_machine() {
    let random = "{node_crash: {name: wear, mean_between: 40m, repair: {exponential: {mean: 1m}}}}";
    let crashes = |more: &str| {
        let (_, rows) = run(&format!("[{random}{more}]"));
        let of = rows.faults.into_iter().filter(|row| row.fault == "wear");
        of.map(|row| (row.target, row.began_s)).collect::<Vec<_>>()
    };
    let alone = crashes("");
    assert!(alone.len() > 2, "{alone:?}");
    assert_eq!(
        alone,
        crashes(", {container_crash: {workload: w, mean_between: 20m}}")
    );
    assert_eq!(alone, crashes(""));
}

/// A worker that fetches its messages gets none while it is silent: none is lost in a queue of its own.
#[test]
fn a_silent_worker_takes_no_messages() {
    let text = text(
        "[{node_crash: {node: p-0, at: [10m], repair: 20s}}]",
        "round_robin",
    )
    .replace("timeout: 2s", "queue: {shared: true}");
    let (_, rows) = kept_rows::run(written::scenario(&text), Span::from_secs(17));
    let row = only(&rows);
    assert!(
        row.requests_failed <= 4,
        "only what it had: {}",
        row.requests_failed
    );
}

#[test]
fn a_fault_aimed_at_nothing_is_told_with_the_nearest_name() {
    let said = written::refusal(&text(
        "[{node_crash: {node: q-0, at: [1m]}}, {node_crash: {pool: pp, at: [2h]}}, {zone_outage: {zone: c, from: 1m, for: 0s}}, \
         {container_crash: {workload: ww}}, {spot_interruption: {pool: p, at: 1m}}, {slow_boot: {pools: [x], from: 1m, for: 1m, factor: 2}}, \
         {metrics: {from: 1m, for: 1m, workloads: [v]}}, {zone_outage: {for: 1m}}, {zone_outage: {mean_between: 1s, for: 1m}}]",
        "round_robin",
    ));
    for expected in [
        "no machine is named `q-0`",
        "did you mean `p-0`",
        "no pool is named `pp`",
        "the run is over by then",
        "no zone is named `c`",
        "this must last longer than zero",
        "no workload is named `ww`",
        "this never happens",
        "the provider takes no on-demand machines back",
        "no pool is named `x`",
        "no workload is named `v`",
        "expected `from`, such as `2h`, or `mean_between`, such as `30d`",
        "this would happen all the time",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

/// An upgrade with a surge of one replaces each node by a new one before it goes, and never takes more pods at a time than
/// the budget lets go; a budget that lets none go holds it up until its time-out.
#[test]
fn an_upgrade_replaces_every_node_and_keeps_to_the_budget() {
    let upgrade = "[{rolling_upgrade: {pool: p, at: 10m, timeout: 5m}}]";
    let with = |budget: &str| {
        let text = text(upgrade, "round_robin")
            .replace("nodes: 4", "nodes: {min: 4, max: 5}")
            .replace("replicas: 2", &format!("replicas: 4, disruptionBudget: {budget}"));
        kept_rows::run(written::scenario(&text), Span::from_secs(17))
    };
    let (outcome, rows) = with("{maxUnavailable: 1}");
    let row = only(&rows);
    assert_eq!(
        (row.kind, row.target.as_str(), row.pods_lost),
        ("rolling_upgrade", "p", 0)
    );
    assert!(row.recovered_s.is_some(), "{row:?}");
    let old = rows.nodes.iter().filter(|node| node.launched_s < 1.0);
    assert!(old.clone().count() == 4 && old.clone().all(|node| node.removed_s.is_some()));
    assert_eq!((outcome.cluster.nodes_max, outcome.cluster.nodes_min), (5, 4));
    assert!(row.availability.unwrap() > 0.74, "{row:?}");
    let (_, rows) = with("{maxUnavailable: 0}");
    let forced: Vec<_> = rows
        .decisions
        .iter()
        .filter(|row| row.reason_code == "upgrade_forced")
        .collect();
    assert_eq!(forced.len(), 4, "{forced:#?}");
    assert!(forced.iter().all(|row| row.reason == "it was not empty after 5m"));
}

#[test]
fn an_upgrade_that_cannot_begin_is_told() {
    let said = written::refusal(&text("[{rolling_upgrade: {pool: p, at: 10m}}]", "round_robin"));
    assert!(
        said.contains("the pool `p` has no room for one more machine"),
        "{said}"
    );
    let said = written::refusal(&text(
        "[{rolling_upgrade: {pool: p, at: 10m, max_surge: 0}}]",
        "round_robin",
    ));
    assert!(said.contains("this upgrade could replace no machine"), "{said}");
}
