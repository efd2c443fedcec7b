//! What Kubernetes' controllers do in a run: who goes first, who comes to every node.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::PodRow;

fn run(text: &str) -> Rows {
    kept_rows::run(written::scenario(text), Span::from_secs(7)).1
}

/// Pods of a workload that went before `second`, in the order in which they were asked to stop.
fn gone<'a>(rows: &'a Rows, workload: &str, second: f64) -> Vec<&'a PodRow> {
    let mut gone: Vec<_> = rows
        .pods
        .iter()
        .filter(|pod| pod.workload == workload && pod.terminating_s.is_some_and(|at| at < second))
        .collect();
    gone.sort_by(|a, b| a.terminating_s.partial_cmp(&b.terminating_s).unwrap());
    gone
}

/// A ReplicaSet knows nothing of requests: it gives up a pod of the fuller node, and of two workloads the one whose
/// annotation makes a pod cheaper is not asked.
#[test]
fn a_scale_down_takes_from_the_node_with_most_pods_of_the_workload() {
    let rows = run("name: probe\nduration: 10m\n\
         cluster: {pools: [{name: a, shape: {cpu: 5, memory: 16Gi}, nodes: {min: 2, initial: 2, max: 2}}]}\n\
         workloads:\n\
         - {name: w, serving: {replicas: 4, demand: 10ms, \
         containers: [{name: c, resources: {requests: {cpu: 1500m}}, slots: 4}]}}\n\
         load: [{to: w, arrivals: {constant: {rate: 1/s}}}]\n\
         policies: {placement: {first_fit: {}}, pod_scaling: {w: {scheduled: {steps: [{cron: '5 0 * * *', replicas: 2}]}}}}\n");
    // Three pods of 1.5 CPU fill the first node; the fourth is alone on the second.
    let gone = gone(&rows, "w", 400.0);
    let nodes: Vec<_> = gone.iter().map(|pod| pod.node.as_str()).collect();
    assert_eq!(nodes, ["a-0", "a-0"], "{gone:#?}");
}

/// Young pods go before old ones only by order of magnitude: within one it is chance, and the same chance every time.
#[test]
fn pods_of_one_age_go_in_an_order_of_chance_that_is_the_same_every_time() {
    let text = "name: probe\nduration: 10m\n\
         workloads:\n\
         - {name: w, serving: {replicas: 40, demand: 10ms, containers: [{name: c, slots: 4}]}}\n\
         load: [{to: w, arrivals: {constant: {rate: 1/s}}}]\n\
         policies: {pod_scaling: {w: {scheduled: {steps: [{cron: '5 0 * * *', replicas: 20}]}}}}\n";
    let names =
        |rows: &Rows| -> Vec<String> { gone(rows, "w", 400.0).iter().map(|pod| pod.pod.clone()).collect() };
    let first = names(&run(text));
    assert_eq!(first.len(), 20);
    let youngest: Vec<String> = (20..40).rev().map(|ordinal| format!("w-{ordinal}")).collect();
    assert_ne!(first, youngest);
    assert_eq!(first, names(&run(text)));
}

const DAEMONS: &str = "name: probe\nduration: 20m\n\
     cluster: {pools: [{name: a, shape: {cpu: 4, memory: 16Gi}, nodes: {min: 1, initial: 1, max: 4}, boot: 30s}, \
     {name: gpu, shape: {cpu: 4, memory: 16Gi}, nodes: {min: 1, initial: 1, max: 1}, \
     taints: [{key: gpu, effect: NoSchedule}]}]}\n\
     workloads:\n\
     - {name: w, serving: {replicas: 3, demand: 10ms, \
     containers: [{name: c, resources: {requests: {cpu: 1200m}}, slots: 4}]}}\n\
     - {name: logs, background: true, daemon_set: {}, serving: {\
     containers: [{name: c, resources: {requests: {cpu: 500m}}}]}}\n\
     load: [{to: w, arrivals: {constant: {rate: 1/s}}}]\n\
     policies: {placement: PLACER, node_scaling: {just_enough: {empty_after: 1m}}, \
     pod_scaling: {w: {scheduled: {steps: [{cron: '5 0 * * *', replicas: 6}, {cron: '10 0 * * *', replicas: 2}]}}}}\n";

