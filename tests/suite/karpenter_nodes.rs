//! Karpenter and what is particular to some nodes: the way they are bought, the volumes they attach, marks that keep them.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::rows::DecisionRow;

fn run(duration: &str, pools: &str, storage: &str, workloads: &str, karpenter: &str) -> Rows {
    let text = format!(
        "name: probe\nduration: {duration}\ncluster:\n  pools: [{pools}]\n{storage}workloads: [{workloads}]\n\
         policies: {{placement: kube_scheduler, node_scaling: {{karpenter: {karpenter}}}}}\n"
    );
    kept_rows::run(written::scenario(&text), Span::from_secs(61)).1
}

fn pool(name: &str, price: f64, nodes: &str, more: &str) -> String {
    format!(
        "{{name: {name}, shape: {{name: m, cpu: 8, memory: 32Gi, price: {{usd_per_hour: {price}}}}}, nodes: {nodes}, boot: 40s{more}}}"
    )
}

fn workload(name: &str, replicas: u32, serving: &str) -> String {
    format!(
        "{{name: {name}, background: true, serving: {{replicas: {replicas}{serving}, \
         containers: [{{name: c, resources: {{requests: {{cpu: 1}}}}}}]}}}}"
    )
}

fn of<'a>(rows: &'a Rows, action: &'a str) -> Vec<&'a DecisionRow> {
    rows.of("node_scaling", action).collect()
}

/// A NodePool that says nothing of it lets nodes be bought in any way that is on offer, spot first: who expects on-demand
/// machines must see that before the provider takes them back.
#[test]
fn without_a_requirement_on_the_capacity_type_spot_comes_first() {
    let pools = [
        pool("steady", 0.4, "{min: 0, max: 9}", ""),
        pool("spare", 0.1, "{min: 0, max: 9}", ", capacity: spot"),
    ];
    let came = |requirements: &str| {
        let settings = format!("{{nodePools: [{{name: web{requirements}}}]}}");
        let rows = run("10m", &pools.join(", "), "", &workload("w", 3, ""), &settings);
        of(&rows, "launch")[0].subject.to_string()
    };
    assert_eq!(came(""), "spare");
    let asked = ", requirements: [{key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}]";
    assert_eq!(came(asked), "steady");
}

/// A node with room for a pod but not for its volume must not be taken for its place: it would wait there for ever.
#[test]
fn a_pod_whose_volume_finds_no_place_on_a_node_gets_another_node() {
    let storage =
        "\x20 storageClasses: [{name: gp3, isDefault: true, volumeBindingMode: WaitForFirstConsumer}]\n";
    let disks = ", csiNode: {drivers: [{name: ebs.csi.aws.com, allocatable: {count: 2}}]}";
    let own = ", volumeClaimTemplates: [{name: d, resources: {requests: {storage: 1Gi}}}]";
    let rows = run(
        "20m",
        &pool("m", 0.4, "{min: 0, max: 9}", disks),
        storage,
        &workload("db", 5, own),
        "{}",
    );
    let placed = rows.pods.iter().filter(|pod| pod.bound_s.is_some()).count();
    assert_eq!(placed, 5, "{:?}", of(&rows, "launch"));
    let nodes = rows.nodes.iter().filter(|node| node.pods > 0).count();
    assert_eq!(nodes, 3, "two volumes a node");
}

/// Who marks a machine must find it there, and be told that this is why.
#[test]
fn a_node_that_is_marked_is_not_disrupted() {
    let marked = ", labels: {karpenter.sh/nodepool: web}, annotations: {karpenter.sh/do-not-disrupt: 'true'}";
    let plain = ", labels: {karpenter.sh/nodepool: web}";
    let pools = [
        pool("marked", 0.4, "{min: 0, initial: 1, max: 9}", marked),
        pool("plain", 0.4, "{min: 0, initial: 2, max: 9}", plain),
    ];
    let settings = "{nodePools: [{name: web, disruption: {budgets: [{nodes: 9}]}}]}";
    let rows = run("10m", &pools.join(", "), "", &workload("w", 1, ""), settings);
    let gone: Vec<&str> = of(&rows, "drain").iter().map(|row| &*row.subject).collect();
    assert!(
        !gone.is_empty() && gone.iter().all(|name| name.starts_with("plain")),
        "{gone:?}"
    );
    let held = of(&rows, "hold");
    let held = held
        .iter()
        .find(|row| &*row.subject == "marked-0")
        .expect("it is told of");
    assert_eq!(held.reason, "it has the annotation karpenter.sh/do-not-disrupt");
    let settings = settings.replace(
        "disruption:",
        "annotations: {karpenter.sh/do-not-disrupt: 'true'}, disruption:",
    );
    let rows = run("10m", &pools.join(", "), "", &workload("w", 1, ""), &settings);
    assert_eq!(
        of(&rows, "drain").len(),
        0,
        "all nodes of the NodePool are marked"
    );
}
