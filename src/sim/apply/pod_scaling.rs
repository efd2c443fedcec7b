//! A number of replicas is asked for: create pods, or ask some to stop.

use super::NewPod;
use super::Start;
use crate::engine::Time;
use crate::engine::digest::Fact;
use crate::model::cluster::PodId;
use crate::policy::pod_scaling::PodScalingDecision;
use crate::sim::decision_log::{Decision, Why};
use crate::sim::world::World;

/// More replicas than this at once is a runaway policy, not a decision.
const REPLICAS_MAX: u32 = 1_000_000;

impl World {
    /// Carries out a pod-scaling decision.
    pub(in crate::sim) fn apply_pod_scaling(&mut self, workload: usize, decision: &PodScalingDecision) {
        let before = self.workloads[workload].desired;
        let refused = decision.desired > REPLICAS_MAX;
        let desired = if refused { before } else { decision.desired };
        let run = &mut self.workloads[workload];
        run.scale_ups += u64::from(desired > before);
        run.scale_downs += u64::from(desired < before);
        run.jobs.start(desired.saturating_sub(before));
        run.desired = desired;
        run.wanted.set(self.now, desired.into());
        if desired != before {
            let subject = (workload as u64) << 32 | u64::from(desired);
            self.digest.add(Fact::Decided, self.now, subject, before.into());
        }
        self.log_pod_scaling(workload, decision, before, refused);
        self.scaled_by_hand(workload, before, desired);
        // Who asks for the same again wakes no controller that waits to try again.
        if desired != before || !self.workloads[workload].creation.is_refused() {
            if self.api_delay().is_zero() {
                self.reconcile(workload);
            } else {
                self.wake_controller(workload);
            }
        }
        let run = &mut self.workloads[workload];
        run.serving
            .watch_next_request(desired == 0 && run.scaler.woken_by_first_request());
    }

    /// Creates a workload's next pod, without volumes of its own, if the API server takes it. Its containers do not start
    /// before `not_before`.
    pub(super) fn create_replica(
        &mut self,
        workload: usize,
        revision: u32,
        not_before: Time,
    ) -> Option<PodId> {
        let name = self.workloads[workload].pod_name(self.workloads[workload].next_ordinal);
        let class = self.class_of_next_pod(workload, revision, &name);
        let admitted = self.admit_next_pod(workload, &class)?;
        let claims = class.volumes.shared.clone();
        let made = NewPod {
            class,
            revision,
            number: None,
            not_before,
        };
        let id = self.create_pod(workload, made, admitted);
        if !claims.is_empty() {
            self.cluster.volumes_mut().pod_created(id, claims);
        }
        Some(id)
    }

    /// Makes the number of a workload's pods what is desired, as far as the API server takes new ones.
    pub(in crate::sim) fn reconcile(&mut self, workload: usize) {
        if self.workloads[workload].numbers.is_some() {
            return self.reconcile_numbered(workload);
        }
        if self.workloads[workload].daemons.is_some() {
            return self.reconcile_daemons(workload, Start::FromNothing);
        }
        if self.is_service(workload) {
            return self.reconcile_service(workload);
        }
        if self.workloads[workload].deployment.is_some() {
            return self.reconcile_deployment(workload);
        }
        if self.workloads[workload].batch.is_some() {
            return self.reconcile_jobs(workload);
        }
        self.make_up(workload, self.workloads[workload].pods.len(), 0);
    }

    /// Of a workload's pods `have` count. Creates pods of `revision` until as many as are desired do, or gives up those that
    /// are too many; returns whether none was refused.
    pub(super) fn make_up(&mut self, workload: usize, have: usize, revision: u32) -> bool {
        let want = self.workloads[workload].desired as usize;
        for _ in have..want {
            if self.create_replica(workload, revision, Time::ZERO).is_none() {
                return false;
            }
        }
        self.all_pods_created(workload);
        if have > want {
            let pods: Vec<PodId> = self.workloads[workload].pods.values().copied().collect();
            for pod in self.to_give_up(workload, &pods, have - want) {
                self.terminate_pod(pod);
            }
        }
        true
    }

    fn log_pod_scaling(
        &mut self,
        workload: usize,
        decision: &PodScalingDecision,
        before: u32,
        refused: bool,
    ) {
        let changes = decision.desired != before;
        let spec = &self.workloads[workload].spec;
        let decision = Decision {
            question: "pod_scaling",
            policy: &spec.pod_scaling.name,
            by: decision.by,
            subject: &spec.name,
            action: if changes { "scale" } else { "hold" },
            from: Some(before.into()),
            to: Some(decision.desired.into()),
            result: if refused {
                "refused: more than a million replicas"
            } else {
                "done"
            },
            reason_code: decision.reason.kind().code,
            reason: Why::Typed(&decision.reason),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}
