//! StatefulSets and DaemonSets in a run: who comes when, who gives way to whom, and what holds an update up.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::PodRow;

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs(7))
}

/// Three pods that take 20 s to start and 10 s to stop, of a set with this said of it.
fn stateful(set: &str, more: &str) -> String {
    format!(
        "name: probe\nduration: 30m\nworkloads:\n\
         - {{name: db, stateful_set: {{{set}}}, serving: {{replicas: 3, demand: 10ms, timeout: 1s, \
         containers: [{{name: c, slots: 4, startup: 20s}}]}}}}\n\
         load: [{{to: db, arrivals: {{constant: {{rate: 20/s}}}}}}]\n{more}"
    )
}

fn scaled(steps: &str) -> String {
    format!("policies: {{pod_scaling: {{db: {{scheduled: {{steps: [{steps}]}}}}}}}}\n")
}

/// The pods of a workload that were not there at the start, in the order in which they came: name and time.
fn came(rows: &Rows, workload: &str) -> Vec<(String, f64)> {
    let pods = rows
        .pods
        .iter()
        .filter(|pod| pod.workload == workload && pod.created_s > 0.0);
    let mut pods: Vec<_> = pods.map(|pod| (pod.pod.clone(), pod.created_s)).collect();
    pods.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    pods
}

/// Those that were asked to stop, in that order.
fn went(rows: &Rows, workload: &str) -> Vec<(String, f64)> {
    let pods = rows.pods.iter().filter(|pod| pod.workload == workload);
    let mut pods: Vec<_> = pods
        .filter_map(|pod| Some((pod.pod.clone(), pod.terminating_s?)))
        .collect();
    // Of one instant, rows are in the order in which they went.
    pods.sort_by(|a, b| a.1.total_cmp(&b.1));
    pods
}

fn names(pods: &[(String, f64)]) -> Vec<&str> {
    pods.iter().map(|(name, _)| name.as_str()).collect()
}

fn last_life<'a>(rows: &'a Rows, name: &str) -> &'a PodRow {
    let pods = rows.pods.iter().filter(|pod| pod.pod == name);
    pods.max_by(|a, b| a.created_s.total_cmp(&b.created_s))
        .expect("it was there")
}

/// Each pod comes when the one before it is available and goes when the one after it has gone.
#[test]
fn an_ordered_set_comes_one_by_one_and_goes_from_the_highest_number_down() {
    let more = scaled(
        "{cron: '0 0 * * *', replicas: 3}, {cron: '2 0 * * *', replicas: 6}, {cron: '10 0 * * *', replicas: 2}",
    );
    let (_, rows) = run(&stateful("", &more));
    let came = came(&rows, "db");
    assert_eq!(
        came,
        [
            ("db-3".into(), 120.0),
            ("db-4".into(), 140.0),
            ("db-5".into(), 160.0)
        ]
    );
    let went = went(&rows, "db");
    assert_eq!(names(&went), ["db-5", "db-4", "db-3", "db-2"]);
    for pair in went.windows(2) {
        let gone = last_life(&rows, &pair[0].0).ended_s.expect("it has gone");
        assert!(pair[1].1 >= gone, "{went:?}");
    }
    let (_, rows) = run(&stateful("podManagementPolicy: Parallel", &more));
    let came = self::came(&rows, "db");
    assert!(
        came.len() == 3 && came.iter().all(|(_, at)| *at < 121.0),
        "{came:?}"
    );
}

/// A pod that has to be available for a while holds the next one up for that while.
#[test]
fn a_pod_counts_when_it_has_been_ready_for_long_enough() {
    let more = scaled("{cron: '0 0 * * *', replicas: 3}, {cron: '2 0 * * *', replicas: 5}");
    let (_, rows) = run(&stateful("minReady: 45s", &more));
    assert_eq!(
        came(&rows, "db"),
        [("db-3".into(), 120.0), ("db-4".into(), 185.0)]
    );
    let told = rows
        .of("rollout", "wait")
        .next()
        .expect("it is told what it waits for");
    assert_eq!(told.reason, "db-3 is not available yet");
}

