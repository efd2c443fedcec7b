//! Who is promised which machines from when on, so that nobody who comes later delays anybody: conservative backfilling.
//!
//! Lifetimes are known and promises are kept, so that nothing that is promised ever changes: one look at a pod when it
//! comes is enough. That look goes over the bookings of every machine once (machines × bookings on one of them); of a gang,
//! once for each time at which so many machines could be free.

use super::kind::{Kind, amounts};
use super::machines::Machines;
use super::pod::DynamicPod;
use super::profile::{COUNTED, Free, Profile, Want, end};
use super::room::free;
use super::virtual_cluster::{Quota, Used, VirtualCluster};
use crate::engine::Time;
use crate::model::fleet::{CPU, GPU, PodRequest};
use crate::model::gpu::{GpuRequest, Taken, hand_out};

/// A part on a machine; its devices are known only where shares of devices are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Booking {
    pub(super) machine: usize,
    pub(super) part: PodRequest,
    pub(super) devices: Taken,
}

/// From when on which part is where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reservation {
    pub(super) at: Time,
    pub(super) on: Vec<Booking>,
}

/// A booking of a pod whose group is limited.
#[derive(Clone, Copy, Debug)]
struct Limited {
    group: u32,
    from: Time,
    to: Time,
}

/// Everything that is booked.
#[derive(Debug)]
pub(super) struct Plan {
    machines: Vec<Profile>,
    /// By machine.
    limited: Vec<Vec<Limited>>,
    clusters: Vec<Profile>,
    names_devices: bool,
}

fn want(part: &PodRequest) -> Want {
    let mut counted = [1; COUNTED];
    counted[..COUNTED - 1].copy_from_slice(&amounts(part));
    Want {
        counted,
        gpus: part.gpus,
    }
}

fn quota(used: Used) -> Want {
    let mut counted = [0; COUNTED];
    (counted[CPU], counted[GPU]) = (used.cpu_milli, used.gpu_milli);
    Want {
        counted,
        gpus: GpuRequest::NONE,
    }
}

impl Plan {
    /// Nothing is booked of these machines, which are empty, and these quotas.
    pub(super) fn new(machines: &Machines<'_>, clusters: &[VirtualCluster], names_devices: bool) -> Self {
        let fleet = &machines.fleet;
        let empty = |machine: usize| {
            let mut counted = [u64::from(machines.nodes[machine].pods); COUNTED];
            counted[..COUNTED - 1].copy_from_slice(&free(fleet, machine));
            let idle = fleet.idle(machine);
            Profile::new(Free {
                counted,
                idle: if names_devices { idle.to_vec() } else { Vec::new() },
            })
        };
        let whole = |cluster: &VirtualCluster| {
            let mut counted = [0; COUNTED];
            let Quota { cpu_milli, gpu_milli } = cluster.quota;
            (counted[CPU], counted[GPU]) = (cpu_milli, gpu_milli);
            Profile::new(Free {
                counted,
                idle: Vec::new(),
            })
        };
        Self {
            machines: (0..fleet.len()).map(empty).collect(),
            limited: vec![Vec::new(); fleet.len()],
            clusters: clusters.iter().map(whole).collect(),
            names_devices,
        }
    }

    /// Whether the pod's group lets one of it, and `more`, onto the machine for all that time.
    fn group_allows(&self, machine: usize, pod: &DynamicPod, (from, to): (Time, Time), more: usize) -> bool {
        let Some(spread) = pod.spread.filter(|spread| spread.most < u32::MAX) else {
            return true;
        };
        let there = || {
            let all = self.limited[machine].iter();
            all.filter(|other| other.group == spread.group && other.from < to && other.to > from)
        };
        let at = |time: Time| {
            there()
                .filter(|other| other.from <= time && other.to > time)
                .count()
        };
        let begins = there().map(|other| other.from.max(from));
        // Nobody goes and comes back: there are the most of them when one has just begun.
        begins.map(at).max().unwrap_or(0) + more < spread.most as usize
    }

    /// Whether a part of the pod may be on the machine from `from` until `to`.
    pub(super) fn allows(
        &self,
        machine: usize,
        (pod, part): (&DynamicPod, &PodRequest),
        (from, to): (Time, Time),
    ) -> bool {
        self.machines[machine].over(from, to).takes(&want(part))
            && self.group_allows(machine, pod, (from, to), 0)
    }

    /// The devices that a part gets there: those that a policy chose, unless others are promised them.
    pub(super) fn devices(
        &self,
        machine: usize,
        part: &PodRequest,
        chosen: Taken,
        (from, to): (Time, Time),
    ) -> Taken {
        if !self.names_devices || part.gpus.is_none() {
            return chosen;
        }
        let idle = self.machines[machine].over(from, to).idle;
        if chosen.fits(&idle) {
            chosen
        } else {
            hand_out(&idle, part.gpus)
        }
    }

    /// Books a part of a pod.
    pub(super) fn book(&mut self, pod: &DynamicPod, booking: &Booking, (from, to): (Time, Time)) {
        let profile = &mut self.machines[booking.machine];
        profile.book(from, to, &want(&booking.part), booking.devices);
        if let Some(spread) = pod.spread.filter(|spread| spread.most < u32::MAX) {
            let group = spread.group;
            self.limited[booking.machine].push(Limited { group, from, to });
        }
    }

