//! The run: who comes, who goes, and who gets which machine.

use super::levels::{Levels, Series};
use super::line::{Line, Queue};
use super::machines::{Machines, Stay, amounts};
use super::outcome::{DynamicOutcome, Fate, Waits};
use super::pod::DynamicPod;
use super::promise::{Promise, soonest};
use crate::engine::{Stream, StreamKey, Time};
use crate::model::fleet::{CPU, DIMENSIONS, FleetNode, FleetPod, GPU, MEMORY, PodRequest, TypicalPods};
use crate::model::gpu::GpuRequest;
use crate::model::packing::BinKind;
use crate::model::packing::bounds::{Change, Supply, over_time};
use crate::policy::placement::on_fleet::{Ask, FleetChooser};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

/// Instants between two questions whether to stop.
const INSTANTS_PER_LOOK: u64 = 1024;

/// A fleet, and the pods that come to it and go.
#[derive(Clone, Debug)]
pub struct DynamicFleet {
    nodes: Vec<FleetNode>,
    pods: Vec<DynamicPod>,
    typical: Arc<TypicalPods>,
    demand_bound: u64,
    /// Kinds of pods that no machine takes, even an empty one.
    too_large: BTreeSet<PodRequest>,
}

/// One run, and what became of each pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// In sum.
    pub outcome: DynamicOutcome,
    /// One by one, in the order of [`DynamicFleet::pods`].
    pub fates: Vec<Fate>,
}

impl DynamicFleet {
    /// These pods, which come in the order of their arrivals, those of one instant in that of the list.
    #[must_use]
    pub fn new(nodes: Vec<FleetNode>, mut pods: Vec<DynamicPod>) -> Self {
        pods.sort_by_key(|pod| pod.arrival);
        let asked = pods.iter().map(|pod| FleetPod {
            name: String::new(),
            request: pod.request,
            models_text: format!("{:?}", pod.request.models),
        });
        let typical = Arc::new(TypicalPods::of(&asked.collect::<Vec<_>>()));
        let kinds: BTreeSet<PodRequest> = pods.iter().map(|pod| pod.request).collect();
        let shapes: BTreeMap<_, &FleetNode> = nodes.iter().map(|node| (shape(node), node)).collect();
        let fits_none = |kind: &PodRequest| !shapes.values().any(|node| takes_empty(node, kind));
        let too_large = kinds.into_iter().filter(fits_none).collect();
        let mut fleet = Self {
            nodes,
            pods,
            typical,
            demand_bound: 0,
            too_large,
        };
        fleet.demand_bound = fleet.peak_bound();
        fleet
    }

    /// The machines.
    #[must_use]
    pub fn nodes(&self) -> &[FleetNode] {
        &self.nodes
    }

    /// The pods in the order in which they come.
    #[must_use]
    pub fn pods(&self) -> &[DynamicPod] {
        &self.pods
    }

    /// The pods that usually come.
    #[must_use]
    pub fn typical(&self) -> &Arc<TypicalPods> {
        &self.typical
    }

    /// What there is of all machines together: CPU, memory, GPU.
    #[must_use]
    pub fn capacity(&self) -> [u64; DIMENSIONS] {
        let mut sums = [0; DIMENSIONS];
        for node in &self.nodes {
            for (sum, amount) in sums.iter_mut().zip(capacity(node)) {
                *sum += amount;
            }
        }
        sums
    }

    fn fits_none(&self, pod: &DynamicPod) -> bool {
        self.too_large.contains(&pod.request)
    }

    /// The fewest machines of these shapes, however many there are, that they need at some time if every pod starts when
    /// it comes.
    fn peak_bound(&self) -> u64 {
        let mut changes = Vec::with_capacity(2 * self.pods.len());
        let stays = |pod: &&DynamicPod| pod.end(pod.arrival) > pod.arrival;
        for pod in self.pods.iter().filter(|pod| !self.fits_none(pod)).filter(stays) {
            let sizes = amounts(&pod.request);
            changes.push((pod.arrival, true, sizes));
            changes.push((pod.end(pod.arrival), false, sizes));
        }
        // Who goes, goes first.
        changes.sort_by_key(|&(at, comes, _)| (at, comes));
        let shapes: BTreeSet<_> = self.nodes.iter().map(capacity).collect();
        let kinds = shapes.into_iter().map(|capacity| BinKind {
            name: String::new(),
            capacity: capacity.into(),
            price: None,
            most: None,
        });
        let supply = Supply::of_kinds(&kinds.collect::<Vec<_>>());
        let changes = changes
            .iter()
            .map(|&(at, comes, ref sizes)| Change { at, sizes, comes });
        over_time(supply, changes, Time::NEVER).peak
    }

