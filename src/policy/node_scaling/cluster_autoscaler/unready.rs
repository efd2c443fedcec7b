//! Whether a node is ready, and whether enough nodes are (`clusterstate/clusterstate.go`, `utils/kubernetes/ready.go`).
//!
//! Knows: the taints by which Kubernetes marks nodes that are not ready. Must not know: what is done about it.

use super::settings::ClusterAutoscalerSettings;
use crate::model::cluster::{NodePhase, NodeView};
use crate::policy::node_scaling::{NodeInfo, NodeScalingView};

/// Taints of nodes that are not ready.
const NOT_READY: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/// Whether the node was there and is not ready.
pub(super) fn is_unready(info: &NodeInfo, node: &NodeView) -> bool {
    let mut taints = node.facts.taints.iter();
    info.phase == NodePhase::Unreachable || taints.any(|taint| NOT_READY.contains(&taint.key.as_str()))
}

/// How many nodes are unready of how many, where those are too many to do anything.
pub(super) fn too_many(
    view: &NodeScalingView<'_>,
    settings: &ClusterAutoscalerSettings,
) -> Option<(usize, usize)> {
    let mut all = Readiness::default();
    view.nodes.iter().for_each(|info| all.count(view, info));
    all.has_too_many_unready(settings)
}

/// How many nodes of each pool are unready, of how many.
pub(super) fn by_pool(view: &NodeScalingView<'_>) -> Vec<Readiness> {
    let mut pools = vec![Readiness::default(); view.pools.len()];
    for info in view.nodes {
        pools[info.pool].count(view, info);
    }
    pools
}

/// How many nodes there are that have come up, and how many of them are unready.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Readiness {
    unready: usize,
    nodes: usize,
}

impl Readiness {
    fn count(&mut self, view: &NodeScalingView<'_>, info: &NodeInfo) {
        if info.phase == NodePhase::Booting {
            return;
        }
        self.nodes += 1;
        let node = view.cluster.node(info.place);
        self.unready += usize::from(node.is_some_and(|node| is_unready(info, node)));
    }

    /// How many of how many are unready, where those are too many.
    pub(super) fn has_too_many_unready(
        &self,
        settings: &ClusterAutoscalerSettings,
    ) -> Option<(usize, usize)> {
        let Self { unready, nodes } = *self;
        let share = settings.max_total_unready_percentage / 100.0;
        let too_many =
            unready > settings.ok_total_unready_count as usize && unready as f64 > share * nodes as f64;
        too_many.then_some((unready, nodes))
    }
}