    /// The last booking of the pod on the machine is none.
    pub(super) fn cancel(&mut self, pod: &DynamicPod, booking: &Booking, (from, to): (Time, Time)) {
        let profile = &mut self.machines[booking.machine];
        profile.cancel(from, to, &want(&booking.part), booking.devices);
        if pod.spread.is_some_and(|spread| spread.most < u32::MAX) {
            self.limited[booking.machine].pop();
        }
    }

    /// Books what a pod takes of its cluster's quota.
    pub(super) fn book_quota(&mut self, pod: &DynamicPod, used: Used, (from, to): (Time, Time)) {
        if let Some(cluster) = pod.cluster {
            self.clusters[cluster as usize].book(from, to, &quota(used), Taken::NONE);
        }
    }

    /// The soonest that the pod can be promised, the first machines among equals; `None` if those that are in the way stay
    /// for ever. `could` are the machines that take a part of it when they are empty.
    pub(super) fn soonest(
        &mut self,
        pod: &DynamicPod,
        kind: &Kind,
        could: &[usize],
        now: Time,
    ) -> Option<Reservation> {
        let cluster = pod.cluster.map(|cluster| cluster as usize);
        if let Some(cluster) = cluster {
            self.clusters[cluster].forget(now);
        }
        for &machine in could {
            self.machines[machine].forget(now);
            self.limited[machine].retain(|limited| limited.to > now);
        }
        let used = quota(Used::of(kind));
        let mut from = now;
        loop {
            if let Some(cluster) = cluster {
                let until = (from, Time::NEVER);
                from = self.clusters[cluster].next_start(until, pod.lifetime, &used, |_| true)?;
            }
            // Nothing begins before `soonest`; whether it does then is known of one machine, and tried out of several.
            let soonest = if kind.is_single() {
                self.one(pod, &kind.parts[0].request, could, from)?
            } else {
                self.several(pod, kind, could, from)?
            };
            if soonest > from && (cluster.is_some() || !kind.is_single()) {
                from = soonest;
                continue;
            }
            if let Some(on) = self.placed(pod, kind, could, soonest) {
                return Some(Reservation { at: soonest, on });
            }
            let changes = could.iter().map(|&machine| &self.machines[machine]);
            from = changes.filter_map(|profile| profile.next_change(soonest)).min()?;
        }
    }

    fn start(
        &self,
        machine: usize,
        (pod, part): (&DynamicPod, &PodRequest),
        within: (Time, Time),
    ) -> Option<Time> {
        let also = |from: Time| self.group_allows(machine, pod, (from, end(from, pod.lifetime)), 0);
        self.machines[machine].next_start(within, pod.lifetime, &want(part), also)
    }

    /// When the first machine has room.
    fn one(&self, pod: &DynamicPod, part: &PodRequest, could: &[usize], from: Time) -> Option<Time> {
        let mut best = None;
        for &machine in could {
            let before = best.unwrap_or(Time::NEVER);
            best = self.start(machine, (pod, part), (from, before)).or(best);
            if best == Some(from) {
                break;
            }
        }
        best
    }

    /// A time before which not as many machines have room as the gang needs at least.
    fn several(&self, pod: &DynamicPod, kind: &Kind, could: &[usize], from: Time) -> Option<Time> {
        let mut soonest = from;
        for part in &kind.parts {
            let within = (from, Time::NEVER);
            let starts = could
                .iter()
                .filter_map(|&machine| self.start(machine, (pod, &part.request), within));
            let mut starts: Vec<Time> = starts.collect();
            starts.sort_unstable();
            let least = part.machines(kind.apart) as usize;
            soonest = soonest.max(*starts.get(least.saturating_sub(1))?);
        }
        Some(soonest)
    }

    /// Each part on the first machine that has room from `at` on; `None` if not all have.
    fn placed(&self, pod: &DynamicPod, kind: &Kind, could: &[usize], at: Time) -> Option<Vec<Booking>> {
        let to = end(at, pod.lifetime);
        let mut rooms: Vec<Option<(Free, usize)>> = vec![None; could.len()];
        let mut on: Vec<Booking> = Vec::new();
        for part in &kind.parts {
            let (mut left, want) = (part.count, want(&part.request));
            for (room, &machine) in rooms.iter_mut().zip(could) {
                if left == 0 {
                    break;
                }
                let (free, here) = room.get_or_insert_with(|| (self.machines[machine].over(at, to), 0));
                while left > 0 && free.takes(&want) && self.group_allows(machine, pod, (at, to), *here) {
                    let devices = if self.names_devices {
                        hand_out(&free.idle, part.request.gpus)
                    } else {
                        Taken::NONE
                    };
                    free.take(&want, devices);
                    on.push(Booking {
                        machine,
                        part: part.request,
                        devices,
                    });
                    *here += 1;
                    left -= 1;
                    if kind.apart {
                        break;
                    }
                }
            }
            if left > 0 {
                return None;
            }
        }
        Some(on)
    }
}
