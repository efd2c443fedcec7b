//! What the first in line is promised: the machine on which there is room for it soonest, and when. Lifetimes are known,
//! so the promise is kept to the nanosecond as long as nobody is let in who would be in the way then.

use super::machines::Machines;
use super::pod::DynamicPod;
use crate::engine::Time;
use crate::model::fleet::{CPU, MEMORY};
use crate::model::gpu::{GpuRequest, MILLI};

/// A machine, and from when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Promise {
    /// To whom.
    pub(super) number: u32,
    pub(super) machine: usize,
    pub(super) at: Time,
}

/// What a machine has free at some time.
#[derive(Debug)]
struct Room {
    cpu_milli: u64,
    memory_mib: u64,
    pods: u32,
    idle: Vec<u16>,
    /// Pods of the group in question.
    alike: u32,
}

impl Room {
    fn now(machines: &Machines<'_>, machine: usize, pod: &DynamicPod) -> Self {
        let fleet = &machines.fleet;
        let free = fleet.free(machine);
        Self {
            cpu_milli: free[CPU],
            memory_mib: free[MEMORY],
            pods: machines.nodes[machine].pods.saturating_sub(fleet.pods(machine)),
            idle: fleet.idle(machine).to_vec(),
            alike: machines.alike(machine, pod),
        }
    }

    /// After those have gone that go until `time`.
    fn at(machines: &Machines<'_>, machine: usize, pod: &DynamicPod, time: Time) -> Self {
        let mut room = Self::now(machines, machine, pod);
        for (number, stay) in machines.stays_on(machine) {
            if stay.end <= time {
                room.gain(&machines.pods[number as usize], pod, stay.devices);
            }
        }
        room
    }

    fn gain(&mut self, gone: &DynamicPod, pod: &DynamicPod, devices: crate::model::gpu::Taken) {
        self.cpu_milli += gone.request.cpu_milli;
        self.memory_mib += gone.request.memory_mib;
        self.pods += 1;
        devices.give_back(&mut self.idle);
        let of_group = |pod: &DynamicPod| pod.spread.map(|spread| spread.group);
        self.alike -= u32::from(pod.spread.is_some() && of_group(gone) == of_group(pod));
    }

    fn takes(&self, pod: &DynamicPod) -> bool {
        self.cpu_milli >= pod.request.cpu_milli
            && self.memory_mib >= pod.request.memory_mib
            && self.pods > 0
            && pod.request.gpus.fits(&self.idle)
            && pod.spread.is_none_or(|spread| self.alike < spread.most)
    }
}

/// The machine that has room for the pod soonest, the first among equals; `None` if those that are in the way stay for
/// ever. `could` are the machines that take it when they are empty.
pub(super) fn soonest(
    machines: &Machines<'_>,
    number: u32,
    could: impl Iterator<Item = usize>,
) -> Option<Promise> {
    let pod = &machines.pods[number as usize];
    let mut best: Option<Promise> = None;
    let mut stays = Vec::new();
    for machine in could {
        stays.clear();
        stays.extend(
            machines
                .stays_on(machine)
                .filter(|(_, stay)| stay.end < Time::NEVER),
        );
        stays.sort_unstable_by_key(|&(number, stay)| (stay.end, number));
        let mut room = Room::now(machines, machine, pod);
        for &(gone, stay) in &stays {
            if best.is_some_and(|best| best.at <= stay.end) {
                break;
            }
            room.gain(&machines.pods[gone as usize], pod, stay.devices);
            if room.takes(pod) {
                best = Some(Promise {
                    number,
                    machine,
                    at: stay.end,
                });
                break;
            }
        }
    }
    best
}

impl Promise {
    /// Whether `pod`, which the machine of the promise takes now and which would stay until `end`, is not in the way: it
    /// is gone by then, or there is room for both. Where shares of devices are asked for, which devices are free then
    /// depends on the policy, and nobody is let in.
    pub(super) fn allows(&self, machines: &Machines<'_>, pod: &DynamicPod, end: Time) -> bool {
        if end <= self.at {
            return true;
        }
        let head = &machines.pods[self.number as usize];
        let room = Room::at(machines, self.machine, head, self.at);
        let group = |pod: &DynamicPod| pod.spread.map(|spread| spread.group);
        let same_group = head.spread.is_some() && group(head) == group(pod);
        room.cpu_milli.saturating_sub(head.request.cpu_milli) >= pod.request.cpu_milli
            && room.memory_mib.saturating_sub(head.request.memory_mib) >= pod.request.memory_mib
            && room.pods > 1
            && both_fit(&room.idle, head.request.gpus, pod.request.gpus)
            && head
                .spread
                .is_none_or(|spread| room.alike + u32::from(same_group) < spread.most)
    }
}

fn both_fit(idle: &[u16], head: GpuRequest, other: GpuRequest) -> bool {
    if other.is_none() {
        return true;
    }
    if head.is_none() {
        // Whichever devices it gets now, nobody promised them to the head.
        return true;
    }
    let whole = idle.iter().filter(|&&idle| idle == MILLI).count();
    !head.is_share() && !other.is_share() && whole >= usize::from(head.count() + other.count())
}
