//! Pods without their owner: which of them are one workload.

use super::{Folder, read, said, sound, workload};
use std::fmt::Write as _;

const SCENARIO: &str = "name: n\nduration: 1h\nmanifests: [a.yaml]\n";

/// A running pod as `kubectl` prints it; `more` stands in its spec.
fn pod(name: &str, owner: &str, labels: &str, node: &str, more: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  labels: {{{labels}}}
  ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: {owner}, uid: x, controller: true}}]
spec:
  nodeName: {node}
  hostname: {name}
  containers: [{{name: app, resources: {{requests: {{cpu: 100m}}}}}}]
  volumes: [{{name: token-{name}, projected: {{}}}}]
{more}status: {{phase: Running}}
"
    )
}

fn workloads(text: &str, scenario: &str) -> (Vec<(String, u32, bool)>, String) {
    let folder = Folder::new(&[("a.yaml", text)]);
    let loaded = sound(scenario, folder.path(), &[]);
    let all = loaded.scenario.workloads.iter();
    let all = all
        .map(|one| (one.name.clone(), one.replicas, one.background))
        .collect();
    (all, said(&Ok(loaded), folder.path()))
}

#[test]
fn pods_of_one_owner_that_is_not_given_are_one_workload() {
    let mut text = String::new();
    for index in 0..5000 {
        let labels =
            format!("app: shop, apps.kubernetes.io/pod-index: \"{index}\", pod-template-hash: \"5d9\"");
        let node = format!("node-{}", index % 40);
        text += &pod(&format!("shop-5d9-x{index}"), "shop-5d9", &labels, &node, "");
    }
    let folder = Folder::new(&[("a.yaml", &text)]);
    let loaded = sound(SCENARIO, folder.path(), &[]);
    assert_eq!(loaded.scenario.workloads.len(), 1);
    let shop = workload(&loaded, "shop-5d9");
    assert_eq!((shop.replicas, shop.background), (5000, true));
    let labels: Vec<_> = shop.template.labels.keys().map(String::as_str).collect();
    assert_eq!(
        labels,
        ["app", "pod-template-hash"],
        "what all of them are labelled stays"
    );
    assert_eq!(shop.template.requests().cpu_milli, 100, "each asks for its own");
    let said = said(&Ok(loaded), folder.path());
    let sentence = "Pod: 5000 pods of ReplicaSet shop-5d9 are one workload, wherever each was placed";
    assert!(said.contains(sentence), "{said}");
}

#[test]
fn pods_that_differ_stay_apart() {
    let mut text = String::new();
    for (name, labels, more) in [
        ("a-1", "app: a", ""),
        ("a-2", "app: a", ""),
        ("a-3", "app: a", "  priority: 7\n"),
        ("a-4", "app: b", ""),
        ("a-5", "app: a", "  nodeSelector: {disk: ssd}\n"),
        ("a-6", "app: a", ""),
    ] {
        text += &pod(name, "a", labels, "n1", more);
    }
    text += &pod("a-1", "a", "app: a", "n1", "").replace("labels:", "namespace: other\n  labels:");
    let (workloads, _) = workloads(&text, SCENARIO);
    let expected = [("a-3", 1), ("a-4", 1), ("a-5", 1), ("a-1", 1), ("a", 3)];
    let expected = expected.map(|(name, replicas)| (name.to_owned(), replicas, true));
    assert_eq!(
        workloads, expected,
        "another priority, label, selector or namespace is another workload"
    );
}

/// A pod that a load, a policy or a workload names is itself, and no replica of others.
#[test]
fn pods_that_the_scenario_names_stay_themselves() {
    let mut text = String::new();
    for index in 1..=6 {
        text += &pod(&format!("web-{index}"), "web", "app: web", "n1", "");
    }
    let scenario = format!(
        "{SCENARIO}workloads: [{{name: main, manifest: Pod/web-1, serving: {{demand: 1ms}}}}]
load: [{{to: main, arrivals: {{poisson: {{rate: 1/s}}}}}}]
policies: {{pod_scaling: {{web-2: {{static: {{replicas: 2}}}}}}}}
"
    );
    let folder = Folder::new(&[("a.yaml", &text)]);
    let read = read(&scenario, folder.path(), &[]);
    let loaded = match read {
        Ok(loaded) => loaded,
        Err(refused) => panic!("{}", refused.render()),
    };
    let names = loaded.scenario.workloads.iter();
    let names: Vec<_> = names.map(|one| (one.name.as_str(), one.replicas)).collect();
    assert_eq!(names, [("main", 1), ("web-2", 1), ("web", 4)]);
}

/// Pods that somebody wrote are called after what their names share, and stay where they were told to be.
#[test]
fn written_pods_are_pinned_where_they_say() {
    let mut text = String::new();
    for (name, node) in [("job-1", "n1"), ("job-2", "n1"), ("job-3", "n2"), ("job-4", "n2")] {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}
spec: {{nodeName: {node}, containers: [{{name: c}}]}}\n"
        );
    }
    let folder = Folder::new(&[("a.yaml", &text)]);
    let loaded = sound(SCENARIO, folder.path(), &[]);
    let placed = loaded.scenario.workloads.iter();
    let placed: Vec<_> = placed
        .map(|one| {
            let node = one.template.rules.node_name.as_deref();
            (one.name.as_str(), one.replicas, node)
        })
        .collect();
    assert_eq!(placed, [("job", 2, Some("n1")), ("default/job", 2, Some("n2"))]);
    let said = said(&Ok(loaded), folder.path());
    assert!(
        said.contains("Pod: 2 pods that are alike are one workload, default/job"),
        "{said}"
    );
}
