//! The filters alone, for those who ask what would be: node scalers place pods on nodes that do not exist.

use super::configuration::DefaultingType;
use super::cycle::Cycle;
use super::status::Status;
use super::{KubeScheduler, node_resources_fit};
use crate::model::cluster::ClusterView;
use crate::policy::placement::Incoming;
use std::sync::Arc;

/// The filters for one pod over one state of the cluster: what is worked out once a pod is worked out.
pub struct Filters<'a>(pub(super) Cycle<'a>);

impl Filters<'_> {
    /// Why the node at `place` refuses the pod; `None` if it takes it, or where there is no node.
    #[must_use]
    pub fn refusal(&self, place: usize) -> Option<Status> {
        let node = self.0.view.node(place)?;
        self.0.filter(node).err()
    }

    /// Whether there is a node at `place` that takes the pod.
    #[must_use]
    pub fn accepts(&self, place: usize) -> bool {
        let node = self.0.view.node(place);
        node.is_some_and(|node| {
            // Most nodes are too full, which is told fast.
            node_resources_fit::may_fit(self.0.pod.class, node) && self.0.filter(node).is_ok()
        })
    }
}

impl KubeScheduler {
    /// The filters for one pod over one state of the cluster.
    #[must_use]
    pub fn filters<'a>(&'a self, view: &'a dyn ClusterView, pod: &'a Incoming<'a>) -> Filters<'a> {
        // The roster is written up only where other nodes decide.
        Filters(if self.looks_at_other_nodes(view, pod) {
            self.cycle(view, pod)
        } else {
            Cycle::new(self, view, Arc::default(), pod)
        })
    }

    /// Whether pods on other nodes may decide whether a node takes the pod.
    pub(super) fn looks_at_other_nodes(&self, view: &dyn ClusterView, pod: &Incoming<'_>) -> bool {
        let rules = &pod.class.rules;
        let spread = &self.pod_topology_spread;
        !rules.spread.is_empty()
            || spread.defaulting_type == DefaultingType::List
            || rules.has_pod_affinity()
            || view.may_have_pod_affinity()
    }
}
