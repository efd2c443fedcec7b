//! What a machine has free at some time, for the first in line.

use super::kind::{AMOUNTS, DISK, RDMA, amounts};
use super::machines::{Machines, Stay};
use super::pod::DynamicPod;
use crate::engine::Time;
use crate::model::fleet::{CPU, DIMENSIONS, Fleet, MEMORY, PodRequest};
use crate::model::gpu::{GpuRequest, MILLI, hand_out};

/// What is free now.
pub(super) fn free(fleet: &Fleet, machine: usize) -> [u64; AMOUNTS] {
    let mut free = [0; AMOUNTS];
    free[..DIMENSIONS].copy_from_slice(fleet.free(machine));
    let side = fleet.side(machine);
    (free[DISK], free[RDMA]) = (side.disk_mib, side.rdma_percent);
    free
}

/// A machine's room.
#[derive(Clone, Debug)]
pub(super) struct Room {
    free: [u64; AMOUNTS],
    pods: u32,
    idle: Vec<u16>,
    /// Pods of the group in question.
    alike: u32,
}

impl Room {
    pub(super) fn now(machines: &Machines<'_>, machine: usize, pod: &DynamicPod) -> Self {
        let fleet = &machines.fleet;
        Self {
            free: free(fleet, machine),
            pods: machines.nodes[machine].pods.saturating_sub(fleet.pods(machine)),
            idle: fleet.idle(machine).to_vec(),
            alike: machines.alike(machine, pod),
        }
    }

    /// After those have gone that go until `time`.
    pub(super) fn at(machines: &Machines<'_>, machine: usize, pod: &DynamicPod, time: Time) -> Self {
        let mut room = Self::now(machines, machine, pod);
        for (number, stay) in machines.stays_on(machine) {
            if stay.end <= time {
                room.gain(&machines.pods[number as usize], &stay, pod);
            }
        }
        room
    }

    /// `gone` leaves what it had.
    pub(super) fn gain(&mut self, gone: &DynamicPod, stay: &Stay, pod: &DynamicPod) {
        for (free, amount) in self.free.iter_mut().zip(amounts(&stay.request)) {
            *free += amount;
        }
        self.pods += 1;
        stay.devices.give_back(&mut self.idle);
        let of_group = |pod: &DynamicPod| pod.spread.map(|spread| spread.group);
        self.alike -= u32::from(pod.spread.is_some() && of_group(gone) == of_group(pod));
    }

    /// A part of the pod comes, which has room.
    pub(super) fn lose(&mut self, part: &PodRequest) {
        for (free, amount) in self.free.iter_mut().zip(amounts(part)) {
            *free = free.saturating_sub(amount);
        }
        self.pods = self.pods.saturating_sub(1);
        hand_out(&self.idle, part.gpus).take_from(&mut self.idle);
        self.alike += 1;
    }

    /// Whether a machine that it may be on takes such a part of the pod.
    pub(super) fn takes(&self, pod: &DynamicPod, part: &PodRequest) -> bool {
        self.free
            .iter()
            .zip(amounts(part))
            .all(|(&free, asked)| free >= asked)
            && self.pods > 0
            && part.gpus.fits(&self.idle)
            && pod.spread.is_none_or(|spread| self.alike < spread.most)
    }

    /// Whether, beside `heads` parts of the pod `head`, each of them `part`, there is room for `asked` of another pod. Where
    /// shares of devices are asked for, which devices are free depends on the policy, and nobody is let in.
    pub(super) fn has_beside(
        &self,
        (head, parts): (&DynamicPod, &[PodRequest]),
        (other, asked): (&DynamicPod, &PodRequest),
    ) -> bool {
        let mut left = self.free;
        for part in parts {
            for (left, amount) in left.iter_mut().zip(amounts(part)) {
                *left = left.saturating_sub(amount);
            }
        }
        let heads = parts.len() as u32;
        let enough = |at: usize| left[at] >= amounts(asked)[at];
        let group = |pod: &DynamicPod| pod.spread.map(|spread| spread.group);
        let same_group = head.spread.is_some() && group(head) == group(other);
        [CPU, MEMORY, DISK, RDMA].into_iter().all(enough)
            && self.pods > heads
            && self.devices_beside(parts, asked.gpus)
            && head.spread.is_none_or(|spread| {
                let all = self
                    .alike
                    .saturating_add(heads)
                    .saturating_add(u32::from(same_group));
                all <= spread.most
            })
    }

    fn devices_beside(&self, parts: &[PodRequest], other: GpuRequest) -> bool {
        // Whichever devices it gets now, nobody promised them to a head that asks for none.
        if other.is_none() || parts.iter().all(|part| part.gpus.is_none()) {
            return true;
        }
        let whole = self.idle.iter().filter(|&&idle| idle == MILLI).count();
        let promised: usize = parts.iter().map(|part| usize::from(part.gpus.count())).sum();
        let shares = other.is_share() || parts.iter().any(|part| part.gpus.is_share());
        !shares && whole >= promised + usize::from(other.count())
    }
}
