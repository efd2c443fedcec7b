//! Faults of a run: machines, zones, containers and services that fail, what the platform makes of it, and the account
//! of each.
//!
//! Knows: which machines are silent and why. Must not know: how a platform finds out (the node controller's rules are
//! asked), or what an autoscaler does about it.

mod account;
mod agenda;
mod container_crash;
mod monitor;
mod node_crash;
mod node_loss;
mod windows;
mod zone_outage;

pub(super) use account::Account;
pub(super) use node_loss::Fall;

use super::scenario::Scenario;
use crate::engine::{StreamKey, Time};
use crate::model::cluster::{NodeId, PodId};
use crate::model::fault::{FaultKind, FaultSpec};
use crate::platform::kubernetes::taint_eviction::EvictionTimer;
use crate::stats::Sampler;
use monitor::Monitor;
use std::collections::BTreeMap;
use zone_outage::Outage;

/// The faults of a scenario: those it names, and that the provider takes spot machines back.
pub(super) fn specs_of(scenario: &Scenario) -> Vec<FaultSpec> {
    let pools = scenario.pools.iter().enumerate();
    let taken_back = pools.filter(|(_, pool)| pool.offer.interruptions.is_some());
    let implied = taken_back.map(|(pool, spec)| FaultSpec {
        name: format!("spot interruptions of {}", spec.name),
        kind: FaultKind::SpotInterruption { pool },
    });
    scenario.faults.iter().cloned().chain(implied).collect()
}

/// A machine that does not answer.
#[derive(Clone, Debug)]
struct Silent {
    /// Its place in the account.
    occurrence: Option<u32>,
    /// It will never answer again.
    gone: bool,
    /// Its containers start anew when it is back.
    restarts: bool,
    /// When it answers again.
    back: Time,
    /// When the node controller finds out.
    found_at: Time,
    found: bool,
    /// When it gets the taint that makes its pods leave.
    taint_at: Time,
    tainted: bool,
    /// When its pods have to leave.
    timers: BTreeMap<PodId, EvictionTimer>,
}

/// The faults of a run.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    specs: Vec<FaultSpec>,
    silent: BTreeMap<NodeId, Silent>,
    monitor: Monitor,
    /// Outages of zones, by their beginning.
    outages: Vec<Outage>,
    /// Until when zones are not reached that have been out, by name.
    zones_out: BTreeMap<String, Time>,
    /// Machines that have booted and wait for a slow API server to take them, and until when.
    registering: BTreeMap<NodeId, Time>,
    /// The next crash by chance of a machine under a fault, by the fault's index, and how many it has had.
    crashes: BTreeMap<(NodeId, usize), (Time, u64)>,
    /// The same of a pod's containers.
    pod_crashes: BTreeMap<(PodId, usize), (Time, u64)>,
    repairs: Vec<Option<Sampler>>,
    /// When each crew that repairs machines is free, by fault.
    crews: Vec<Vec<Time>>,
    /// Occurrences of faults that go on until their end, by fault.
    lasting: BTreeMap<usize, u32>,
    pub(super) account: Account,
}

impl Faults {
    /// Those of `specs` in a run that is over at `end`.
    pub(super) fn new(specs: &[FaultSpec], key: StreamKey, end: Time) -> Self {
        Self {
            outages: zone_outage::outages(specs, key, end),
            zones_out: BTreeMap::new(),
            registering: BTreeMap::new(),
            silent: BTreeMap::new(),
            monitor: Monitor::new(key),
            crashes: BTreeMap::new(),
            pod_crashes: BTreeMap::new(),
            repairs: specs.iter().map(node_crash::repair_of).collect(),
            crews: specs.iter().map(node_crash::crews_of).collect(),
            lasting: BTreeMap::new(),
            account: Account::new(specs),
            specs: specs.to_vec(),
        }
    }

    /// Whether a machine does not answer.
    pub(super) fn is_silent(&self, id: NodeId) -> bool {
        self.silent.contains_key(&id)
    }

    /// How many machines do not answer.
    pub(super) fn silent_count(&self) -> usize {
        self.silent.len()
    }

    /// The occurrence by which a machine does not answer.
    pub(super) fn occurrence_of(&self, id: NodeId) -> Option<u32> {
        self.silent.get(&id).and_then(|silent| silent.occurrence)
    }

    /// The provider takes back a machine of a pool: the place of that in the account.
    pub(super) fn interruption(&mut self, now: Time, pool: usize, node: &str) -> Option<u32> {
        let of =
            |spec: &FaultSpec| matches!(spec.kind, FaultKind::SpotInterruption { pool: one } if one == pool);
        let fault = self.specs.iter().position(of)?;
        Some(self.account.begin(now, fault, node.to_owned(), true))
    }

    /// A pod is gone.
    pub(super) fn forget_pod(&mut self, id: PodId) {
        for fault in 0..self.specs.len() {
            self.pod_crashes.remove(&(id, fault));
        }
    }

    /// A node is gone.
    pub(super) fn forget_node(&mut self, id: NodeId) {
        self.registering.remove(&id);
        if let Some(silent) = self.silent.remove(&id) {
            self.account.settled(silent.occurrence);
        }
        for fault in 0..self.specs.len() {
            self.crashes.remove(&(id, fault));
        }
    }
}
