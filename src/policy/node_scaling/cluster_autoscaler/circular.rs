//! The search for a node that takes a pod (`cluster-autoscaler/simulator/clustersnapshot/predicate/plugin_runner.go`).
//!
//! Knows: the scheduler's filters, and where the last search ended: the next one begins one further on. Must not know:
//! what is searched for.

use crate::engine::Time;
use crate::model::cluster::{BoundPod, ClusterView, Overlay, PodId};
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::Incoming;
use crate::policy::placement::kube_scheduler::{KubeScheduler, Status};
use std::sync::Arc;

/// A hypothetical cluster, and where the last search in it ended.
pub(super) struct Circular<'a> {
    scheduler: &'a KubeScheduler,
    pub(super) overlay: Overlay<'a>,
    now: Time,
    last_found: usize,
}

impl<'a> Circular<'a> {
    /// The last search ended at `last_found`.
    pub(super) const fn new(
        scheduler: &'a KubeScheduler,
        overlay: Overlay<'a>,
        last_found: usize,
        now: Time,
    ) -> Self {
        Self {
            scheduler,
            overlay,
            now,
            last_found,
        }
    }

    /// Where the last search ended.
    pub(super) const fn last_found(&self) -> usize {
        self.last_found
    }

    /// The next search begins as if the last one had ended at `last_found`.
    pub(super) const fn resume_at(&mut self, last_found: usize) {
        self.last_found = last_found;
    }

    /// The first node, in a round that begins after where the last one ended, that `may` be and that takes the pod.
    pub(super) fn find(
        &mut self,
        class: &Arc<PodTemplate>,
        id: Option<PodId>,
        may: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let pod = Incoming {
            id,
            ..Incoming::any_of(class, self.now)
        };
        let filters = self.scheduler.filters(&self.overlay, &pod);
        let nodes = self.overlay.len();
        let first = self.last_found + 1;
        let found = (first..first + nodes)
            .map(|step| step % nodes)
            .find(|&place| may(place) && filters.accepts(place));
        drop(filters);
        self.last_found = found.unwrap_or(self.last_found);
        found
    }

    /// Whether the node at `place` takes the pod.
    pub(super) fn accepts(&self, class: &Arc<PodTemplate>, id: Option<PodId>, place: usize) -> bool {
        let pod = Incoming {
            id,
            ..Incoming::any_of(class, self.now)
        };
        self.scheduler.filters(&self.overlay, &pod).accepts(place)
    }

    /// Why the node at `place` refuses the pod.
    pub(super) fn refusal(
        &self,
        class: &Arc<PodTemplate>,
        id: Option<PodId>,
        place: usize,
    ) -> Option<Status> {
        let pod = Incoming {
            id,
            ..Incoming::any_of(class, self.now)
        };
        self.scheduler.filters(&self.overlay, &pod).refusal(place)
    }

    /// Binds a pod to the node at `place`.
    pub(super) fn put(&mut self, pod: BoundPod, place: usize) {
        self.overlay.add_pod(place, pod);
    }
}
