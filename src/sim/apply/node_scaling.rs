//! Nodes are asked for or asked to go.

use crate::engine::digest::Fact;
use crate::model::cluster::{ClusterView, NodeId, NodePhase, PodId};
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
                NodeDecision::Launch {
                    pool,
                    count,
                    zone,
                    reason,
                } => self.apply_launch(*pool, *count, *zone, reason),
                NodeDecision::Remove { place, reason } => {
                    let node = places.get(*place).copied().flatten();
                    self.apply_removal(*place, node, reason);
                }
            }
        }
    }

    fn apply_launch(&mut self, pool: usize, count: u32, zone: Option<usize>, reason: &Reason) {
        let Some(run) = self.fleet.pools.get(pool) else {
            self.refuse(&format!("pool {pool}"), "launch", "no such pool", reason);
            return;
        };
        if zone.is_some_and(|zone| zone >= run.spec.zones.len()) {
            let name = run.spec.name.clone();
            self.refuse(&name, "launch", "no such zone", reason);
            return;
        }
        // Nodes on their way out still count against the pool's max, and are not counted as its nodes.
        let granted = count.min(run.spec.nodes_max.saturating_sub(run.nodes.level() as u32));
        let (before, name) = (run.staying(), run.spec.name.clone());
        self.digest
            .add(Fact::Decided, self.now, 1 << 62 | pool as u64, granted.into());
        for _ in 0..granted {
            self.launch_node(pool, zone, false);
        }
        let result = if granted == count {
            "done".to_owned()
        } else {
            format!("refused: {} of {count}, the pool is at its max", count - granted)
        };
        self.log_nodes(&name, "launch", Some((before, before + granted)), &result, reason);
    }

    fn apply_removal(&mut self, place: usize, node: Option<NodeId>, reason: &Reason) {
        let Some((id, node)) = node.and_then(|id| self.cluster.node(id).map(|node| (id, node))) else {
            self.refuse(&format!("node at {place}"), "remove", "no such node", reason);
            return;
        };
        let run = &self.fleet.pools[node.view.pool];
        let (before, name) = (run.staying(), node.name().to_owned());
        let refused = if node.phase == NodePhase::Draining {
            Some("it is draining already")
        } else if before <= run.spec.nodes_min {
            Some("the pool is at its min")
        } else {
            None
        };
        if let Some(why) = refused {
            self.refuse(&name, "remove", why, reason);
            return;
        }
        let pods: Vec<PodId> = node.pods.iter().copied().collect();
        self.digest.add(
            Fact::Decided,
            self.now,
            1 << 61 | node.view.pool as u64,
            node.ordinal,
        );
        self.log_nodes(&name, "remove", Some((before, before - 1)), "done", reason);
        if pods.is_empty() {
            self.remove_node(id);
            return;
        }
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

    fn refuse(&mut self, subject: &str, action: &'static str, why: &str, reason: &Reason) {
        self.log_nodes(subject, action, None, &format!("refused: {why}"), reason);
    }

    /// Writes a decision down; `change` is the number of nodes that stay, before and after.
    fn log_nodes(
        &mut self,
        subject: &str,
        action: &'static str,
        change: Option<(u32, u32)>,
        result: &str,
        reason: &Reason,
    ) {
        if !self.tell {
            self.log.count_one(true);
            return;
        }
        let rows = self.log.record(
            self.now,
            &Decision {
                question: "node_scaling",
                policy: &self.scenario.node_scaling.name,
                by: None,
                subject,
                action,
                from: change.map(|(from, _)| from.into()),
                to: change.map(|(_, to)| to.into()),
                result,
                reason_code: reason.kind().code,
                reason: Why::Typed(reason),
            },
        );
        self.rows.extend(rows.into_iter().map(Row::Decision));
    }
}