/// From nothing, a set on nodes that are not there yet starts in order too: an autoscaler sees one pending pod at a time.
#[test]
fn an_ordered_set_starts_in_order_where_no_node_is_there_yet() {
    let text = "name: probe\nduration: 30m\n\
         cluster: {pools: [{name: a, shape: {cpu: 4, memory: 16Gi}, nodes: {min: 0, initial: 0, max: 4}, boot: 30s}]}\n\
         workloads:\n\
         - {name: db, controller: StatefulSet, serving: {replicas: 3, demand: 10ms, \
         containers: [{name: c, slots: 4, resources: {requests: {cpu: 3}}}]}}\n\
         load: [{to: db, arrivals: {constant: {rate: 1/s}}}]\n\
         policies: {node_scaling: {just_enough: {}}}\n";
    let (_, rows) = run(text);
    let mut pods: Vec<_> = rows
        .pods
        .iter()
        .map(|pod| (pod.pod.as_str(), pod.created_s))
        .collect();
    pods.sort_by(|a, b| a.1.total_cmp(&b.1));
    assert_eq!(pods, [("db-0", 0.0), ("db-1", 30.0), ("db-2", 60.0)]);
}

/// The highest number first, each when the one before is available again, and never two pods of one number at a time.
#[test]
fn a_rolling_update_goes_down_the_numbers_one_at_a_time() {
    let (outcome, rows) = run(&stateful("rollouts: [{at: 2m, version: '2'}]", ""));
    let came = came(&rows, "db");
    assert_eq!(names(&came), ["db-2", "db-1", "db-0"]);
    let times: Vec<f64> = came.iter().map(|(_, at)| *at).collect();
    assert!(times.windows(2).all(|pair| pair[1] >= pair[0] + 20.0), "{came:?}");
    let rollout = &outcome.workloads[0].rollouts[0];
    assert_eq!((rollout.state.as_str(), rollout.available_min), ("complete", 2));
    for (name, at) in &came {
        let before = rows
            .pods
            .iter()
            .find(|pod| pod.pod == *name && pod.created_s == 0.0);
        let gone = before.and_then(|pod| pod.ended_s).expect("the old one has gone");
        assert!(gone <= *at, "{name} came at {at}, and the old one went at {gone}");
    }
    let told: Vec<_> = rows
        .of("rollout", "replace")
        .map(|row| row.reason.as_str())
        .collect();
    assert_eq!(told[0], "db-2 of version v1 gives way to version 2");
}

/// A canary: what is below the partition keeps its version, even when it is lost and made anew.
#[test]
fn what_is_below_the_partition_keeps_its_version() {
    let set = "updateStrategy: {rolling_update: {partition: 2}}, \
               rollouts: [{at: 2m, containers: [{name: c, resources: {requests: {cpu: 2}}}]}], \
               deletions: [{at: 10m, ordinals: [0, 2]}]";
    let (outcome, rows) = run(&stateful(set, ""));
    let came: Vec<_> = came(&rows, "db");
    assert_eq!(names(&came), ["db-2", "db-0", "db-2"]);
    let cpu = |name: &str| last_life(&rows, name).cpu_request_cores.to_string();
    assert_eq!([cpu("db-0"), cpu("db-1"), cpu("db-2")], ["0", "0", "2"]);
    assert_eq!(outcome.workloads[0].rollouts[0].state, "complete");
}

/// Two at a time where the feature gate is on.
#[test]
fn several_pods_are_replaced_at_a_time_where_that_is_allowed() {
    let set = "updateStrategy: {rolling_update: {maxUnavailable: 2}}, rollouts: [{at: 2m}], \
               podManagementPolicy: Parallel";
    let (outcome, rows) = run(&stateful(set, ""));
    let went = went(&rows, "db");
    assert!(
        names(&went[..2])
            .iter()
            .all(|name| ["db-1", "db-2"].contains(name)),
        "{went:?}"
    );
    assert!(went[1].1 - went[0].1 < 1.0, "{went:?}");
    assert_eq!(outcome.workloads[0].rollouts[0].available_min, 1);
}

