//! The run: who comes, who goes, and who gets which machines.

use super::fleet::{DynamicFleet, Run};
use super::kind::{DISK, RDMA};
use super::levels::{Levels, Series};
use super::line::{Line, Queue};
use super::machines::{Machines, Stay};
use super::outcome::Fate;
use super::plan::{Plan, Reservation};
use super::profile;
use super::promise::Promise;
use super::virtual_cluster::{Quotas, Used};
use crate::engine::{Stream, StreamKey, Time};
use crate::model::fleet::{CPU, GPU, MEMORY};
use crate::model::gpu::hand_out;
use crate::policy::placement::on_fleet::{Ask, FleetChooser};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Instants between two questions whether to stop.
const INSTANTS_PER_LOOK: u64 = 1024;

/// A run in progress.
pub(super) struct Going<'a> {
    pub(super) of: &'a DynamicFleet,
    pub(super) chooser: &'a mut dyn FleetChooser,
    stream: Stream,
    pub(super) machines: Machines<'a>,
    pub(super) line: Line,
    pub(super) quotas: Quotas<'a>,
    /// What the first in line is promised, where the queue promises that one anything.
    pub(super) promise: Option<Promise>,
    /// Whose promise was worked out last: that of one who waits for those that stay for ever is none.
    pub(super) promised: Option<u32>,
    /// The first in line that found no room on any machine when it was tried last, if it is still first.
    pub(super) stuck: Option<u32>,
    /// What everyone is promised, where the queue does that.
    pub(super) plan: Option<Plan>,
    pub(super) reserved: BTreeMap<u32, Reservation>,
    pub(super) starts: BinaryHeap<Reverse<(Time, u32)>>,
    pub(super) first_promises: Vec<(u32, Time)>,
    pub(super) ends: BinaryHeap<Reverse<(Time, u32)>>,
    pub(super) fates: Vec<Fate>,
    pub(super) series: Series,
}

impl<'a> Going<'a> {
    pub(super) fn new(
        of: &'a DynamicFleet,
        chooser: &'a mut dyn FleetChooser,
        queue: Queue,
        seed: u64,
    ) -> Self {
        let machines = Machines::new(of.nodes(), of.pods(), of.typical());
        let plan =
            (queue == Queue::Conservative).then(|| Plan::new(&machines, of.clusters(), of.has_shares()));
        Self {
            of,
            chooser,
            stream: StreamKey::new(seed, 0).stream("packing/placement"),
            machines,
            line: Line::new(queue, of.clusters().len()),
            quotas: Quotas::new(of.clusters()),
            promise: None,
            promised: None,
            stuck: None,
            plan,
            reserved: BTreeMap::new(),
            starts: BinaryHeap::new(),
            first_promises: Vec::new(),
            ends: BinaryHeap::new(),
            fates: vec![Fate::NeverRoom; of.pods().len()],
            series: Series::new(of.pods().first().map_or(Time::ZERO, |pod| pod.arrival)),
        }
    }

    /// Runs until nobody comes or goes any more; `None` if `told` said to stop.
    pub(super) fn until_nobody_is_left(mut self, mut told: impl FnMut(f64) -> bool) -> Option<Run> {
        let pods = self.of.pods();
        let arrival_of = |number: usize| pods.get(number).map_or(Time::NEVER, |pod| pod.arrival);
        let start = self.series.start();
        let last = pods.last().map_or(start, |pod| pod.arrival);
        let mut at_last = None;
        let (mut come, mut instants) = (0, 0_u64);
        let next = |heap: &BinaryHeap<Reverse<(Time, u32)>>| {
            heap.peek().map_or(Time::NEVER, |Reverse((time, _))| *time)
        };
        loop {
            let (end, promised) = (next(&self.ends), next(&self.starts));
            let now = arrival_of(come).min(end).min(promised);
            if now == Time::NEVER {
                break;
            }
            if instants.is_multiple_of(INSTANTS_PER_LOOK) && told(come as f64 / pods.len() as f64) {
                return None;
            }
            instants += 1;
            if end == now {
                let changed = self.depart(now);
                self.serve(now, &changed);
            }
            self.keep_promises(now);
            while come < pods.len() && arrival_of(come) == now {
                self.arrive(come as u32, now);
                come += 1;
            }
            let levels = self.levels();
            self.series.set(now, levels);
            if now == last && at_last.is_none() && last > start {
                at_last = Some(self.series.integral());
            }
        }
        Some(self.finish(last, at_last))
    }

