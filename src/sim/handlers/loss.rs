//! Machines that go though nobody asked for it, and what is on them.

use crate::model::cluster::{NodeId, NodePhase, Pod, PodId, PodPhase};
use crate::policy::node_scaling::NodeEvent;
use crate::sim::handlers::PodEnd;
use crate::sim::world::World;

impl World {
    /// A machine is gone for good: its pods go with all their work.
    pub(in crate::sim) fn machine_gone(&mut self, id: NodeId) {
        let Some(node) = self.cluster.node(id) else { return };
        let (pool, closed) = (node.view.pool, node.phase == NodePhase::Draining);
        let pods: Vec<PodId> = node.pods.iter().copied().collect();
        let mut workloads: Vec<usize> = Vec::new();
        for pod in pods {
            workloads.extend(self.cluster.pod(pod).map(|pod| pod.workload));
            self.lose_pod(pod);
        }
        workloads.sort_unstable();
        workloads.dedup();
        // One that was closed because of its notice is counted already.
        self.fleet.pools[pool].taken += u64::from(!closed);
        self.remove_node(id);
        for workload in workloads {
            self.wake_controller(workload);
        }
        self.tell_node_scaler(NodeEvent::Lost {
            node: id,
            pool,
            at: self.now,
        });
    }

    /// A pod goes with all its work.
    fn lose_pod(&mut self, id: PodId) {
        let leaving = |pod: &Pod| pod.phase == PodPhase::Terminating;
        if !self.cluster.pod(id).is_some_and(leaving) {
            self.leave(id, PodEnd::Lost);
        }
        if self.cluster.pod(id).is_some() {
            self.stop_replica(id, PodEnd::Lost);
        }
    }
}