/// Were the pods of a DaemonSet placed after those that wait, a new node would be full before its daemon came; were they
/// counted as work, a node would never be empty.
#[test]
fn a_daemon_set_has_a_pod_on_every_node_that_takes_it_from_its_first_moment_to_its_last() {
    for placer in ["{first_fit: {}}", "kube_scheduler"] {
        let rows = run(&DAEMONS.replace("PLACER", placer));
        let logs: Vec<_> = rows.pods.iter().filter(|pod| pod.workload == "logs").collect();
        let mut nodes: Vec<_> = logs.iter().map(|pod| pod.node.as_str()).collect();
        nodes.sort_unstable();
        // Nodes of 4 CPU take two pods of the service beside the daemon; the tainted one takes neither.
        assert_eq!(nodes, ["a-0", "a-1", "a-2"], "{placer}: {logs:#?}");
        for pod in &logs {
            assert_eq!(pod.bound_s, Some(pod.created_s), "{placer}");
        }
        let ended = logs
            .iter()
            .filter(|pod| pod.ended_s.is_some_and(|at| at < 1190.0));
        assert_eq!(
            ended.count(),
            2,
            "{placer}: two nodes are empty but for it, and go"
        );
    }
}

#[test]
fn what_a_daemon_set_cannot_have_is_said() {
    let said = written::refusal(&DAEMONS.replace(
        "daemon_set: {}, serving: {",
        "daemon_set: {}, serving: {replicas: 3, ",
    ));
    assert!(
        said.contains("a DaemonSet cannot have `replicas`: it has a pod on every node that takes one"),
        "{said}"
    );
}

/// Eight pods that take 20 s to start; version 2 comes after two minutes.
fn deployment(strategy: &str, change: &str) -> String {
    format!(
        "name: probe\nduration: 30m\nworkloads:\n\
         - {{name: w, deployment: {{strategy: {strategy}, progressDeadline: 5m, \
         rollouts: [{{at: 2m, {change}}}]}}, serving: {{replicas: 8, demand: 10ms, timeout: 1s, \
         containers: [{{name: c, slots: 4, startup: 20s}}]}}}}\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 20/s}}}}}}]\n"
    )
}

fn rolled_out(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs(7))
}

/// With a quarter either way, 8 pods may be 10 and 6 must be available: two waves of new pods, and no request lost.
#[test]
fn a_rolling_update_keeps_enough_pods_available_and_ends_with_all_of_the_new_version() {
    let (outcome, rows) = rolled_out(&deployment("{rolling_update: {}}", "version: '2.0'"));
    let rollout = &outcome.workloads[0].rollouts[0];
    assert_eq!(
        (rollout.version.as_str(), rollout.state.as_str()),
        ("2.0", "complete")
    );
    assert_eq!((rollout.started_s, rollout.available_min), (120.0, 6));
    // New pods come four, then four more as those are ready: each start takes 20 s.
    assert_eq!(rollout.ended_s, Some(160.0));
    let old = gone(&rows, "w", 1790.0);
    assert_eq!(old.len(), 8);
    assert!(old.iter().all(|pod| pod.created_s == 0.0), "{old:#?}");
    let requests = outcome.workloads[0].requests;
    assert_eq!(requests.succeeded, requests.arrived - requests.unfinished);
    let told: Vec<_> = rows
        .of("rollout", "resize")
        .map(|row| row.reason.as_str())
        .collect();
    assert_eq!(
        told[0], "pods of version 2.0: 0 to 2, of older ones: 8 to 8",
        "{told:#?}"
    );
    assert_eq!(rows.of("rollout", "complete").count(), 1);
}

