//! The nodes of a pool are replaced one after another, as a managed node group does it for a new version: others come
//! first as far as a surge goes, then nodes are emptied politely and go.

use crate::engine::Span;
use crate::model::cluster::{Node, NodeId, NodePhase};
use crate::model::fault::RollingUpgrade;
use crate::policy::node_scaling::DrainPlan;
use crate::policy::reason::{Reason, ReasonKind, Value};
use crate::sim::fleet::LaunchOf;
use crate::sim::world::World;
use std::collections::BTreeSet;

static UPGRADE: ReasonKind = ReasonKind {
    code: "upgrade",
    sentence: "the nodes of {pool} are upgraded, {left} are left",
};
static FORCED: ReasonKind = ReasonKind {
    code: "upgrade_forced",
    sentence: "it was not empty after {span}",
};

/// Between attempts at evictions that a budget forbids (`kubectl drain`).
const EVICTION_RETRY: Span = Span::from_secs(5);

/// An upgrade under way.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Upgrade {
    spec: RollingUpgrade,
    /// Its place in the account of faults.
    occurrence: u32,
    /// Nodes there were.
    size: u32,
    /// Old ones whose turn has not come.
    left: BTreeSet<NodeId>,
    /// Old ones that are being emptied.
    leaving: BTreeSet<NodeId>,
}

impl World {
    /// An upgrade begins.
    pub(in crate::sim) fn begin_upgrade(&mut self, fault: usize, spec: RollingUpgrade) {
        let name = self.fleet.pools[spec.pool].spec.name.clone();
        let stays = |node: &Node| node.view.pool == spec.pool && node.phase != NodePhase::Draining;
        let nodes = self.cluster.nodes().filter(|(_, node)| stays(node));
        let left: BTreeSet<NodeId> = nodes.map(|(id, _)| id).collect();
        let occurrence = self.faults.account.begin(self.now, fault, name, true);
        for &id in &left {
            self.affects_workloads_on(id, Some(occurrence));
        }
        let pool = spec.pool;
        self.upgrades.push(Upgrade {
            size: left.len() as u32,
            spec,
            occurrence,
            left,
            leaving: BTreeSet::new(),
        });
        self.upgrades_go_on(pool);
    }

    /// A node of a pool has come or gone: its upgrade goes on, if one is under way.
    pub(in crate::sim) fn upgrades_go_on(&mut self, pool: usize) {
        for index in (0..self.upgrades.len()).rev() {
            if self.upgrades[index].spec.pool == pool {
                self.upgrade_goes_on(index);
            }
        }
    }

    fn upgrade_goes_on(&mut self, index: usize) {
        let mut upgrade = self.upgrades[index].clone();
        upgrade.left.retain(|&id| self.cluster.node(id).is_some());
        upgrade.leaving.retain(|&id| self.cluster.node(id).is_some());
        let RollingUpgrade {
            pool,
            surge,
            unavailable,
            ..
        } = upgrade.spec;
        let old = upgrade.left.len() as u32 + upgrade.leaving.len() as u32;
        let run = &self.fleet.pools[pool];
        let new = run.machines().saturating_sub(old);
        let room = (upgrade.size + surge)
            .saturating_sub(run.machines())
            .min(run.room());
        let launches = room.min(upgrade.size.saturating_sub(new));
        let (before, name) = (run.staying(), run.spec.name.clone());
        let reason = |left: usize| {
            Reason::new(&UPGRADE)
                .with("pool", Value::Name(name.as_str().into()))
                .with("left", Value::Count(left as u64))
        };
        if launches > 0 {
            for _ in 0..launches {
                self.launch_node(pool, LaunchOf::default());
            }
            let why = reason(upgrade.left.len());
            self.log_nodes(&name, "launch", Some((before, before + launches)), "done", &why);
        }
        let ready = |node: &Node| node.view.pool == pool && node.phase == NodePhase::Ready;
        let mut up = self.cluster.nodes().filter(|(_, node)| ready(node)).count() as u32;
        while up + unavailable > upgrade.size
            && let Some(next) = upgrade
                .left
                .iter()
                .copied()
                .find(|&id| self.cluster.node(id).is_some_and(ready))
        {
            upgrade.left.remove(&next);
            upgrade.leaving.insert(next);
            up -= 1;
            let before = self.fleet.pools[pool].staying();
            let node = self
                .cluster
                .node(next)
                .map_or_else(String::new, |node| node.name().to_owned());
            let why = reason(upgrade.left.len());
            self.log_nodes(&node, "drain", Some((before, before - 1)), "done", &why);
            self.fleet.pools[pool].taken += 1;
            self.begin_drain(
                next,
                DrainPlan {
                    after: Span::ZERO,
                    retry_every: EVICTION_RETRY,
                    give_up_after: Some(upgrade.spec.timeout),
                    grace_max: None,
                    force_after: None,
                },
            );
        }
        let done = upgrade.left.is_empty() && upgrade.leaving.is_empty() && up >= upgrade.size;
        if done {
            self.faults.account.over(upgrade.occurrence);
            self.upgrades.remove(index);
        } else {
            self.upgrades[index] = upgrade;
        }
    }

    /// A drain has taken too long: if it is for an upgrade, the pods are stopped whatever their budgets say. Returns
    /// whether it is.
    pub(in crate::sim) fn forces_upgrade(&mut self, id: NodeId, span: Span) -> bool {
        if !self.upgrades.iter().any(|upgrade| upgrade.leaving.contains(&id)) {
            return false;
        }
        let Some(node) = self.cluster.node(id) else {
            return true;
        };
        let name = node.name().to_owned();
        let reason = Reason::new(&FORCED).with("span", Value::Span(span));
        self.log_nodes(&name, "remove", None, "done", &reason);
        self.stop_pods_on(id);
        true
    }
}
