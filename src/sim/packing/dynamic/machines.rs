//! The machines and who runs on them until when.

use super::kind::{AMOUNTS, amounts};
use super::pod::DynamicPod;
use crate::engine::Time;
use crate::model::fleet::{DIMENSIONS, Fleet, FleetNode, Fragmentation, PodRequest, TypicalPods};
use crate::model::gpu::Taken;
use crate::model::packing::bounds::{Change, Supply, Sweep};
use std::collections::BTreeMap;

/// Where a pod, or a part of one, runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    pub(super) machine: usize,
    pub(super) request: PodRequest,
    pub(super) devices: Taken,
    pub(super) end: Time,
}

/// A fleet with its pods.
#[derive(Debug)]
pub(super) struct Machines<'a> {
    pub(super) nodes: &'a [FleetNode],
    pub(super) pods: &'a [DynamicPod],
    typical: &'a TypicalPods,
    pub(super) fleet: Fleet,
    /// The machines each pod is on, one for each of its parts.
    places: Vec<Vec<u32>>,
    /// The pods on each machine, once for each part.
    on: Vec<Vec<(u32, Stay)>>,
    /// Pods of a group on a machine, where there is any.
    groups: BTreeMap<(u32, usize), u32>,
    /// `None` where no machine has a GPU.
    fragmentation: Option<Fragmentation>,
    used: [u64; AMOUNTS],
    occupied: u64,
    bound: Sweep,
}

impl<'a> Machines<'a> {
    pub(super) fn new(nodes: &'a [FleetNode], pods: &'a [DynamicPod], typical: &'a TypicalPods) -> Self {
        let fleet = Fleet::new(nodes);
        let has_gpus = !fleet.all_idle().is_empty();
        Self {
            nodes,
            pods,
            typical,
            places: vec![Vec::new(); pods.len()],
            on: vec![Vec::new(); nodes.len()],
            groups: BTreeMap::new(),
            fragmentation: has_gpus.then(|| Fragmentation::of(&fleet, typical)),
            bound: Sweep::new(Supply::of_bins(
                (0..fleet.len()).map(|machine| &fleet.capacity(machine)[..]),
            )),
            fleet,
            used: [0; AMOUNTS],
            occupied: 0,
        }
    }

    /// A pod, or a part of it, comes to a machine that takes it.
    pub(super) fn come(&mut self, number: u32, stay: Stay, now: Time) {
        self.fleet.take(stay.machine, &stay.request, stay.devices);
        self.places[number as usize].push(stay.machine as u32);
        self.on[stay.machine].push((number, stay));
        self.occupied += u64::from(self.on[stay.machine].len() == 1);
        for (used, amount) in self.used.iter_mut().zip(amounts(&stay.request)) {
            *used += amount;
        }
        if let Some(spread) = self.pods[number as usize].spread {
            *self.groups.entry((spread.group, stay.machine)).or_default() += 1;
        }
        self.changed(&stay, now, true);
    }

    /// A pod goes with all its parts, if it is there; where they were, the last that came first.
    pub(super) fn go(&mut self, number: u32, now: Time) -> Vec<Stay> {
        let mut left = Vec::new();
        let places = std::mem::take(&mut self.places[number as usize]);
        for machine in places.into_iter().rev() {
            let machine = machine as usize;
            let on = &mut self.on[machine];
            let Some(at) = on.iter().rposition(|&(other, _)| other == number) else {
                continue;
            };
            let (_, stay) = on.remove(at);
            self.occupied -= u64::from(on.is_empty());
            self.fleet.give_back(machine, &stay.request, stay.devices);
            for (used, amount) in self.used.iter_mut().zip(amounts(&stay.request)) {
                *used -= amount;
            }
            if let Some(spread) = self.pods[number as usize].spread {
                let key = (spread.group, machine);
                let left = self.groups.get(&key).map_or(0, |count| count - 1);
                match left {
                    0 => self.groups.remove(&key),
                    left => self.groups.insert(key, left),
                };
            }
            self.changed(&stay, now, false);
            left.push(stay);
        }
        left
    }

    fn changed(&mut self, stay: &Stay, at: Time, comes: bool) {
        let sizes = &amounts(&stay.request)[..DIMENSIONS];
        self.bound.change(&Change { at, sizes, comes });
        if let Some(fragmentation) = &mut self.fragmentation {
            fragmentation.look_again(&self.fleet, stay.machine, self.typical);
        }
    }

    /// The machine its first part is on.
    pub(super) fn first_place(&self, number: u32) -> usize {
        self.places[number as usize].first().copied().unwrap_or(0) as usize
    }

    /// Whether it has a part on the machine.
    pub(super) fn is_on(&self, number: u32, machine: usize) -> bool {
        self.places[number as usize].contains(&(machine as u32))
    }

    /// Pods of the same group on a machine.
    pub(super) fn alike(&self, machine: usize, pod: &DynamicPod) -> u32 {
        let count = pod
            .spread
            .and_then(|spread| self.groups.get(&(spread.group, machine)));
        count.copied().unwrap_or(0)
    }

    /// Whether its group lets it go there.
    pub(super) fn group_allows(&self, machine: usize, pod: &DynamicPod) -> bool {
        pod.spread
            .is_none_or(|spread| spread.most == u32::MAX || self.alike(machine, pod) < spread.most)
    }

    /// Whether the machine takes such a part of it now.
    pub(super) fn takes(&self, machine: usize, pod: &DynamicPod, part: &PodRequest) -> bool {
        self.fleet.fits(machine, part) && self.group_allows(machine, pod)
    }

    /// The pods on a machine and until when, once for each part.
    pub(super) fn stays_on(&self, machine: usize) -> impl Iterator<Item = (u32, Stay)> {
        self.on[machine].iter().copied()
    }

    /// What is in use of each resource.
    pub(super) const fn used(&self) -> &[u64; AMOUNTS] {
        &self.used
    }

    /// The fewest machines that could have the pods that run.
    pub(super) const fn fewest(&self) -> u64 {
        self.bound.needed()
    }

    /// Machines with a pod.
    pub(super) const fn occupied(&self) -> u64 {
        self.occupied
    }

    /// Thousandths of a GPU that are idle and of no use to the pods that usually come.
    pub(super) fn fragmented_milli(&self) -> u64 {
        let milli = self.fragmentation.as_ref().map_or(0.0, Fragmentation::milli);
        milli.round() as u64
    }
}
