//! `pack --state`: plans for a cluster as `kubectl` lists it, from the command's outside.

mod deschedule;
mod files;
mod shares;

use assert_cmd::Command;
use std::fmt::Write as _;
use std::path::Path;

/// A cluster of six nodes: a control plane, and five with 4 CPUs each.
///
/// On `a` and `b` are two pods of a web service whose budget lets one go at a time and that keep apart, on `c` one whose
/// budget lets none go, on `d` one without a controller, on `e` one that may go where there is room.
fn state() -> String {
    let mut text = String::from("apiVersion: v1\nkind: List\nitems:\n");
    for node in ["cp", "a", "b", "c", "d", "e"] {
        let role = if node == "cp" {
            ", node-role.kubernetes.io/control-plane: ''"
        } else {
            ""
        };
        let taints = if node == "cp" {
            "\n  spec: {taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]}"
        } else {
            ""
        };
        let _ = write!(
            text,
            "- apiVersion: v1
  kind: Node
  metadata: {{name: {node}, labels: {{kubernetes.io/hostname: {node}{role}}}}}{taints}
  status:
    capacity: {{cpu: '4', memory: 16Gi, pods: '110'}}
    allocatable: {{cpu: '4', memory: 16Gi, pods: '110'}}
"
        );
    }
    let apart = ", affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: \
                 [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}";
    for (pod, owner, node, cpu, more) in [
        ("web-1", "ReplicaSet", "a", "1", apart),
        ("web-2", "ReplicaSet", "b", "1", apart),
        ("api-1", "ReplicaSet", "b", "1500m", ""),
        ("db-0", "StatefulSet", "c", "2", ""),
        ("bare-0", "", "d", "500m", ""),
        ("big-1", "ReplicaSet", "e", "2", ""),
        ("log-a", "DaemonSet", "a", "100m", ""),
        ("log-e", "DaemonSet", "e", "100m", ""),
    ] {
        let app = pod.split('-').next().unwrap_or_default();
        let owners = match owner {
            "" => String::new(),
            owner => format!(
                ", ownerReferences: [{{apiVersion: apps/v1, kind: {owner}, name: {app}, uid: u, controller: true}}]"
            ),
        };
        let _ = write!(
            text,
            "- apiVersion: v1
  kind: Pod
  metadata: {{name: {pod}, namespace: shop, labels: {{app: {app}}}{owners}}}
  spec: {{nodeName: {node}, containers: [{{name: c, image: x, resources: {{requests: {{cpu: {cpu}, memory: 1Gi}}}}}}]{more}}}
  status: {{phase: Running}}
"
        );
    }
    for (app, rule) in [("web", "minAvailable: 1"), ("db", "maxUnavailable: 0")] {
        let _ = write!(
            text,
            "- apiVersion: policy/v1
  kind: PodDisruptionBudget
  metadata: {{name: {app}, namespace: shop}}
  spec: {{{rule}, selector: {{matchLabels: {{app: {app}}}}}}}
"
        );
    }
    text
}

fn pack(text: &str, more: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    in_folder(folder.path(), text, more)
}

fn in_folder(folder: &Path, text: &str, more: &[&str]) -> (i32, String, String) {
    std::fs::write(folder.join("state.yaml"), text).unwrap();
    let output = Command::cargo_bin("tonnage")
        .unwrap()
        .current_dir(folder)
        .args(["pack", "--state", "state.yaml"])
        .args(more)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// The nodes with one pod each that may move go; `web-1` does not go where `web-2` is, nor anything to the control plane.
#[test]
fn the_fewest_moves_respect_budgets_affinity_and_taints() {
    let (code, out, _) = pack(&state(), &["--free-nodes", "2"]);
    insta::assert_snapshot!(out);
    assert_eq!(code, 0);
}

/// What is asked for and cannot be had is told node by node, and the exit code says that a goal was missed.
#[test]
fn nodes_that_cannot_be_freed_are_told_with_their_reasons() {
    let (code, out, _) = pack(&state(), &["--free-nodes", "6"]);
    insta::assert_snapshot!(out);
    assert_eq!(code, 99);
}

#[test]
fn a_plan_as_csv_has_a_row_for_each_step() {
    let (_, out, _) = pack(&state(), &["--free-nodes", "2", "--format", "csv"]);
    assert_eq!(out.lines().next(), Some("step,pod,from,to,reason"));
    assert_eq!(out.lines().count(), 3, "{out}");
}

/// Packed from empty nodes, no policy needs fewer than the bound.
#[test]
fn every_policy_packs_the_state_within_the_bound() {
    let (code, out, _) = pack(&state(), &["--format", "csv"]);
    assert_eq!(code, 0);
    let mut lines = out.lines();
    assert_eq!(lines.next(), Some("policy,nodes,pods_waiting,lower_bound"));
    let mut policies = 0;
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |at: usize| fields[at].parse::<u32>().unwrap();
        assert!(number(2) > 0 || number(1) >= number(3), "{line}");
        policies += 1;
    }
    assert!(policies >= 10, "{out}");
}

#[test]
fn mistakes_are_named() {
    let nodes_only = |text: &str| text.replace("kind: Node\n", "kind: ConfigMap\n");
    for (text, more, message) in [
        (
            state(),
            vec!["--free-nodes", "7"],
            "--free-nodes 7: the state has 6 nodes",
        ),
        (
            state(),
            vec!["--policies", "best_fi"],
            "no placement policy is named `best_fi`",
        ),
        (
            nodes_only(&state()),
            vec!["--free-nodes", "1"],
            "the state has no nodes",
        ),
        (
            state().replace("nodeName: e,", "nodeName: gone,"),
            vec!["--free-nodes", "1"],
            "pods are on nodes that the state does not list: `gone`",
        ),
    ] {
        let (code, out, err) = pack(&text, &more);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(message), "{message} is not in:\n{err}");
    }
}
