//! A pod is evicted through the API: a disruption budget may forbid it.

use crate::engine::digest::Fact;
use crate::model::cluster::{PodId, PodPhase};
use crate::platform::kubernetes::disruption::{self, BudgetStatus, Eviction, UnhealthyEviction};
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
        let workload = self
            .cluster
            .pod(id)
            .map(|pod| (pod.workload, pod.ready.is_some()));
        if may_go && let Some((workload, was_ready)) = workload {
            self.stop_pod(id);
            self.hold_against_budget(workload, was_ready);
        }
        may_go
    }

    /// Asks a pod to stop, whatever its disruption budget says; its workload makes another.
    pub(in crate::sim) fn stop_pod(&mut self, id: PodId) {
        let pod = self.cluster.pod(id);
        if let Some(pod) = pod.filter(|pod| pod.phase != PodPhase::Terminating) {
            let (workload, subject) = (pod.workload, pod_subject(pod.workload, pod.ordinal));
            self.digest.add(Fact::Decided, self.now, subject, 1);
            self.fleet.evictions += 1;
            self.terminate_pod(id);
            self.reconcile(workload);
        }
    }

    /// Writes it down if a workload has fewer ready pods now than its budget asks for: an eviction must never lead there.
    fn hold_against_budget(&mut self, workload: usize, was_ready: bool) {
        let run = &self.workloads[workload];
        let Some(rule) = run.spec.budget else { return };
        let wanted = rule.desired_healthy(i32::try_from(run.desired).unwrap_or(i32::MAX));
        let ready = i64::try_from(run.ready.level()).unwrap_or(i64::MAX);
        if was_ready && ready < i64::from(wanted) {
            let what = format!(
                "{}: an eviction left {ready} ready pods, its budget asks for {wanted}",
                run.spec.name
            );
            self.broken_budgets.push(what);
        }
    }

    /// Whether the API lets a pod be evicted: who has no node yet or is stopping already is under no budget.
    pub(in crate::sim) fn may_evict(&self, id: PodId) -> bool {
        let Some(pod) = self.cluster.pod(id) else {
            return true;
        };
        let run = &self.workloads[pod.workload];
        let Some(rule) = run.spec.budget else {
            return true;
        };
        let ready = u32::try_from(run.ready.level()).unwrap_or(u32::MAX);
        let count = |pods: u32| i32::try_from(pods).unwrap_or(i32::MAX);
        let budget = BudgetStatus {
            expected_pods: count(run.desired),
            desired_healthy: rule.desired_healthy(count(run.desired)),
            current_healthy: count(ready),
            disruptions_allowed: rule.disruptions_allowed(run.desired, ready),
        };
        let exempt = matches!(pod.phase, PodPhase::Pending | PodPhase::Terminating);
        let is_ready = pod.phase == PodPhase::Ready;
        let answer = disruption::evict(&[budget], UnhealthyEviction::default(), is_ready, exempt);
        matches!(answer, Eviction::Free | Eviction::Charged)
    }
}
