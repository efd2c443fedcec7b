//! A state whose pods have shares of GPUs, as Alibaba's scheduler annotates them.

use super::pack;
use std::fmt::Write as _;

/// Two nodes of two GPUs; shares of 0.6, 0.6 and 0.3 on the first, one whole GPU on the second.
fn shared() -> String {
    let mut text = String::from("apiVersion: v1\nkind: List\nitems:\n");
    for node in ["a", "b"] {
        let _ = write!(
            text,
            "- apiVersion: v1
  kind: Node
  metadata: {{name: {node}, labels: {{alibabacloud.com/gpu-card-model: T4}}}}
  status:
    capacity: {{cpu: '32', memory: 64Gi, pods: '110', alibabacloud.com/gpu-count: '2', alibabacloud.com/gpu-milli: '2000'}}
    allocatable: {{cpu: '32', memory: 64Gi, pods: '110', alibabacloud.com/gpu-count: '2', alibabacloud.com/gpu-milli: '2000'}}
"
        );
    }
    for (pod, node, count, milli, index) in [
        ("s-1", "a", 1, 600, "0"),
        ("s-2", "a", 1, 600, "1"),
        ("s-3", "a", 1, 300, "1"),
        ("w-1", "b", 1, 1000, "1"),
    ] {
        let _ = write!(
            text,
            "- apiVersion: v1
  kind: Pod
  metadata:
    name: {pod}
    namespace: ml
    annotations: {{alibabacloud.com/gpu-count: '{count}', alibabacloud.com/gpu-milli: '{milli}', alibabacloud.com/gpu-index: '{index}'}}
    ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: {pod}, uid: u, controller: true}}]
  spec: {{nodeName: {node}, containers: [{{name: c, image: x, resources: {{requests: {{cpu: '1'}}}}}}]}}
  status: {{phase: Running}}
"
        );
    }
    text
}

/// 2.5 GPUs take two nodes of two; three shares and a whole one fit in no other way. Without shares one node would do.
#[test]
fn shares_count_in_every_policy_and_in_the_bound() {
    let (code, out, err) = pack(&shared(), &["--format", "csv"]);
    assert_eq!(code, 0, "{err}");
    for line in out.lines().skip(1) {
        assert!(line.ends_with(",2,0,2"), "{line}");
    }
    let whole = shared().replace("gpu-milli: '1000'", "gpu-milli: '100'");
    let (_, out, _) = pack(
        &whole,
        &["--format", "csv", "--policies", "best_fit,kube_scheduler"],
    );
    assert!(
        out.contains("best_fit,1,0,1"),
        "0.6, 0.6, 0.3 and 0.1 fit into two GPUs: {out}"
    );
}

/// The whole GPU of `b` finds none idle on `a`; all of `a` finds room on `b` but for one share of 0.6.
#[test]
fn no_pod_is_moved_to_where_its_share_does_not_fit() {
    let (code, out, _) = pack(&shared(), &["--free-nodes", "1"]);
    assert_eq!(code, 99, "{out}");
    assert!(out.contains("no other node has room for ml/w-1"), "{out}");
    let smaller = shared().replace(
        "gpu-count: '1', alibabacloud.com/gpu-milli: '600'",
        "gpu-count: '1', alibabacloud.com/gpu-milli: '400'",
    );
    let (code, out, _) = pack(&smaller, &["--free-nodes", "1"]);
    assert_eq!(
        code, 99,
        "0.4, 0.4 and 0.3 are more than the GPU that is idle on b: {out}"
    );
    let small = smaller.replace("gpu-milli: '400'", "gpu-milli: '300'");
    let (code, out, _) = pack(&small, &["--free-nodes", "1"]);
    assert!(code == 0 && out.contains("1 node freed by 3 moves"), "{out}");
}

#[test]
fn shares_that_cannot_be_are_told_at_their_place() {
    for (from, to, message) in [
        (
            "gpu-milli: '300'",
            "gpu-milli: '1300'",
            "1300 thousandths of 1 GPUs",
        ),
        (
            "gpu-milli: '300'",
            "gpu-milli: lots",
            "`lots` is no number of GPUs",
        ),
        (
            ", alibabacloud.com/gpu-milli: '300'",
            "",
            "says nothing without `alibabacloud.com/gpu-milli`",
        ),
    ] {
        let (code, out, err) = pack(&shared().replace(from, to), &[]);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(message), "{message} is not in:\n{err}");
    }
}