/// `Recreate` means that two versions never run side by side, at the price of an outage.
#[test]
fn recreate_takes_all_old_pods_down_first() {
    let (outcome, rows) = rolled_out(&deployment("{recreate: {}}", "version: '2.0'"));
    let rollout = &outcome.workloads[0].rollouts[0];
    assert_eq!((rollout.state.as_str(), rollout.available_min), ("complete", 0));
    let last_old = gone(&rows, "w", 1790.0)
        .iter()
        .filter_map(|pod| pod.ended_s)
        .fold(0.0, f64::max);
    let new = rows.pods.iter().filter(|pod| pod.created_s > 0.0);
    assert!(new.clone().all(|pod| pod.created_s >= last_old));
    assert_eq!(new.count(), 8);
    assert!(
        outcome.workloads[0].requests.refused > 0,
        "nobody was there for a while"
    );
}

/// A release that never gets ready must stop where the fenceposts are, be told as failed, and leave the service running.
#[test]
fn a_release_that_never_gets_ready_stops_at_the_fenceposts_and_fails_by_its_deadline() {
    let (outcome, rows) = rolled_out(&deployment("{rolling_update: {}}", "never_ready: true"));
    let rollout = &outcome.workloads[0].rollouts[0];
    assert_eq!(
        (rollout.version.as_str(), rollout.state.as_str()),
        ("v2", "failed")
    );
    assert_eq!((rollout.ended_s, rollout.available_min), (None, 6));
    let failed: Vec<_> = rows.of("rollout", "fail").collect();
    assert_eq!(failed.len(), 1);
    assert!((420.0..421.0).contains(&failed[0].time_s), "{failed:#?}");
    let requests = outcome.workloads[0].requests;
    assert_eq!(requests.succeeded, requests.arrived - requests.unfinished);
    let alive = rows.pods.iter().filter(|pod| pod.terminating_s.is_none());
    assert_eq!(alive.count(), 10);
}

/// A good release after a bad one takes the bad one's pods away first: they are not available.
#[test]
fn the_next_release_takes_over_from_a_bad_one() {
    let text = deployment(
        "{rolling_update: {}}",
        "never_ready: true}, {at: 10m, version: fixed",
    );
    let (outcome, rows) = rolled_out(&text);
    let states: Vec<_> = outcome.workloads[0]
        .rollouts
        .iter()
        .map(|one| one.state.as_str())
        .collect();
    assert_eq!(states, ["superseded", "complete"]);
    let alive = rows.pods.iter().filter(|pod| pod.terminating_s.is_none());
    assert!(alive.clone().all(|pod| pod.created_s >= 600.0));
    assert_eq!(alive.count(), 8);
}

/// Scaling in mid-rollout is shared out by the sizes of both sets, and the rollout still ends.
#[test]
fn a_scaling_in_mid_rollout_is_shared_out_and_the_rollout_ends() {
    let text = deployment("{rolling_update: {}}", "containers: [{name: c, startup: 4m}]")
        + "policies: {pod_scaling: {w: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 8}, {cron: '3 0 * * *', replicas: 16}]}}}}\n";
    let (outcome, rows) = rolled_out(&text);
    let rollout = &outcome.workloads[0].rollouts[0];
    assert_eq!(rollout.state, "complete");
    // 6 old and 4 new pods of 10 become 12 and 8 of 20: the old version grows too.
    let old = rows
        .pods
        .iter()
        .filter(|pod| (179.0..181.0).contains(&pod.created_s) && pod.ready_s.is_some_and(|at| at < 201.0));
    assert_eq!(old.count(), 6);
    let alive = rows.pods.iter().filter(|pod| pod.terminating_s.is_none());
    assert_eq!(alive.count(), 16);
}

#[test]
fn mistakes_of_a_deployment_are_told_where_they_are() {
    let said = written::refusal(&deployment(
        "{recreate: {}}",
        "containers: [{name: d, startup: 1s}]",
    ));
    assert!(said.contains("the workload has no container `d`"), "{said}");
    let said = written::refusal(&deployment("{recreate: {}}", "version: a}, {at: 1m"));
    assert!(
        said.contains("a rollout must come later than the one before it"),
        "{said}"
    );
}
