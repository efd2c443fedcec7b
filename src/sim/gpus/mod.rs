//! The GPUs of the nodes during a run, where more is known of them than their number.
//!
//! Knows: which pod has which part of which node's GPUs. Must not know: what a pod serves, or what comes of a lack of
//! memory.

mod outcome;
mod part;

pub(super) use part::PartRun;

use crate::engine::Time;
use crate::model::cluster::{NodeId, PodId};
use crate::model::gpu::{GpuPlan, MILLI, Sharing, Taken, is_gpu};
use crate::model::gpu_memory::GpuMemory;
use crate::model::pod_template::PodTemplate;
use crate::platform::kubernetes::device_plugin::{Units, preferred};
use outcome::Totals;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The GPUs of a node during a run.
#[derive(Clone, Debug)]
pub(super) struct NodeGpus {
    pub(super) plan: Arc<GpuPlan>,
    pub(super) pool: usize,
    /// Since when they are there and measured.
    pub(super) since: Time,
    /// The parts of the plan.
    pub(super) parts: Vec<PartRun>,
}

/// A pod that has parts of GPUs.
#[derive(Clone, Copy, Debug)]
struct Owner {
    node: NodeId,
    /// Slots in use that the memory it holds is for; `None`: it holds none.
    slots: Option<u64>,
    /// Slots × ns in use at the last look.
    busy: u128,
    /// The speed that it was last given.
    speed: f64,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Gpus {
    nodes: BTreeMap<NodeId, NodeGpus>,
    owners: BTreeMap<PodId, Owner>,
    /// What came of those whose nodes are gone.
    gone: Totals,
    looked: Time,
    /// Whether the next look is planned.
    pub(super) planned: bool,
}

impl Gpus {
    /// A node with these GPUs takes pods from `now` on.
    pub(super) fn come(&mut self, now: Time, node: NodeId, pool: usize, plan: &Arc<GpuPlan>) {
        self.nodes.entry(node).or_insert_with(|| NodeGpus {
            plan: plan.clone(),
            pool,
            since: now,
            parts: plan.parts.iter().map(|_| PartRun::new(now)).collect(),
        });
    }

    /// A node goes with its GPUs.
    pub(super) fn go(&mut self, now: Time, node: NodeId) -> Option<NodeGpus> {
        let gone = self.nodes.remove(&node)?;
        outcome::add(&mut self.gone, &gone, now);
        Some(gone)
    }

    /// A pod of `class` comes to `node`, where it has `taken` of the GPUs that are told apart there; whether it has any part
    /// of one now.
    pub(super) fn hand_out(
        &mut self,
        now: Time,
        (pod, node): (PodId, NodeId),
        class: &PodTemplate,
        taken: Taken,
    ) -> bool {
        let Some(own) = self.nodes.get_mut(&node) else {
            return false;
        };
        let plan = own.plan.clone();
        let mut any = false;
        for resource in plan.offers().into_keys() {
            let of_it = |place: &usize| plan.parts[*place].resource == resource;
            let places: Vec<usize> = (0..plan.parts.len()).filter(of_it).collect();
            let asked = u32::try_from(class.requests().extended(&resource)).unwrap_or(u32::MAX);
            let told_apart = is_gpu(&resource)
                && places
                    .iter()
                    .all(|&place| plan.parts[place].sharing == Sharing::Alone);
            if told_apart && !taken.is_none() && (asked > 0 || class.gpus().is_share()) {
                // The node's devices of this name are these parts, in their order.
                for &place in taken.devices().filter_map(|device| places.get(device)) {
                    own.parts[place].give(now, pod, 1, taken.milli());
                    any = true;
                }
                continue;
            }
            let units = |&place: &usize| Units {
                total: plan.parts[place].replicas,
                taken: own.parts[place].units_taken(),
            };
            let all: Vec<Units> = places.iter().map(units).collect();
            for (place, units) in preferred(&all, asked, plan.hand_out) {
                own.parts[places[place]].give(now, pod, units, MILLI);
                any = true;
            }
        }
        if any {
            let owner = Owner {
                node,
                slots: None,
                busy: 0,
                speed: 1.0,
            };
            self.owners.insert(pod, owner);
        }
        any
    }

    /// A pod is gone.
    pub(super) fn take_back(&mut self, now: Time, pod: PodId) {
        let Some(owner) = self.owners.remove(&pod) else {
            return;
        };
        if let Some(own) = self.nodes.get_mut(&owner.node) {
            own.parts.iter_mut().for_each(|part| part.take_back(now, pod));
        }
    }

    /// A pod's containers have ended: it holds no memory any more.
    pub(super) fn free(&mut self, now: Time, pod: PodId) {
        let Some(owner) = self.owners.get_mut(&pod) else {
            return;
        };
        owner.slots = None;
        if let Some(own) = self.nodes.get_mut(&owner.node) {
            own.parts.iter_mut().for_each(|part| part.hold(now, pod, 0));
        }
    }

