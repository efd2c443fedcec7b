//! A machine will be taken back: its node is closed and its pods are asked to go, as a termination handler does.

use crate::model::cluster::{NodeId, PodId};
use crate::policy::reason::Reason;
use crate::sim::decision_log::{Decision, Why};
use crate::sim::world::{Row, World};

impl World {
    /// Closes a node and asks its pods to go while there is time.
    pub(in crate::sim) fn drain_interrupted(&mut self, id: NodeId) {
        let Some(node) = self.cluster.node(id) else { return };
        let pods: Vec<PodId> = node.pods.iter().copied().collect();
        self.fleet.pools[node.view.pool].taken += 1;
        self.close_node(id);
        let mut workloads: Vec<usize> = Vec::new();
        for pod in pods {
            workloads.extend(self.cluster.pod(pod).map(|pod| pod.workload));
            self.terminate_pod(pod);
        }
        workloads.sort_unstable();
        workloads.dedup();
        for workload in workloads {
            self.reconcile(workload);
        }
    }

    /// A workload's controller looks now.
    pub(in crate::sim) fn wake_controller(&mut self, workload: usize) {
        if let Some(at) = self.workloads[workload].creation.wake(self.now) {
            self.plan_creation(at, workload);
        }
    }

    /// Writes down what the cloud does with a machine.
    pub(in crate::sim) fn log_cloud(&mut self, subject: &str, action: &'static str, reason: &Reason) {
        if !self.tell {
            self.log.count_one(true);
            return;
        }
        let rows = self.log.record(
            self.now,
            &Decision {
                question: "cloud",
                policy: "cloud",
                by: None,
                subject,
                action,
                from: None,
                to: None,
                result: "done",
                reason_code: reason.kind().code,
                reason: Why::Typed(reason),
            },
        );
        self.rows.extend(rows.into_iter().map(Row::Decision));
    }
}
