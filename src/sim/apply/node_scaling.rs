//! Nodes are asked for or asked to go.

use crate::engine::digest::Fact;
use crate::model::cluster::{ClusterView, NodeId, NodePhase};
use crate::policy::node_scaling::{LaunchFailure, NodeClaim, NodeDecision, NodeEvent, Offering};
use crate::policy::reason::Reason;
use crate::sim::decision_log::{Decision, Why};
use crate::sim::fleet::LaunchOf;
use crate::sim::world::World;

impl World {
    /// Carries out node-scaling decisions, which name nodes by their position before the first of them.
    pub(in crate::sim) fn apply_node_scaling(&mut self, decisions: &[NodeDecision]) {
        if decisions.is_empty() {
            return;
        }
        let places: Vec<Option<NodeId>> = (0..self.cluster.len())
            .map(|place| self.cluster.node_at(place))
            .collect();
        let at = |place: usize| places.get(place).copied().flatten();
        for decision in decisions {
            match decision {
                NodeDecision::Launch {
                    pool,
                    count,
                    zone,
                    reason,
                } => self.apply_launch(*pool, *count, *zone, reason),
                NodeDecision::Claim { claim, reason } => self.apply_claim(claim, reason),
                NodeDecision::Cordon {
                    place,
                    closed,
                    reason,
                } => self.apply_cordon(*place, at(*place), *closed, reason),
                NodeDecision::Drain { place, plan, reason } => {
                    if let Some(id) = self.agree_to_go(*place, at(*place), "drain", reason) {
                        self.begin_drain(id, *plan);
                    }
                }
                NodeDecision::Remove { place, reason } => self.apply_removal(*place, at(*place), reason),
                NodeDecision::Hold { subject, reason } => {
                    self.log_nodes(subject, "hold", None, "done", reason);
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
        let granted = count.min(run.room());
        let (before, name) = (run.staying(), run.spec.name.clone());
        self.digest
            .add(Fact::Decided, self.now, 1 << 62 | pool as u64, granted.into());
        for _ in 0..granted {
            self.launch_node(
                pool,
                LaunchOf {
                    zone,
                    ..LaunchOf::default()
                },
            );
        }
        let result = if granted == count {
            "done".to_owned()
        } else {
            format!("refused: {} of {count}, the pool is at its max", count - granted)
        };
        self.log_nodes(&name, "launch", Some((before, before + granted)), &result, reason);
    }

    /// Launches one node of the first offering that has one.
    fn apply_claim(&mut self, claim: &NodeClaim, reason: &Reason) {
        let mut refused = None;
        for &offering in &claim.offerings {
            match self.refusal_of(offering) {
                None => {
                    let Offering { pool, zone } = offering;
                    let run = &self.fleet.pools[pool];
                    let (before, name) = (run.staying(), run.spec.name.clone());
                    let zone = (!run.spec.zones.is_empty()).then_some(zone);
                    self.digest.add(Fact::Decided, self.now, 1 << 62 | pool as u64, 1);
                    let launch = LaunchOf {
                        zone,
                        claim: Some(claim),
                        ..LaunchOf::default()
                    };
                    self.launch_node(pool, launch);
                    self.log_nodes(&name, "launch", Some((before, before + 1)), "done", reason);
                    return;
                }
                Some(why) => {
                    self.tell_node_scaler(NodeEvent::LaunchFailed {
                        pool: offering.pool,
                        zone: offering.zone,
                        claim: Some(claim.claim),
                        at: self.now,
                        why,
                    });
                    refused = Some(offering.pool);
                }
            }
        }
        let pool = refused.and_then(|pool| self.fleet.pools.get(pool));
        let name = pool.map_or_else(|| "no pool".to_owned(), |run| run.spec.name.clone());
        self.refuse(&name, "launch", "no offering has a node", reason);
    }

    /// Why no node comes from `offering` now.
    fn refusal_of(&self, offering: Offering) -> Option<LaunchFailure> {
        match self.fleet.pools.get(offering.pool) {
            Some(run) if offering.zone < run.spec.zones.len().max(1) => {
                (run.room() == 0).then_some(LaunchFailure::AtMax)
            }
            _ => Some(LaunchFailure::NoSuchZone),
        }
    }

    fn apply_cordon(&mut self, place: usize, node: Option<NodeId>, closed: bool, reason: &Reason) {
        let action = if closed { "cordon" } else { "uncordon" };
        let Some((id, node)) = node.and_then(|id| Some((id, self.cluster.node(id)?))) else {
            self.refuse(&format!("node at {place}"), action, "no such node", reason);
            return;
        };
        let name = node.name().to_owned();
        if node.view.cordoned == closed {
            self.refuse(&name, action, "it is so already", reason);
            return;
        }
        self.digest.add(
            Fact::Decided,
            self.now,
            1 << 60 | node.view.pool as u64,
            node.ordinal << 1 | u64::from(closed),
        );
        self.cluster.cordon(id, closed);
        self.log_nodes(&name, action, None, "done", reason);
        if !closed {
            self.tell_queue_of_node(id);
            self.plan_placement();
        }
    }

    fn apply_removal(&mut self, place: usize, node: Option<NodeId>, reason: &Reason) {
        let Some(id) = self.agree_to_go(place, node, "remove", reason) else {
            return;
        };
        if self.cluster.node(id).is_some_and(|node| node.pods.is_empty()) {
            self.remove_node(id);
        } else {
            self.close_node(id);
            self.stop_pods_on(id);
        }
    }

    /// Whether a node may be asked to go; both answers are written down.
    fn agree_to_go(
        &mut self,
        place: usize,
        node: Option<NodeId>,
        action: &'static str,
        reason: &Reason,
    ) -> Option<NodeId> {
        let Some((id, node)) = node.and_then(|id| Some((id, self.cluster.node(id)?))) else {
            self.refuse(&format!("node at {place}"), action, "no such node", reason);
            return None;
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
            self.refuse(&name, action, why, reason);
            return None;
        }
        self.digest.add(
            Fact::Decided,
            self.now,
            1 << 61 | node.view.pool as u64,
            node.ordinal,
        );
        self.log_nodes(&name, action, Some((before, before - 1)), "done", reason);
        Some(id)
    }

    fn refuse(&mut self, subject: &str, action: &'static str, why: &str, reason: &Reason) {
        self.log_nodes(subject, action, None, &format!("refused: {why}"), reason);
    }

    /// Writes a decision down; `change` is the number of nodes that stay, before and after.
    pub(in crate::sim) fn log_nodes(
        &mut self,
        subject: &str,
        action: &'static str,
        change: Option<(u32, u32)>,
        result: &str,
        reason: &Reason,
    ) {
        let decision = Decision {
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
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}