    /// Lets them come and go; `None` if `told` said to stop. It is told now and then which share of the pods has come.
    #[must_use]
    pub fn run(
        &self,
        chooser: &mut dyn FleetChooser,
        queue: Queue,
        seed: u64,
        mut told: impl FnMut(f64) -> bool,
    ) -> Option<Run> {
        let start = self.pods.first().map_or(Time::ZERO, |pod| pod.arrival);
        let last = self.pods.last().map_or(Time::ZERO, |pod| pod.arrival);
        let mut going = Going::new(self, chooser, queue, seed, start);
        let mut at_last = None;
        let (mut come, mut instants) = (0, 0_u64);
        loop {
            let arrival = self.pods.get(come).map_or(Time::NEVER, |pod| pod.arrival);
            let end = going.ends.peek().map_or(Time::NEVER, |Reverse((time, _))| *time);
            let now = arrival.min(end);
            if now == Time::NEVER {
                break;
            }
            if instants.is_multiple_of(INSTANTS_PER_LOOK) && told(come as f64 / self.pods.len() as f64) {
                return None;
            }
            instants += 1;
            if end == now {
                going.go(now);
            }
            while self.pods.get(come).is_some_and(|pod| pod.arrival == now) {
                going.arrive(come as u32, now);
                come += 1;
            }
            going.series.set(now, going.levels());
            if now == last && at_last.is_none() && last > start {
                at_last = Some(going.series.integral());
            }
        }
        Some(going.finish(start, last, at_last))
    }
}

/// What a machine has, as fleets count it.
fn capacity(node: &FleetNode) -> [u64; DIMENSIONS] {
    let gpus = GpuRequest::whole(node.gpus as u16);
    amounts(&PodRequest {
        cpu_milli: node.cpu_milli,
        memory_mib: node.memory_mib,
        gpus,
        ..PodRequest::default()
    })
}

/// What machines are alike in.
fn shape(node: &FleetNode) -> impl Ord + use<> {
    (node.cpu_milli, node.memory_mib, node.pods, node.gpus, node.model)
}

/// Whether the machine takes such a pod when there is nobody else on it.
fn takes_empty(node: &FleetNode, request: &PodRequest) -> bool {
    request.cpu_milli <= node.cpu_milli
        && request.memory_mib <= node.memory_mib
        && node.pods > 0
        && usize::from(request.gpus.count()) <= node.gpus
        && request.models.accepts(node.model)
}

/// A run in progress.
struct Going<'a> {
    of: &'a DynamicFleet,
    chooser: &'a mut dyn FleetChooser,
    stream: Stream,
    machines: Machines<'a>,
    line: Line,
    /// What the first in line is promised, where the queue promises anything.
    promise: Option<Promise>,
    /// Whose promise was worked out last: that of one who waits for those that stay for ever is none.
    promised: Option<u32>,
    ends: BinaryHeap<Reverse<(Time, u32)>>,
    fates: Vec<Fate>,
    series: Series,
}

impl<'a> Going<'a> {
    fn new(
        of: &'a DynamicFleet,
        chooser: &'a mut dyn FleetChooser,
        queue: Queue,
        seed: u64,
        start: Time,
    ) -> Self {
        Self {
            of,
            chooser,
            stream: StreamKey::new(seed, 0).stream("packing/placement"),
            machines: Machines::new(&of.nodes, &of.pods, &of.typical),
            line: Line::new(queue),
            promise: None,
            promised: None,
            ends: BinaryHeap::new(),
            fates: vec![Fate::NeverRoom; of.pods.len()],
            series: Series::new(start),
        }
    }

    /// Those whose time is over go, and whoever waits is looked at.
    fn go(&mut self, now: Time) {
        let mut changed = Vec::new();
        while let Some(&Reverse((end, number))) = self.ends.peek() {
            if end > now {
                break;
            }
            self.ends.pop();
            if let Some(machine) = self.machines.go(number, now) {
                self.chooser.went(machine, &self.of.pods[number as usize].request);
                changed.push(machine);
            }
        }
        changed.sort_unstable();
        changed.dedup();
        self.serve(now, &changed);
    }

    /// A pod comes.
    fn arrive(&mut self, number: u32, now: Time) {
        let pod = &self.of.pods[number as usize];
        if self.of.fits_none(pod) {
            self.fates[number as usize] = Fate::TooLarge;
            return;
        }
        self.line.add(number, pod);
        let is_first = self.line.head() == Some(number);
        match self.line.queue() {
            Queue::Fifo | Queue::Priority if !is_first => {}
            Queue::Fifo | Queue::Priority | Queue::Any => {
                self.try_start(number, now);
            }
            Queue::Backfill if is_first => {
                // Whoever was first before is promised something new, if it is first again.
                self.promise_nothing();
                self.try_start(number, now);
                self.promise_first();
                self.serve_all(now, None, self.line.head());
            }
            Queue::Backfill => {
                self.try_start(number, now);
            }
        }
    }

    /// Looks at those that wait after machines have `changed`.
    fn serve(&mut self, now: Time, changed: &[usize]) {
        match self.line.queue() {
            Queue::Fifo | Queue::Priority => self.serve_heads(now, changed),
            Queue::Any => self.serve_all(now, Some(changed), None),
            Queue::Backfill => {
                let first = self.line.head();
                self.serve_heads(now, changed);
                debug_assert!(
                    self.promise.is_none_or(|promise| promise.at > now),
                    "a promise was broken"
                );
                self.promise_first();
                let is_new = self.line.head() != first;
                // Under another promise others may go, wherever there has been room all along.
                let looked_at = if is_new { None } else { Some(changed) };
                self.serve_all(now, looked_at, self.line.head());
            }
        }
    }

