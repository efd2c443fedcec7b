//! Nodes of manifests.

use super::{Folder, read, said, sound};
use crate::model::labels::TaintEffect;
use crate::model::price::Money;

const NODES: &str = "apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Node
  metadata:
    name: ip-10-0-1-5
    annotations: {node.alpha.kubernetes.io/ttl: \"0\"}
    labels: &labels
      eks.amazonaws.com/nodegroup: general
      kubernetes.io/hostname: ip-10-0-1-5
      node.kubernetes.io/instance-type: m5.large
      topology.kubernetes.io/zone: eu-west-1b
  spec: {providerID: aws:///eu-west-1b/i-1}
  status: &status
    capacity: {cpu: \"2\", memory: 7900000Ki, pods: \"29\", ephemeral-storage: 83873772Ki, hugepages-1Gi: \"0\"}
    allocatable: {cpu: 1930m, memory: 7200000Ki, pods: \"29\", ephemeral-storage: \"76224326324\", hugepages-1Gi: \"0\"}
    conditions: [{type: Ready, status: \"True\"}]
    nodeInfo: {kubeletVersion: v1.36.1}
- apiVersion: v1
  kind: Node
  metadata:
    name: ip-10-0-2-7
    labels:
      eks.amazonaws.com/nodegroup: general
      kubernetes.io/hostname: ip-10-0-2-7
      node.kubernetes.io/instance-type: m5.large
      topology.kubernetes.io/zone: eu-west-1a
  spec:
    unschedulable: true
    taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule, timeAdded: \"2026-10-02T09:14:07Z\"}]
  status: *status
- apiVersion: v1
  kind: Node
  metadata:
    name: gpu-1
    labels: {node.kubernetes.io/instance-type: bare-8}
  status:
    capacity: {cpu: \"8\", memory: 64Gi, pods: \"110\", nvidia.com/gpu: \"2\"}
    allocatable: {cpu: \"8\", memory: 64Gi, pods: \"110\", nvidia.com/gpu: \"2\"}
";

const TEXT: &str = "name: n
duration: 1h
manifests: [nodes.yaml]
workloads:
  - {name: w, background: true, serving: {containers: [{name: c, resources: {requests: {cpu: 100m}}}]}}
";

#[test]
fn nodes_are_the_machines_at_the_start_each_as_it_is() {
    let folder = Folder::new(&[("nodes.yaml", NODES)]);
    let loaded = sound(TEXT, folder.path(), &[]);
    let pools = &loaded.scenario.pools;
    let names: Vec<_> = pools
        .iter()
        .map(|pool| {
            (
                pool.name.as_str(),
                pool.shape.name.as_str(),
                pool.nodes_initial,
                pool.nodes_max,
            )
        })
        .collect();
    assert_eq!(names, [("general", "m5.large", 2, 2), ("bare-8", "bare-8", 1, 1)]);
    let general = &pools[0];
    assert_eq!(general.zones, ["eu-west-1a", "eu-west-1b"]);
    assert_eq!(
        general.shape.billing.price_per_hour,
        Money::from_picos(96_000_000_000),
        "the list's"
    );
    let (first, second) = (&general.named[0], &general.named[1]);
    assert_eq!(
        (first.name.as_str(), first.zone, first.cordoned),
        ("ip-10-0-1-5", 1, false)
    );
    assert_eq!(
        (second.name.as_str(), second.zone, second.cordoned),
        ("ip-10-0-2-7", 0, true)
    );
    assert_eq!(second.taints[0].effect, TaintEffect::NoSchedule);
    assert!(general.taints.is_empty(), "later nodes are not cordoned");
    assert_eq!((first.allocatable.cpu_milli, first.allocatable.pods), (1930, 29));
    assert_eq!(
        general.allocatable(),
        first.allocatable,
        "later nodes are like the first"
    );
    assert_eq!(pools[1].named[0].allocatable.extended("nvidia.com/gpu"), 2);
    assert_eq!(pools[1].shape.billing.price_per_hour, Money::ZERO);
    insta::assert_snapshot!(said(&Ok(loaded), folder.path()));
}

#[test]
fn a_scenario_says_what_nodes_cost_and_how_many_there_may_be() {
    let folder = Folder::new(&[("nodes.yaml", NODES)]);
    let text = format!(
        "{TEXT}cluster:
  pools:
    - {{name: bare-8, shape: {{price: {{usd_per_hour: 2}}}}, nodes: {{min: 0, max: 9}}, boot: 2m}}
"
    );
    let loaded = sound(&text, folder.path(), &[]);
    let bare = &loaded
        .scenario
        .pools
        .iter()
        .find(|pool| pool.name == "bare-8")
        .expect("it is there");
    assert_eq!((bare.nodes_min, bare.nodes_initial, bare.nodes_max), (0, 1, 9));
    assert_eq!(bare.shape.billing.price_per_hour, Money::from_usd(2.0));
    assert_eq!(bare.shape.capacity.cpu_milli, 8000, "what the node says stays");
    let text = text.replace("{min: 0, max: 9}", "0");
    let refused = read(&text, folder.path(), &[]);
    assert!(said(&refused, folder.path()).contains("nodes that are named: 1, more than 0"));
}

/// Alibaba's: a number of devices of a node, devices and thousandths of a pod, the models it takes.
#[test]
fn annotations_of_gpus_are_shares_and_whole_devices() {
    let pod = |name: &str, count: &str, milli: &str, model: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  annotations: {{alibabacloud.com/gpu-count: \"{count}\", \
             alibabacloud.com/gpu-milli: \"{milli}\", alibabacloud.com/gpu-card-model: \"{model}\"}}\n\
             spec: {{containers: [{{name: c, resources: {{requests: {{cpu: 100m}}}}}}]}}\n"
        )
    };
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: n, labels: {alibabacloud.com/gpu-card-model: T4}}\nstatus:\n  \
                capacity: {cpu: 64000m, memory: 262144Mi, pods: \"1001\", alibabacloud.com/gpu-count: \"2\", alibabacloud.com/gpu-milli: \"2000\"}\n  \
                allocatable: {cpu: 64000m, memory: 262144Mi, pods: \"1001\", alibabacloud.com/gpu-count: \"2\", alibabacloud.com/gpu-milli: \"2000\"}\n";
    let text = [
        node.to_owned(),
        pod("share", "1", "460", "T4"),
        pod("whole", "2", "1000", "T4|P100"),
        pod("none", "0", "0", ""),
    ];
    let folder = Folder::new(&[("all.yaml", &text.concat())]);
    let scenario = "name: n\nduration: 1h\nmanifests: [all.yaml]\npolicies: {placement: fgd}\n";
    let loaded = sound(scenario, folder.path(), &[]).scenario;
    assert_eq!(loaded.pools[0].named[0].allocatable.extended("nvidia.com/gpu"), 2);
    let gpus: Vec<_> = loaded
        .workloads
        .iter()
        .map(|workload| (workload.name.as_str(), workload.template.gpus()))
        .collect();
    use crate::model::gpu::GpuRequest;
    let expected = [
        ("share", GpuRequest::share(460)),
        ("whole", GpuRequest::whole(2)),
        ("none", GpuRequest::NONE),
    ];
    assert_eq!(gpus, expected);
    let goes_to = |workload: usize, model: &str| {
        let labels = [("alibabacloud.com/gpu-card-model".to_owned(), model.to_owned())];
        loaded.workloads[workload].template.selects("n", &labels.into())
    };
    assert!(goes_to(0, "T4") && !goes_to(0, "P100"));
    assert!(goes_to(1, "T4") && goes_to(1, "P100") && !goes_to(1, "V100"));
}