#[test]
fn on_delete_replaces_what_is_deleted_by_hand_and_nothing_else() {
    let set =
        "updateStrategy: {on_delete: {}}, rollouts: [{at: 2m}], deletions: [{at: 5m, ordinals: [1, 7]}]";
    let (outcome, rows) = run(&stateful(set, ""));
    let came = came(&rows, "db");
    assert_eq!(names(&came), ["db-1"]);
    assert_eq!(outcome.workloads[0].rollouts[0].state, "progressing");
    let deleted: Vec<_> = rows
        .of("rollout", "delete")
        .map(|row| row.reason.as_str())
        .collect();
    assert_eq!(deleted, ["db-1 is deleted by hand"]);
}

/// The known trap of ordered sets: a pod of a broken version is never ready, so the set waits for it for ever, and a fixed
/// version does not help until somebody deletes the pod.
#[test]
fn a_broken_version_holds_an_ordered_set_up_until_its_pod_is_deleted_by_hand() {
    let broken = "rollouts: [{at: 2m, version: bad, never_ready: true}, {at: 8m, version: fixed}]";
    let (outcome, rows) = run(&stateful(broken, ""));
    let states = |outcome: &Outcome| -> Vec<String> {
        outcome.workloads[0]
            .rollouts
            .iter()
            .map(|one| one.state.clone())
            .collect()
    };
    assert_eq!(states(&outcome), ["superseded", "stalled"]);
    assert_eq!(
        names(&came(&rows, "db")),
        ["db-2"],
        "the fixed version never reaches it"
    );
    let told: Vec<_> = rows
        .of("rollout", "wait")
        .map(|row| row.reason.as_str())
        .collect();
    assert!(
        told.iter()
            .any(|why| why.contains("db-2 of an earlier version is not available")
                && why.contains("must be deleted by hand")),
        "{told:?}"
    );
    assert_eq!(rows.of("rollout", "stall").count(), 1);
    let (outcome, rows) = run(&stateful(
        &format!("{broken}, deletions: [{{at: 15m, ordinals: [2]}}]"),
        "",
    ));
    assert_eq!(states(&outcome), ["superseded", "complete"]);
    assert_eq!(names(&came(&rows, "db")), ["db-2", "db-2", "db-1", "db-0"]);
    // Where pods are not in order, the next version takes the broken pod away by itself.
    let (outcome, _) = run(&stateful(&format!("podManagementPolicy: Parallel, {broken}"), ""));
    assert_eq!(states(&outcome), ["superseded", "complete"]);
}

/// A lost pod's number, volume and zone are those of the next; one on a silent machine is not made anew before that has
/// gone, because it might still run.
#[test]
fn a_lost_pod_is_made_anew_with_its_number_and_its_zone_and_never_twice() {
    let text = "name: probe\nduration: 40m\n\
         cluster:\n\
         \x20 pools: [{name: a, shape: {cpu: 4, memory: 16Gi}, nodes: 6, zones: [x, y, z]}]\n\
         \x20 storageClasses: [{name: lazy, isDefault: true, volumeBindingMode: WaitForFirstConsumer, attach: 10s, detach: 5s}]\n\
         workloads:\n\
         - {name: db, serving: {replicas: 3, demand: 10ms, \
         containers: [{name: c, slots: 4, resources: {requests: {cpu: 3}}}], \
         volumeClaimTemplates: [{name: data, resources: {requests: {storage: 10Gi}}}]}}\n\
         load: [{to: db, arrivals: {constant: {rate: 1/s}}}]\n\
         faults: [{node_crash: {node: NODE, at: [10m], repair: 15m}}]\n\
         policies: {placement: kube_scheduler}\n";
    let healthy = run(&text.replace(
        "faults: [{node_crash: {node: NODE, at: [10m], repair: 15m}}]\n",
        "",
    ));
    let node = last_life(&healthy.1, "db-1").node.clone();
    let (_, rows) = run(&text.replace("NODE", &node));
    let mut lives: Vec<_> = rows.pods.iter().filter(|pod| pod.pod == "db-1").collect();
    lives.sort_by(|a, b| a.created_s.total_cmp(&b.created_s));
    assert_eq!(lives.len(), 2, "{lives:#?}");
    assert!(
        lives[1].created_s >= lives[0].ended_s.unwrap(),
        "two pods of one number"
    );
    assert!(
        lives[1].created_s >= 600.0 + 900.0,
        "its machine was not heard of before"
    );
    let zone = |pod: &PodRow| pod.node.trim_start_matches("a-").parse::<usize>().unwrap() % 3;
    assert_eq!(zone(lives[0]), zone(lives[1]));
}