    /// One after another as long as the first finds room.
    fn serve_heads(&mut self, now: Time, changed: &[usize]) {
        let mut is_first = true;
        while let Some(number) = self.line.head() {
            // The first one found no room before: only what has changed can have any. Later ones were not looked at.
            if is_first && !self.some_take(changed, number) {
                return;
            }
            is_first = false;
            if !self.try_start(number, now) {
                return;
            }
        }
    }

    /// Everyone in line behind `head`, on the machines that have `changed` or on all.
    fn serve_all(&mut self, now: Time, changed: Option<&[usize]>, head: Option<u32>) {
        // Room only shrinks meanwhile: who is like one that found none finds none.
        let mut refused = BTreeSet::new();
        let mut next = match head {
            Some(head) => self.line.after(head, &self.of.pods[head as usize]),
            None => self.line.head(),
        };
        while let Some(number) = next {
            let pod = &self.of.pods[number as usize];
            next = self.line.after(number, pod);
            let kind = (pod.request, pod.spread.map(|spread| (spread.group, spread.most)));
            if refused.contains(&kind) {
                continue;
            }
            let could = match changed {
                Some(changed) => self.some_take(changed, number),
                None => self.all_take(number),
            };
            if !could {
                refused.insert(kind);
            } else {
                self.try_start(number, now);
            }
        }
    }

    fn some_take(&self, machines: &[usize], number: u32) -> bool {
        let pod = &self.of.pods[number as usize];
        machines.iter().any(|&machine| self.machines.takes(machine, pod))
    }

    fn all_take(&self, number: u32) -> bool {
        let pod = &self.of.pods[number as usize];
        (0..self.of.nodes.len()).any(|machine| self.machines.takes(machine, pod))
    }

    /// The pod, which is in line, starts if a machine takes it and no promise is broken.
    fn try_start(&mut self, number: u32, now: Time) -> bool {
        let pod = &self.of.pods[number as usize];
        let end = pod.end(now);
        let machines = &self.machines;
        let promise = self.promise.filter(|promise| promise.number != number);
        let may_go = |machine: usize| {
            machines.group_allows(machine, pod)
                && promise
                    .is_none_or(|promise| promise.machine != machine || promise.allows(machines, pod, end))
        };
        let ask = Ask {
            fleet: &machines.fleet,
            request: &pod.request,
            may_go: &may_go,
            alike: &|machine| machines.alike(machine, pod),
        };
        let Some((machine, devices)) = self.chooser.choose(&ask, &mut self.stream) else {
            return false;
        };
        let stay = Stay {
            machine,
            devices,
            end,
        };
        self.machines.come(number, stay, now);
        self.chooser.came(machine, &pod.request);
        self.line.remove(number, pod);
        if self.promised == Some(number) {
            self.promise_nothing();
        }
        self.fates[number as usize] = Fate::Started { at: now, machine };
        if end < Time::NEVER {
            self.ends.push(Reverse((end, number)));
        }
        true
    }

    fn promise_nothing(&mut self) {
        (self.promise, self.promised) = (None, None);
    }

    /// Promises the first in line what it can be promised.
    fn promise_first(&mut self) {
        let Some(number) = self.line.head() else {
            return self.promise_nothing();
        };
        if self.promised != Some(number) {
            let request = &self.of.pods[number as usize].request;
            let nodes = self.of.nodes.iter().enumerate();
            let could = nodes.filter(|(_, node)| takes_empty(node, request));
            self.promise = soonest(&self.machines, number, could.map(|(machine, _)| machine));
            self.promised = Some(number);
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
        ]
    }

    fn finish(self, start: Time, last: Time, at_last: Option<[u128; super::LEVELS]>) -> Run {
        let started = self
            .of
            .pods
            .iter()
            .zip(&self.fates)
            .filter_map(|(pod, fate)| match fate {
                Fate::Started { at, .. } => Some((at.since(pod.arrival), pod.lifetime)),
                Fate::TooLarge | Fate::NeverRoom => None,
            });
        let started: Vec<_> = started.collect();
        let count = |fate: Fate| self.fates.iter().filter(|&&other| other == fate).count() as u64;
        let (integral, until) = match at_last {
            Some(integral) => (integral, last),
            None => (self.series.integral(), self.series.end()),
        };
        let nanos = until.since(start).nanos().max(1) as f64;
        let outcome = DynamicOutcome {
            queue: self.line.queue(),
            pods: self.fates.len() as u64,
            started: started.len() as u64,
            waited: started.iter().filter(|(wait, _)| wait.nanos() > 0).count() as u64,
            too_large: count(Fate::TooLarge),
            never_room: self.line.iter().count() as u64,
            waits: Waits::of(&started),
            means: integral.map(|integral| integral as f64 / nanos),
            span_s: (start.secs_f64(), self.series.end().secs_f64()),
            demand_bound: self.of.demand_bound,
            series: self.series,
        };
        Run {
            outcome,
            fates: self.fates,
        }
    }
}
