//! `--deschedule`: one pass of the descheduler over a cluster as `kubectl` lists it.

use super::{in_folder, pack, state};

/// A seventh node, hardly used, and one that is full of pods that may go.
fn uneven() -> String {
    let mut text = state();
    let at = text.find("- apiVersion: v1\n  kind: Pod").unwrap();
    let mut more = String::new();
    for node in ["full", "idle"] {
        more += &format!(
            "- apiVersion: v1
  kind: Node
  metadata: {{name: {node}, labels: {{kubernetes.io/hostname: {node}}}}}
  status:
    capacity: {{cpu: '4', memory: 16Gi, pods: '110'}}
    allocatable: {{cpu: '4', memory: 16Gi, pods: '110'}}
"
        );
    }
    for (pod, cpu, priority) in [
        ("f-1", "1", 0),
        ("f-2", "900m", 0),
        ("f-3", "800m", -5),
        ("f-4", "700m", 0),
    ] {
        more += &format!(
            "- apiVersion: v1
  kind: Pod
  metadata: {{name: {pod}, namespace: shop, labels: {{app: f}}, ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: f, uid: u, controller: true}}]}}
  spec: {{nodeName: full, priority: {priority}, containers: [{{name: c, image: x, resources: {{requests: {{cpu: {cpu}, memory: 1Gi}}}}}}]}}
  status: {{phase: Running}}
"
        );
    }
    text.insert_str(at, &more);
    text
}

/// The pod of low priority goes first; the node is at its target of half its CPUs after the second.
#[test]
fn pods_leave_the_overfull_node_until_it_is_at_its_target() {
    let (code, out, err) = pack(&uneven(), &["--deschedule", "low_node_utilization"]);
    insta::assert_snapshot!(out);
    assert_eq!(code, 0, "{err}");
}

/// Nodes that are hardly used are emptied; what the evictor leaves alone is told.
#[test]
fn hardly_used_nodes_are_emptied() {
    let asked = [
        "--deschedule",
        "high_node_utilization",
        "--thresholds",
        "cpu=40,memory=40",
    ];
    let (code, out, err) = pack(&uneven(), &asked);
    insta::assert_snapshot!(out);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn a_pass_is_printed_for_programs_and_written_as_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let asked = [
        "--deschedule",
        "low_node_utilization",
        "--target-thresholds",
        "cpu=60,memory=60,pods=60",
        "--out",
        "plan",
        "--format",
        "json",
    ];
    let (code, out, err) = in_folder(folder.path(), &uneven(), &asked);
    assert_eq!(code, 0, "{err}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["strategy"], "low_node_utilization");
    assert_eq!(told["target_thresholds"]["cpu"], 60.0);
    let moves = told["moves"].as_array().unwrap();
    assert_eq!(moves[0]["pod"], "shop/f-3");
    let page = std::fs::read_to_string(folder.path().join("plan/report.html")).unwrap();
    assert!(
        page.contains("--target-thresholds cpu=60,memory=60,pods=60"),
        "it says how to repeat it"
    );
    let csv = std::fs::read_to_string(folder.path().join("plan/moves.csv")).unwrap();
    assert_eq!(csv.lines().count(), moves.len() + 1);
}

#[test]
fn mistakes_in_thresholds_are_named() {
    let low = ["--deschedule", "low_node_utilization"];
    for (more, message) in [
        (
            ["--thresholds", "cpus=20"],
            "no resource of the state is named `cpus`",
        ),
        (
            ["--thresholds", "cpu=120"],
            "`120` is no percentage from 0 to 100",
        ),
        (["--thresholds", "cpu=20"], "name the same resources in both"),
        (
            ["--target-thresholds", "cpu=5,memory=50,pods=50"],
            "cpu is 20, above its target of 5",
        ),
    ] {
        let (code, out, err) = pack(&uneven(), &[low, more].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(message), "{message} is not in:\n{err}");
    }
    let high = [
        "--deschedule",
        "high_node_utilization",
        "--target-thresholds",
        "cpu=5",
    ];
    let (code, _, err) = pack(&uneven(), &high);
    assert!(
        code == 2 && err.contains("high_node_utilization has none"),
        "{err}"
    );
}