const DAEMONS: &str = "name: probe\nduration: 20m\n\
     cluster: {pools: [{name: a, shape: {cpu: 4, memory: 16Gi}, nodes: 4}]}\n\
     workloads:\n\
     - {name: logs, background: true, daemon_set: {SET}, serving: {\
     containers: [{name: c, startup: 20s, resources: {requests: {cpu: 500m}}}]}}\n";

fn daemons(set: &str) -> (Outcome, Rows) {
    run(&DAEMONS.replace("SET", set))
}

/// One node at a time is without its daemon by default; with a surge none is.
#[test]
fn a_daemon_set_is_updated_node_by_node_within_its_bounds() {
    let release = "rollouts: [{at: 2m, version: '2'}]";
    for (strategy, least, most) in [
        ("", 3, 4),
        ("updateStrategy: {rolling_update: {maxUnavailable: 50%}}, ", 2, 4),
        ("updateStrategy: {rolling_update: {maxSurge: 1}}, ", 4, 5),
    ] {
        let (outcome, rows) = daemons(&format!("{strategy}{release}"));
        let rollout = &outcome.workloads[0].rollouts[0];
        assert_eq!(rollout.state, "complete", "{strategy}");
        assert_eq!(rollout.available_min, least, "{strategy}");
        let alive = |at: f64| {
            let there = |pod: &&PodRow| pod.created_s <= at && pod.terminating_s.is_none_or(|end| end > at);
            rows.pods.iter().filter(there).count()
        };
        let times = rows.pods.iter().map(|pod| pod.created_s);
        assert_eq!(times.map(alive).max(), Some(most), "{strategy}");
        let mut new: Vec<_> = rows.pods.iter().filter(|pod| pod.created_s > 0.0).collect();
        new.sort_by(|a, b| a.node.cmp(&b.node));
        let nodes: Vec<_> = new.iter().map(|pod| pod.node.as_str()).collect();
        assert_eq!(nodes, ["a-0", "a-1", "a-2", "a-3"], "{strategy}");
    }
}

/// A daemon that never gets ready stops the update at its bound; with `on_delete` nothing happens at all.
#[test]
fn a_broken_daemon_stops_the_update_and_on_delete_never_begins_it() {
    let (outcome, rows) = daemons("rollouts: [{at: 2m, never_ready: true}]");
    assert_eq!(outcome.workloads[0].rollouts[0].state, "stalled");
    assert_eq!(rows.pods.iter().filter(|pod| pod.created_s > 0.0).count(), 1);
    let (outcome, rows) = daemons("updateStrategy: {on_delete: {}}, rollouts: [{at: 2m}]");
    assert_eq!(outcome.workloads[0].rollouts[0].state, "progressing");
    assert_eq!(rows.pods.len(), 4);
}

#[test]
fn mistakes_of_sets_are_told_where_they_are() {
    let told = |text: &str| written::refusal(text);
    for (text, said) in [
        (
            stateful("updateStrategy: {rolling_update: {maxUnavailable: 0}}", ""),
            "a StatefulSet cannot have a `maxUnavailable` of 0",
        ),
        (
            stateful(
                "deletions: [{at: 3m, ordinals: [1]}, {at: 2m, ordinals: [0]}]",
                "",
            ),
            "a deletion must not come before the one above it",
        ),
        (
            stateful("podManagementPolicy: OrderedRead", ""),
            "did you mean `OrderedReady`?",
        ),
        (
            stateful("}, deployment: {", ""),
            "a Deployment cannot have a `stateful_set`",
        ),
        (
            DAEMONS.replace(
                "SET",
                "updateStrategy: {rolling_update: {maxSurge: 1, maxUnavailable: 1}}",
            ),
            "`maxUnavailable` must be 0 where `maxSurge` is above 0",
        ),
        (
            DAEMONS.replace("SET", "updateStrategy: {rolling_update: {maxUnavailable: 0%}}"),
            "`maxUnavailable` cannot be 0 where `maxSurge` is 0",
        ),
    ] {
        let page = told(&text);
        assert!(
            page.contains(said) && page.contains("test.yaml:"),
            "{said}\n{page}"
        );
    }
}