    /// A pod needs memory for so many `slots` in use, and keeps it; whether there is as much for it. Who asks last is the
    /// one who fails.
    pub(super) fn claim(&mut self, now: Time, pod: PodId, need: GpuMemory, slots: u64) -> bool {
        let Some(owner) = self.owners.get_mut(&pod) else {
            return true;
        };
        let Some(own) = self.nodes.get_mut(&owner.node) else {
            return true;
        };
        let bytes = need.with_slots(slots);
        let has = |part: &PartRun| part.holders.iter().any(|holder| holder.pod == pod);
        let parts = || {
            own.plan
                .parts
                .iter()
                .enumerate()
                .filter(|&(place, _)| has(&own.parts[place]))
        };
        let too_small = |(place, part)| {
            let run: &PartRun = &own.parts[place];
            run.room_for(part, pod).is_some_and(|room| room < bytes)
                || need.limit.is_some_and(|limit| limit < bytes)
        };
        let short = parts().find(|&part| too_small(part)).map(|(place, _)| place);
        if let Some(short) = short {
            own.parts[short].out_of_memory += 1;
            return false;
        }
        owner.slots = Some(slots);
        own.parts.iter_mut().for_each(|part| part.hold(now, pod, bytes));
        true
    }

    /// The most slots in use that a pod has memory for without asking again: what it holds is for as many, if it would have
    /// to ask beside others, and else what is its own. `None` if that is never too little.
    pub(super) fn slots_guarded(&self, pod: PodId, need: GpuMemory) -> Option<u64> {
        let owner = self.owners.get(&pod)?;
        let own = self.nodes.get(&owner.node)?;
        let has = |place: usize| own.parts[place].holders.iter().any(|holder| holder.pod == pod);
        let parts = own.plan.parts.iter().enumerate().filter(|&(place, _)| has(place));
        let bounds = parts.filter_map(|(place, part)| match part.sharing {
            Sharing::TimeSlicing => part.memory_bytes.map(|_| owner.slots.unwrap_or(0)),
            Sharing::Alone | Sharing::Mps => {
                let room = own.parts[place].room_for(part, pod)?;
                Some(need.slots_in(room).unwrap_or(0))
            }
        });
        let limit = need.limit.map(|limit| need.slots_in(limit).unwrap_or(0));
        bounds.chain(limit).min().filter(|_| need.per_slot > 0)
    }

    /// The pods that have parts, those of a node together; with whether some part of the node's is used in turns.
    pub(super) fn owners(&self) -> impl Iterator<Item = (PodId, bool)> {
        self.owners.iter().map(|(&pod, owner)| {
            let turns = self
                .nodes
                .get(&owner.node)
                .is_some_and(|own| own.plan.has_turns());
            (pod, turns)
        })
    }

    /// Whether it has a part.
    pub(super) fn has(&self, pod: PodId) -> bool {
        self.owners.contains_key(&pod)
    }

    /// Slots × ns that were in use by now, as a mean over the time since the last look.
    pub(super) fn busy_since(&mut self, now: Time, pod: PodId, busy: u128) -> f64 {
        let span = now.since(self.looked).nanos();
        let Some(owner) = self.owners.get_mut(&pod) else {
            return 0.0;
        };
        // Where measuring has started anew, the sum has too.
        let more = busy.checked_sub(std::mem::replace(&mut owner.busy, busy));
        more.unwrap_or(busy) as f64 / span.max(1) as f64
    }

    /// Since the last look each pod had work for the part of the time that `at_work` says.
    pub(super) fn look(&mut self, now: Time, at_work: &BTreeMap<PodId, f64>) {
        let span = now.since(self.looked);
        self.looked = now;
        for own in self.nodes.values_mut() {
            for (part, run) in own.plan.parts.iter().zip(&mut own.parts) {
                run.look(part, span, |pod| at_work.get(&pod).copied().unwrap_or(0.0));
            }
        }
    }

    /// The pods whose speed is another than it was, and that speed: that of the slowest of the parts a pod has, since work on
    /// several waits for the slowest.
    pub(super) fn new_speeds(&mut self) -> Vec<(PodId, f64)> {
        let mut speeds: BTreeMap<PodId, f64> = BTreeMap::new();
        for own in self.nodes.values() {
            for (part, run) in own.plan.parts.iter().zip(&own.parts) {
                for (pod, speed) in run.speeds(part) {
                    let known = speeds.entry(pod).or_insert(speed);
                    *known = known.min(speed);
                }
            }
        }
        let is_new = |&(pod, speed): &(PodId, f64)| {
            let owner = self.owners.get_mut(&pod);
            owner.is_some_and(|owner| (std::mem::replace(&mut owner.speed, speed) - speed).abs() > 0.0)
        };
        speeds.into_iter().filter(is_new).collect()
    }

    /// Measuring starts now.
    pub(super) fn reset(&mut self, now: Time) {
        self.gone = Totals::default();
        for own in self.nodes.values_mut() {
            own.since = now;
            own.parts.iter_mut().for_each(|part| part.reset(now));
        }
    }

    /// Those of the nodes that are there.
    pub(super) fn present(&self) -> impl Iterator<Item = (NodeId, &NodeGpus)> {
        self.nodes.iter().map(|(&node, own)| (node, own))
    }
}
