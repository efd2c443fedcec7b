//! The machines and who runs on them until when.

use super::pod::DynamicPod;
use crate::engine::Time;
use crate::model::fleet::{
    CPU, DIMENSIONS, Fleet, FleetNode, Fragmentation, GPU, MEMORY, PodRequest, TypicalPods,
};
use crate::model::gpu::Taken;
use crate::model::packing::bounds::{Change, Supply, Sweep};
use std::collections::BTreeMap;

/// Where a pod runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    pub(super) machine: usize,
    pub(super) devices: Taken,
    pub(super) end: Time,
}

/// What a pod asks for, as fleets count it.
pub(super) fn amounts(request: &PodRequest) -> [u64; DIMENSIONS] {
    let mut amounts = [0; DIMENSIONS];
    amounts[CPU] = request.cpu_milli;
    amounts[MEMORY] = request.memory_mib;
    amounts[GPU] = request.gpus.total_milli();
    amounts
}

/// A fleet with its pods.
#[derive(Debug)]
pub(super) struct Machines<'a> {
    pub(super) nodes: &'a [FleetNode],
    pub(super) pods: &'a [DynamicPod],
    typical: &'a TypicalPods,
    pub(super) fleet: Fleet,
    /// Where each pod is.
    stays: Vec<Option<Stay>>,
    /// The pods on each machine.
    on: Vec<Vec<u32>>,
    /// Pods of a group on a machine, where there is any.
    groups: BTreeMap<(u32, usize), u32>,
    /// `None` where no machine has a GPU.
    fragmentation: Option<Fragmentation>,
    used: [u64; DIMENSIONS],
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
            stays: vec![None; pods.len()],
            on: vec![Vec::new(); nodes.len()],
            groups: BTreeMap::new(),
            fragmentation: has_gpus.then(|| Fragmentation::of(&fleet, typical)),
            bound: Sweep::new(Supply::of_bins(
                (0..fleet.len()).map(|machine| &fleet.capacity(machine)[..]),
            )),
            fleet,
            used: [0; DIMENSIONS],
            occupied: 0,
        }
    }

    /// A pod comes to a machine that takes it.
    pub(super) fn come(&mut self, number: u32, stay: Stay, now: Time) {
        let pod = &self.pods[number as usize];
        self.fleet.take(stay.machine, &pod.request, stay.devices);
        self.stays[number as usize] = Some(stay);
        self.on[stay.machine].push(number);
        self.occupied += u64::from(self.on[stay.machine].len() == 1);
        for (used, amount) in self.used.iter_mut().zip(amounts(&pod.request)) {
            *used += amount;
        }
        if let Some(spread) = pod.spread {
            *self.groups.entry((spread.group, stay.machine)).or_default() += 1;
        }
        self.changed(number, now, true);
        self.look_again(stay.machine);
    }

    /// A pod goes; the machine it was on.
    pub(super) fn go(&mut self, number: u32, now: Time) -> Option<usize> {
        let stay = self.stays[number as usize].take()?;
        let pod = &self.pods[number as usize];
        self.fleet.give_back(stay.machine, &pod.request, stay.devices);
        let on = &mut self.on[stay.machine];
        on.retain(|&other| other != number);
        self.occupied -= u64::from(on.is_empty());
        for (used, amount) in self.used.iter_mut().zip(amounts(&pod.request)) {
            *used -= amount;
        }
        if let Some(spread) = pod.spread {
            let key = (spread.group, stay.machine);
            let left = self.groups.get(&key).map_or(0, |count| count - 1);
            match left {
                0 => self.groups.remove(&key),
                left => self.groups.insert(key, left),
            };
        }
        self.changed(number, now, false);
        self.look_again(stay.machine);
        Some(stay.machine)
    }

    fn changed(&mut self, number: u32, at: Time, comes: bool) {
        let sizes = &amounts(&self.pods[number as usize].request);
        self.bound.change(&Change { at, sizes, comes });
    }

    fn look_again(&mut self, machine: usize) {
        if let Some(fragmentation) = &mut self.fragmentation {
            fragmentation.look_again(&self.fleet, machine, self.typical);
        }
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

    /// Whether the machine takes it now.
    pub(super) fn takes(&self, machine: usize, pod: &DynamicPod) -> bool {
        self.fleet.fits(machine, &pod.request) && self.group_allows(machine, pod)
    }

    /// The pods on a machine and until when.
    pub(super) fn stays_on(&self, machine: usize) -> impl Iterator<Item = (u32, Stay)> {
        let on = self.on[machine].iter();
        on.filter_map(|&number| Some((number, self.stays[number as usize]?)))
    }

    /// What is in use of each resource.
    pub(super) const fn used(&self) -> &[u64; DIMENSIONS] {
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
