//! Pods that the API server refuses are not created; their workload tries again later and later.

use crate::engine::Time;
use crate::model::cluster::PodId;
use crate::model::pod_template::PodTemplate;
use crate::policy::admission::quota::{self, Charge};
use crate::policy::admission::{Refusal, limit_range, whole_pod};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::quota_use::Amounts;
use crate::sim::world::{Row, World};
use std::sync::Arc;

/// What a pod that was admitted is charged: the namespace's index, and how much of its quotas.
pub(in crate::sim) type Admitted = Option<(usize, Amounts)>;

/// What a pod is made as.
#[derive(Clone, Debug)]
pub(in crate::sim) struct NewPod {
    pub(in crate::sim) class: Arc<PodTemplate>,
    /// The version of its workload's template.
    pub(in crate::sim) revision: u32,
    /// Its number, where its workload's pods have some.
    pub(in crate::sim) number: Option<u32>,
    /// Its containers do not start before.
    pub(in crate::sim) not_before: Time,
}

impl World {
    /// Whether a workload's next pod, of `class`, may be created now; if not, that is written down and tried again later.
    pub(super) fn admit_next_pod(&mut self, workload: usize, class: &PodTemplate) -> Option<Admitted> {
        match self.admit_pod(workload, class) {
            Ok(admitted) => Some(admitted),
            Err(refusal) => {
                let run = &self.workloads[workload];
                let said = refusal.of_pod(&run.pod_name(run.next_ordinal));
                self.pod_refused(workload, &refusal, &said);
                None
            }
        }
    }

    /// Whether a pod of `class` may be created now; it is not charged yet.
    pub(in crate::sim) fn admit_pod(
        &self,
        workload: usize,
        class: &PodTemplate,
    ) -> Result<Admitted, Refusal> {
        whole_pod::check(class)?;
        let Some(index) = self.workloads[workload].namespace else {
            return Ok(None);
        };
        let namespace = &self.scenario.namespaces[index];
        limit_range::check_pod(&namespace.limit_ranges, class)?;
        if namespace.quotas.is_empty() {
            return Ok(None);
        }
        let asked = quota::charges(&namespace.quotas, Charge::Pod(class));
        let used = self.quota_use.of(index, &asked);
        quota::check(&namespace.quotas, &used, Charge::Pod(class), &asked)?;
        Ok(Some((index, asked)))
    }

    /// A pod that was admitted is there.
    pub(in crate::sim) fn charge_pod(&mut self, id: PodId, admitted: Admitted) {
        if let Some((namespace, amounts)) = admitted {
            self.quota_use.charge(id, namespace, amounts);
        }
    }

    /// A pod of a workload was refused, which is `said` of it: its controller tries again later.
    pub(in crate::sim) fn pod_refused(&mut self, workload: usize, refusal: &Refusal, said: &str) {
        let now = self.now;
        let run = &mut self.workloads[workload];
        let (have, want) = (run.pods.len() as i64, run.desired);
        if let Some(at) = run.creation.refused(now, &refusal.why) {
            self.plan_creation(at, workload);
        }
        let spec = &self.workloads[workload].spec;
        let decision = Decision {
            question: "admission",
            policy: refusal.plugin(),
            by: None,
            subject: &spec.name,
            action: "wait",
            from: Some(have),
            to: Some(want.into()),
            result: "refused: the pod is not created",
            reason_code: refusal.code,
            reason: Why::Text(said),
        };
        self.log.write(now, &decision, self.tell, &mut self.rows);
    }

    /// Every pod that is wanted is there.
    pub(in crate::sim) fn all_pods_created(&mut self, workload: usize) {
        let run = &mut self.workloads[workload];
        if !run.creation.is_refused() {
            return;
        }
        run.creation.succeeded(self.now);
        let rows = self.log.close_hold("admission", &run.spec.name);
        self.rows.extend(rows.into_iter().map(Row::Decision));
    }

    /// Something happened to a pod of a workload: if pods are missing, its controller tries again now.
    pub(in crate::sim) fn poke_creation(&mut self, workload: usize) {
        if let Some(at) = self.workloads[workload].creation.poked(self.now) {
            self.plan_creation(at, workload);
        }
    }

    /// The time of another attempt has come.
    pub(in crate::sim) fn on_create(&mut self, workload: u32) {
        let workload = workload as usize;
        if self.workloads[workload].creation.due(self.now) {
            self.reconcile(workload);
        }
    }
}
