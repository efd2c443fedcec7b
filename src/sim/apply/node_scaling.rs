//! Nodes are asked for or asked to go.

use crate::engine::digest::Fact;
use crate::model::cluster::{ClusterView, NodeId, PodId};
use crate::policy::node_scaling::NodeDecision;
use crate::policy::reason::Reason;
use crate::sim::decision_log::{Decision, Why};
use crate::sim::world::{Row, World};

impl World {
    /// Carries out node-scaling decisions, which name nodes by their position before the first of them.
    pub(in crate::sim) fn apply_node_scaling(&mut self, decisions: &[NodeDecision]) {
        let places: Vec<Option<NodeId>> = (0..self.cluster.len())
            .map(|place| self.cluster.node_at(place))
            .collect();
        for decision in decisions {
            match decision {
                NodeDecision::Launch { pool, count, reason } => self.apply_launch(*pool, *count, reason),
                NodeDecision::Remove { place, reason } => {
                    let node = places.get(*place).copied().flatten();
                    self.apply_removal(node, reason);
                }
            }
        }
    }

    fn apply_launch(&mut self, pool: usize, count: u32, reason: &Reason) {
        let Some(run) = self.fleet.pools.get(pool) else {
            return;
        };
        let before = run.nodes.level() as u32;
        let granted = count.min(run.spec.nodes_max.saturating_sub(before));
        let name = run.spec.name.clone();
        self.digest
            .add(Fact::Decided, self.now, 1 << 62 | pool as u64, granted.into());
        for _ in 0..granted {
            self.launch_node(pool, false);
        }
        let result = if granted == count {
            "done".to_owned()
        } else {
            format!("refused: {} of {count}, the pool is at its max", count - granted)
        };
        self.log_nodes(&name, "launch", before, before + granted, &result, reason);
    }

    fn apply_removal(&mut self, node: Option<NodeId>, reason: &Reason) {
        let Some((id, node)) = node.and_then(|id| self.cluster.node(id).map(|node| (id, node))) else {
            return;
        };
        let run = &self.fleet.pools[node.view.pool];
        let (before, name) = (run.nodes.level() as u32, node.name().to_owned());
        if before <= run.spec.nodes_min {
            self.log_nodes(
                &name,
                "remove",
                before,
                before,
                "refused: the pool is at its min",
                reason,
            );
            return;
        }
        let pods: Vec<PodId> = node.pods.iter().copied().collect();
        self.digest.add(
            Fact::Decided,
            self.now,
            1 << 61 | node.view.pool as u64,
            node.ordinal,
        );
        self.log_nodes(&name, "remove", before, before - 1, "done", reason);
        if pods.is_empty() {
            self.remove_node(id);
            return;
        }
        self.cluster.close(id);
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

    fn log_nodes(
        &mut self,
        subject: &str,
        action: &'static str,
        from: u32,
        to: u32,
        result: &str,
        reason: &Reason,
    ) {
        if !self.tell {
            self.log.count_one(from != to);
            return;
        }
        let rows = self.log.record(
            self.now,
            &Decision {
                question: "node_scaling",
                policy: &self.scenario.node_scaling.name,
                subject,
                action,
                from: Some(from.into()),
                to: Some(to.into()),
                result,
                reason_code: reason.kind().code,
                reason: Why::Typed(reason),
            },
        );
        self.rows.extend(rows.into_iter().map(Row::Decision));
    }
}
