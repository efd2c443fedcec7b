//! What Kubernetes' controllers do in a run: who goes first, who comes to every node.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
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
