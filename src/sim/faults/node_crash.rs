//! Machines stop, at given times and by chance.

use super::node_loss::Fall;
use crate::engine::{Span, Time};
use crate::model::cluster::{Node, NodeId};
use crate::model::fault::{FaultKind, FaultSpec, Machines, NodeCrash};
use crate::sim::event::{Control, NodeTurn};
use crate::sim::world::World;
use crate::stats::{Distribution, Sampler};
use rand::RngExt;

/// How long a machine takes to be repaired.
pub(super) fn repair_of(spec: &FaultSpec) -> Option<Sampler> {
    match &spec.kind {
        FaultKind::NodeCrash(crash) => crash.repair.as_ref().map(Distribution::compile),
        _ => None,
    }
}

/// When each of the crews that repair machines is free; none where all machines are repaired at a time.
pub(super) fn crews_of(spec: &FaultSpec) -> Vec<Time> {
    match &spec.kind {
        FaultKind::NodeCrash(crash) => vec![Time::ZERO; crash.repair_crews.unwrap_or(0) as usize],
        _ => Vec::new(),
    }
}

fn concerns(crash: &NodeCrash, node: &Node) -> bool {
    match &crash.machines {
        Machines::Named(name) => node.name() == name,
        Machines::Of(pools) => pools.contains(&node.view.pool),
    }
}

impl World {
    /// A crash at a given time: of the machines it may hit, chance says which.
    pub(super) fn crash_one_node(&mut self, fault: usize, crash: &NodeCrash) {
        let may = |id: NodeId, node: &Node| {
            concerns(crash, node) && node.ready.is_some() && !self.faults.is_silent(id)
        };
        let nodes = self.cluster.nodes().filter(|&(id, node)| may(id, node));
        let nodes: Vec<NodeId> = nodes.map(|(id, _)| id).collect();
        if nodes.is_empty() {
            return;
        }
        let name = format!("crash/{}", self.faults.specs[fault].name);
        let mut stream = self.key.entity_stream(&name, self.now.nanos());
        let hit = nodes[stream.random_range(0..nodes.len())];
        self.crash_node(fault, hit);
    }

    /// A machine crashes by chance.
    pub(in crate::sim) fn on_crash(&mut self, id: NodeId) {
        let now = self.now;
        let due = self.faults.crashes.range((id, 0)..=(id, usize::MAX));
        let due: Vec<usize> = due
            .filter(|(_, planned)| planned.0 == now)
            .map(|(&(_, fault), _)| fault)
            .collect();
        for fault in due {
            if !self.faults.is_silent(id) {
                self.crash_node(fault, id);
            }
        }
    }

    fn crash_node(&mut self, fault: usize, id: NodeId) {
        let Some(node) = self.cluster.node(id) else { return };
        let (name, ordinal) = (node.name().to_owned(), node.ordinal);
        let of = format!("repair/{}/{name}", self.faults.specs[fault].name);
        let repair = self.faults.repairs[fault].as_ref().map(|law| {
            let count = self
                .faults
                .crashes
                .get(&(id, fault))
                .map_or(0, |planned| planned.1);
            law.sample_span(&mut self.key.entity_stream(&of, ordinal << 20 | count))
        });
        let occurrence = self.faults.account.begin(self.now, fault, name, false);
        self.affects_workloads_on(id, Some(occurrence));
        let fall = Fall {
            gone: repair.is_none(),
            restarts: true,
            back: repair.map_or(Time::NEVER, |repair| self.repaired_at(fault, repair)),
            occurrence: Some(occurrence),
        };
        self.machine_falls_silent(id, fall);
    }

    /// When a machine that has crashed now is up again: the first crew that is free takes `repair` for it.
    fn repaired_at(&mut self, fault: usize, repair: Span) -> Time {
        match self.faults.crews[fault].iter_mut().min() {
            None => self.now + repair,
            Some(free) => {
                *free = self.now.max(*free) + repair;
                *free
            }
        }
    }

    /// A machine is up: chance says when it crashes next, for each fault that may hit it.
    pub(in crate::sim) fn plan_next_crash_of(&mut self, id: NodeId) {
        let Some(node) = self.cluster.node(id) else { return };
        let mut planned = Vec::new();
        for (fault, spec) in self.faults.specs.iter().enumerate() {
            let FaultKind::NodeCrash(crash) = &spec.kind else {
                continue;
            };
            let Some(mean) = crash.when.mean_between.filter(|_| concerns(crash, node)) else {
                continue;
            };
            let count = self
                .faults
                .crashes
                .get(&(id, fault))
                .map_or(0, |before| before.1 + 1);
            let pool = &self.fleet.pools[node.view.pool].spec.name;
            let name = format!("crash/{}/{pool}/{count}", spec.name);
            let Ok(law) = Distribution::exponential(mean.secs_f64()) else {
                continue;
            };
            let mut stream = self.key.entity_stream(&name, node.ordinal);
            let at = self.now + law.compile().sample_span(&mut stream);
            planned.push((fault, at, count));
        }
        for (fault, at, count) in planned {
            self.faults.crashes.insert((id, fault), (at, count));
            self.plan(at, Control::Node(id, NodeTurn::Crash));
        }
    }
}