    /// Those whose time is over go; the machines they were on.
    pub(super) fn depart(&mut self, now: Time) -> Vec<usize> {
        let mut changed = Vec::new();
        while let Some(&Reverse((end, number))) = self.ends.peek() {
            if end > now {
                break;
            }
            self.ends.pop();
            changed.extend(self.leave(number, now));
            let used = Used::of(self.of.kind(number));
            self.quotas
                .give_back(self.of.pods()[number as usize].cluster, used);
        }
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// Every part of the pod leaves the machine it is on.
    fn leave(&mut self, number: u32, now: Time) -> Vec<usize> {
        let left = self.machines.go(number, now);
        for stay in &left {
            self.chooser.went(stay.machine, &stay.request);
        }
        left.iter().map(|stay| stay.machine).collect()
    }

    /// A pod comes.
    fn arrive(&mut self, number: u32, now: Time) {
        let pod = &self.of.pods()[number as usize];
        let kind = self.of.kind(number);
        if !kind.fits {
            self.fates[number as usize] = Fate::TooLarge;
            return;
        }
        let quota = pod
            .cluster
            .map(|cluster| self.of.clusters()[cluster as usize].quota);
        if quota.is_some_and(|quota| !quota.allows(Used::of(kind))) {
            self.fates[number as usize] = Fate::OverQuota;
            return;
        }
        self.get_in_line(number, now);
    }

    /// The pod, which is in line, starts if machines take all of it, its quota allows it, and no promise is broken.
    pub(super) fn try_start(&mut self, number: u32, now: Time) -> bool {
        let pod = &self.of.pods()[number as usize];
        let kind = self.of.kind(number);
        let end = pod.end(now);
        let used = Used::of(kind);
        if !self.quotas.allow(pod.cluster, used) || self.takes_promised_quota(number, used, end) {
            return false;
        }
        if !kind.is_single() && !self.may_have_room(number) {
            return false;
        }
        // A policy may part the machines so badly that a gang finds no room where there is some.
        let placed = self.place(number, now, true) || (!kind.is_single() && self.place(number, now, false));
        if placed {
            self.started(number, now);
        }
        placed
    }

    /// Whether enough machines take one part each: if not, there is no room for the gang.
    fn may_have_room(&self, number: u32) -> bool {
        let pod = &self.of.pods()[number as usize];
        let kind = self.of.kind(number);
        kind.parts.iter().all(|part| {
            let able = self.of.could(kind);
            let able = able.filter(|&machine| self.machines.takes(machine, pod, &part.request));
            let least = part.machines(kind.apart) as usize;
            able.take(least).count() == least
        })
    }

    /// Puts every part of the pod on a machine, or none: where the policy wants it, or on the first that takes it.
    pub(super) fn place(&mut self, number: u32, now: Time, by_policy: bool) -> bool {
        let of = self.of;
        let pod = &of.pods()[number as usize];
        let (kind, end) = (of.kind(number), pod.end(now));
        let booked = (now, profile::end(now, pod.lifetime));
        for part in kind.each() {
            let machines = &self.machines;
            let promise = self.promise.as_ref().filter(|promise| promise.number != number);
            let plan = self.plan.as_ref();
            let may_go = |machine: usize| {
                machines.group_allows(machine, pod)
                    && !(kind.apart && machines.is_on(number, machine))
                    && promise.is_none_or(|promise| promise.allows(machines, machine, (pod, part), end))
                    && plan.is_none_or(|plan| plan.allows(machine, (pod, part), booked))
            };
            let ask = Ask {
                fleet: &machines.fleet,
                request: part,
                may_go: &may_go,
                alike: &|machine| machines.alike(machine, pod),
            };
            let chosen = if by_policy {
                self.chooser.choose(&ask, &mut self.stream)
            } else {
                let first = of.could(kind).find(|&machine| ask.takes(machine));
                first.map(|machine| (machine, hand_out(machines.fleet.idle(machine), part.gpus)))
            };
            let Some((machine, devices)) = chosen else {
                self.take_back(number, now);
                return false;
            };
            let devices = plan.map_or(devices, |plan| plan.devices(machine, part, devices, booked));
            let stay = Stay {
                machine,
                request: *part,
                devices,
                end,
            };
            self.come(number, stay, now);
            self.book(number, &stay, booked);
        }
        true
    }

    /// A part of a pod comes to a machine.
    pub(super) fn come(&mut self, number: u32, stay: Stay, now: Time) {
        self.machines.come(number, stay, now);
        self.chooser.came(stay.machine, &stay.request);
    }

    /// The parts that have come go again.
    fn take_back(&mut self, number: u32, now: Time) {
        let pod = &self.of.pods()[number as usize];
        let booked = (now, profile::end(now, pod.lifetime));
        for stay in self.machines.go(number, now) {
            self.chooser.went(stay.machine, &stay.request);
            self.cancel(number, &stay, booked);
        }
    }

    /// Every part of the pod is on its machine.
    pub(super) fn started(&mut self, number: u32, now: Time) {
        let pod = &self.of.pods()[number as usize];
        self.quotas.take(pod.cluster, Used::of(self.of.kind(number)));
        self.line.remove(number, pod);
        if self.promised == Some(number) {
            self.promise_nothing();
        }
        let machine = self.machines.first_place(number);
        self.fates[number as usize] = Fate::Started { at: now, machine };
        let end = pod.end(now);
        if end < Time::NEVER {
            self.ends.push(Reverse((end, number)));
        }
    }

    fn levels(&self) -> Levels {
        let used = self.machines.used();
        [
            used[CPU],
            used[MEMORY],
            used[GPU],
            self.machines.fragmented_milli(),
            self.machines.occupied(),
            self.machines.fewest(),
            self.line.len() as u64,
            used[DISK],
            used[RDMA],
        ]
    }
}
