//! Objects with pods.

use super::{Folder, SHOP, fixtures, read, said, sound, workload};
use crate::model::placement_rules::PreemptionPolicy;
use crate::model::pod_template::ContainerKind;

#[test]
fn a_deployment_as_kubectl_prints_it_is_a_workload_and_the_scenario_adds_to_it() {
    let loaded = sound(SHOP, &fixtures(), &[]);
    let shop = workload(&loaded, "shop");
    let template = &shop.template;
    assert_eq!((shop.replicas, template.namespace.as_str()), (3, "web"));
    assert_eq!(template.labels["app"], "shop");
    let containers: Vec<_> = template
        .containers
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.kind,
                one.requests.cpu_milli,
                one.requests.memory_bytes >> 20,
            )
        })
        .collect();
    assert_eq!(
        containers,
        [
            ("migrate", ContainerKind::Init, 1000, 0),
            ("log", ContainerKind::Sidecar, 0, 0),
            ("app", ContainerKind::Main, 600, 512),
            ("proxy", ContainerKind::Main, 100, 64),
        ],
        "what the scenario says of `app` wins, and nothing else is lost"
    );
    assert_eq!(shop.serving.slots, Some(8));
    assert_eq!(template.containers[2].limits.memory_bytes, 1 << 30);
    assert_eq!(template.termination_grace.to_string(), "45s");
    assert_eq!(template.tolerations.len(), 1);
    assert_eq!(template.rules.spread.len(), 1);
    assert_eq!(template.rules.pod_anti_affinity.preferred.len(), 1);
    assert_eq!(template.rules.priority, 5000, "the class says it");
    assert_eq!(template.rules.preemption, PreemptionPolicy::Never);
}

#[test]
fn pods_that_no_workload_names_take_room_under_their_own_name_and_no_pod_counts_twice() {
    let loaded = sound(SHOP, &fixtures(), &[]);
    let names: Vec<_> = loaded
        .scenario
        .workloads
        .iter()
        .map(|one| (one.name.as_str(), one.replicas, one.background))
        .collect();
    assert_eq!(
        names,
        [("shop", 3, false), ("db", 2, true), ("debug", 1, true)],
        "the ReplicaSet is the Deployment's, and one pod has ended"
    );
    let debug = workload(&loaded, "debug");
    assert_eq!(debug.template.rules.priority, 1000);
    assert_eq!(workload(&loaded, "db").template.node_selector["disk"], "ssd");
}

#[test]
fn what_is_not_modelled_is_listed_once_a_kind() {
    let loaded = sound(SHOP, &fixtures(), &[]);
    insta::assert_snapshot!(said(&Ok(loaded), &fixtures()));
}

/// A file that is not there, twice the same, a folder: each told where the scenario names it.
#[test]
fn files_that_cannot_be_read_are_told_at_their_names() {
    let folder = Folder::new(&[("a.yaml", POD), ("empty.yaml", "# nothing\n---\n")]);
    std::fs::create_dir(folder.path().join("k8s")).expect("a folder can be made");
    let text = "name: n\nduration: 1h\nmanifests: [b.yaml, k8s, a.yaml, a.yaml, empty.yaml]\n";
    let read = read(text, folder.path(), &[]);
    insta::assert_snapshot!(said(&read, folder.path()));
}

const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: one}
spec: {containers: [{name: c}]}
";

#[test]
fn a_scenario_of_nothing_but_manifests_runs() {
    let folder = Folder::new(&[("a.yaml", POD)]);
    let loaded = sound("name: n\nduration: 1h\nmanifests: [a.yaml]\n", folder.path(), &[]);
    assert!(workload(&loaded, "one").background);
}

/// Pods that ask for something as a whole: it counts in place of the sum of the containers, with the overhead on top.
#[test]
fn what_a_pod_asks_for_as_a_whole_counts() {
    let pod = POD.replace(
        "{containers: [{name: c}]}",
        "{resources: {requests: {cpu: 1500m}, limits: {memory: 2Gi, hugepages-2Mi: 4Mi}}, overhead: {cpu: 100m},
  containers: [{name: a, resources: {requests: {cpu: 200m}}}, {name: b}]}",
    );
    let folder = Folder::new(&[("a.yaml", &pod)]);
    let loaded = sound("name: n\nduration: 1h\nmanifests: [a.yaml]\n", folder.path(), &[]);
    let requests = workload(&loaded, "one").template.requests().clone();
    assert_eq!((requests.cpu_milli, requests.memory_bytes), (1600, 2 << 30));
    let said = said(&Ok(loaded), folder.path());
    assert!(said.contains("spec.resources.limits.hugepages-2Mi"), "{said}");
    assert!(!said.contains("spec.resources,"), "{said}");
}
