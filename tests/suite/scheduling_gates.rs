//! Pods behind scheduling gates: nobody looks for a node for them, and nobody buys one.

use crate::written;
use std::sync::Arc;
use tonnage::sim::rows::{DecisionRow, NodeRow};
use tonnage::sim::{Simulation, Sink};

#[derive(Default)]
struct Seen {
    nodes: Vec<NodeRow>,
    decisions: Vec<DecisionRow>,
}

impl Sink for Seen {
    fn node(&mut self, row: NodeRow) {
        self.nodes.push(row);
    }

    fn decision(&mut self, row: DecisionRow) {
        self.decisions.push(row);
    }
}

const GATED: &str = "name: gates\nduration: 30m\n\
    cluster: {pools: [{name: a, shape: {name: box, cpu: 4, memory: 16Gi, price: {usd_per_hour: 0.2}}, \
    nodes: {min: 1, initial: 1, max: 9}, boot: 30s}]}\n\
    workloads:\n\
    - {name: held, background: true, serving: {replicas: 3, schedulingGates: [{name: example.com/quota}, {name: b}], \
    containers: [{name: c, resources: {requests: {cpu: 1}}}]}}\n\
    - {name: free, background: true, serving: {replicas: 2, \
    containers: [{name: c, resources: {requests: {cpu: 1}}}]}}\n\
    policies: {placement: kube_scheduler, node_scaling: {just_enough: {}}}\n";

/// There is room for one of the gated pods and a machine could be had for the others, yet all of them wait.
#[test]
fn gated_pods_wait_though_there_is_room_and_launch_nothing() {
    let mut simulation = Simulation::new(Arc::new(written::scenario(GATED)), 1, 0);
    let mut seen = Seen::default();
    simulation.run_to_end(Some(&mut seen), u64::MAX, || false);
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    let cluster = simulation.cluster();
    assert_eq!(
        cluster.pending_count(),
        3,
        "the gated pods, and none of the others"
    );
    simulation.finish(Some(&mut seen));
    assert_eq!(
        seen.nodes.len(),
        1,
        "no machine serves a pod that nobody may place"
    );
    let held = seen.decisions.iter().filter(|row| row.subject == "held");
    let why: Vec<_> = held.map(|row| (row.reason_code, row.reason.as_str())).collect();
    assert!(
        why.contains(&(
            "scheduling_gated",
            "waiting for scheduling gates: [example.com/quota b]"
        )),
        "{why:?}"
    );
}

#[test]
fn a_gated_pod_cannot_name_its_node() {
    let said = written::refusal(&GATED.replace("replicas: 3,", "replicas: 3, nodeName: a-0,"));
    assert!(
        said.contains("a pod with scheduling gates cannot name its node"),
        "{said}"
    );
}
