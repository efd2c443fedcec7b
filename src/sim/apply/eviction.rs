//! A pod is evicted through the API: a disruption budget may forbid it.

use crate::engine::digest::Fact;
use crate::model::cluster::{PodId, PodPhase};
use crate::sim::handlers::pod_subject;
use crate::sim::world::World;

/// The API server's answer to an eviction that a budget forbids.
pub(in crate::sim) const FORBIDDEN: &str =
    "Cannot evict pod as it would violate the pod's disruption budget.";

impl World {
    /// Asks a pod to stop, if its disruption budget lets it go; its workload makes another. Whether it was let go; one that
    /// is stopping already was.
    pub(in crate::sim) fn evict_pod(&mut self, id: PodId) -> bool {
        let may_go = self.may_evict(id);
        if may_go
            && let Some(pod) = self
                .cluster
                .pod(id)
                .filter(|pod| pod.phase != PodPhase::Terminating)
        {
            let (workload, subject) = (pod.workload, pod_subject(pod.workload, pod.ordinal));
            self.digest.add(Fact::Decided, self.now, subject, 1);
            self.terminate_pod(id);
            self.reconcile(workload);
        }
        may_go
    }

    /// Whether the API lets a pod be evicted.
    ///
    /// The rules are those of `pkg/registry/core/pod/storage/eviction.go`: who has no node yet or is stopping already
    /// is under no budget, and who runs without being ready also goes, uncounted, while the budget is met
    /// (`IfHealthyBudget`, the default).
    pub(in crate::sim) fn may_evict(&self, id: PodId) -> bool {
        let Some(pod) = self.cluster.pod(id) else {
            return true;
        };
        let run = &self.workloads[pod.workload];
        let Some(budget) = run.spec.budget else {
            return true;
        };
        let ready = u32::try_from(run.ready.level()).unwrap_or(u32::MAX);
        let allowed = budget.disruptions_allowed(run.desired, ready) > 0;
        match pod.phase {
            PodPhase::Pending | PodPhase::Terminating => true,
            PodPhase::Ready => allowed,
            PodPhase::Pulling | PodPhase::Starting => allowed || budget.is_met(run.desired, ready),
        }
    }
}
