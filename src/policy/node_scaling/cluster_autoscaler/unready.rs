//! Whether a node is ready, and whether enough nodes are (`clusterstate/clusterstate.go`, `utils/kubernetes/ready.go`).
//!
//! Knows: the taints by which Kubernetes marks nodes that are not ready. Must not know: what is done about it.

use super::settings::ClusterAutoscalerSettings;
use crate::model::cluster::{NodePhase, NodeView};
use crate::policy::node_scaling::NodeScalingView;

/// Taints of nodes that are not ready.
const NOT_READY: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/// Whether the node was there and is not ready.
pub(super) fn is_unready(node: &NodeView) -> bool {
    let mut taints = node.facts.taints.iter();
    taints.any(|taint| NOT_READY.contains(&taint.key.as_str()))
}

/// How many nodes are unready of how many, where those are too many to do anything.
pub(super) fn too_many(
    view: &NodeScalingView<'_>,
    settings: &ClusterAutoscalerSettings,
) -> Option<(usize, usize)> {
    let there = view.nodes.iter().filter(|node| node.phase != NodePhase::Booting);
    let (mut unready, mut nodes) = (0, 0);
    for info in there {
        nodes += 1;
        let silent = info.phase == NodePhase::Unreachable;
        unready += usize::from(silent || view.cluster.node(info.place).is_some_and(is_unready));
    }
    let share = settings.max_total_unready_percentage / 100.0;
    let too_many =
        unready > settings.ok_total_unready_count as usize && unready as f64 > share * nodes as f64;
    too_many.then_some((unready, nodes))
}
