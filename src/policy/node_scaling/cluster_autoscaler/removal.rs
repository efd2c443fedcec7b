//! Would everything still find room without a node (`cluster-autoscaler/simulator/cluster.go`)?
//!
//! Knows: the scheduler's filters and a hypothetical cluster from which nodes go one after another. Must not know: why a
//! node should go, or whether its pods may.

use super::circular::Circular;
use crate::engine::Time;
use crate::model::cluster::{BoundPod, ClusterView, NodeFacts, NodeView, Overlay, PodId};
use crate::model::labels::{Taint, TaintEffect};
use crate::policy::placement::kube_scheduler::KubeScheduler;

/// The taint of nodes that are on their way out.
pub const TO_BE_DELETED_TAINT: &str = "ToBeDeletedByClusterAutoscaler";

/// Nodes that are taken away one after another.
pub struct Removals<'a> {
    search: Circular<'a>,
    /// By place: whether pods may move there.
    destinations: Vec<bool>,
}

/// Where a pod found room when it was last looked for, by its place; it is tried there first.
pub type Hint<'a> = &'a dyn Fn(PodId) -> Option<usize>;

impl<'a> Removals<'a> {
    /// Nothing is taken away yet; `destinations` says of each place whether pods may move there, and the last search
    /// ended at `last_found`.
    #[must_use]
    pub fn new(
        scheduler: &'a KubeScheduler,
        view: &'a dyn ClusterView,
        destinations: Vec<bool>,
        last_found: usize,
        now: Time,
    ) -> Self {
        Self {
            search: Circular::new(scheduler, Overlay::new(view), last_found, now),
            destinations,
        }
    }

    /// Where the last search ended.
    #[must_use]
    pub const fn last_found(&self) -> usize {
        self.search.last_found()
    }

    /// Places pods that are about to come anyway; those for which there is no room are passed over.
    pub fn settle(&mut self, pods: &[BoundPod]) {
        for pod in pods {
            if let Some(to) = self.search.find(&pod.class, pod.id, |_| true) {
                self.search.put(pod.clone(), to);
            }
        }
    }

    /// Takes the node at `place` away, on which the pods `moving` need room elsewhere and all others vanish: where each
    /// of them goes, in the given order.
    ///
    /// # Errors
    /// The place in `moving` of the first pod that finds no room. Then nothing has changed.
    pub fn remove(&mut self, place: usize, moving: &[BoundPod], hint: Hint<'_>) -> Result<Vec<usize>, usize> {
        let before = self.search.mark();
        let Some(node) = self.search.view().node(place) else {
            return Ok(Vec::new());
        };
        let ghost = ghost_of(node);
        self.search.replace_node(place, ghost);
        let mut found = Vec::with_capacity(moving.len());
        for (index, pod) in moving.iter().enumerate() {
            let destinations = &self.destinations;
            let may = |other: usize| other != place && destinations.get(other) == Some(&true);
            let hinted = pod.id.and_then(hint).filter(|&to| may(to));
            let hinted = hinted.filter(|&to| self.search.accepts(&pod.class, pod.id, to));
            match hinted.or_else(|| self.search.find(&pod.class, pod.id, may)) {
                Some(to) => {
                    self.search.put(pod.clone(), to);
                    found.push(to);
                }
                None => {
                    self.search.revert(before);
                    return Err(index);
                }
            }
        }
        if let Some(open) = self.destinations.get_mut(place) {
            *open = false;
        }
        Ok(found)
    }
}

/// What stands for a node that goes: empty, and closed to pods. Its labels still make a domain of it.
fn ghost_of(node: &NodeView) -> NodeView {
    let mut facts = NodeFacts::clone(&node.facts);
    facts.taints.push(Taint {
        key: TO_BE_DELETED_TAINT.to_owned(),
        value: String::new(),
        effect: TaintEffect::NoSchedule,
    });
    let mut ghost = NodeView::new(facts, node.allocatable.clone());
    (ghost.pool, ghost.zone) = (node.pool, node.zone);
    ghost
}
