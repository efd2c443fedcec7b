//! A machine will be taken back: its node is closed and its pods are asked to go, as a termination handler does.

use crate::engine::Span;
use crate::model::cluster::{NodeId, NodePhase};
use crate::policy::node_scaling::DrainPlan;
use crate::policy::reason::Reason;
use crate::sim::decision_log::{Decision, Why};
use crate::sim::world::World;

/// `kubectl drain` tries an eviction that was forbidden again after so long.
const EVICTION_RETRY: Span = Span::from_secs(5);

impl World {
    /// Closes a node and evicts its pods while there is time.
    pub(in crate::sim) fn drain_interrupted(&mut self, id: NodeId, notice: Span) {
        let Some(node) = self
            .cluster
            .node(id)
            .filter(|node| node.phase != NodePhase::Draining)
        else {
            return;
        };
        self.fleet.pools[node.view.pool].taken += 1;
        self.begin_drain(
            id,
            DrainPlan {
                after: Span::ZERO,
                retry_every: EVICTION_RETRY,
                give_up_after: None,
                grace_max: Some(notice),
                force_after: None,
            },
        );
    }

    /// A workload's controller looks now.
    pub(in crate::sim) fn wake_controller(&mut self, workload: usize) {
        let at = self.now + self.api_delay();
        if let Some(at) = self.workloads[workload].creation.wake(at) {
            self.plan_creation(at, workload);
        }
    }

    /// Writes down what the cloud does with a machine.
    pub(in crate::sim) fn log_cloud(&mut self, subject: &str, action: &'static str, reason: &Reason) {
        let decision = Decision {
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
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}
