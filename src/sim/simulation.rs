//! A run as an object: make it, step it, look at it, fork it, finish it.

use super::attachments::Attachments;
use super::by_hand::ByHand;
use super::decision_log::DecisionLog;
use super::event::Control;
use super::failed_pulls::FailedPulls;
use super::faults::{self, Faults};
use super::fleet::Fleet;
use super::gates::Gates;
use super::gpu_fragments::GpuFragments;
use super::gpus::Gpus;
use super::levels::FleetLevels;
use super::objects;
use super::outcome::Outcome;
use super::pacing::Pacing;
use super::probing::Probing;
use super::quota_use::QuotaUse;
use super::registry::Registry;
use super::reserved::Reserved;
use super::restarts::Restarts;
use super::rows::{DecisionRow, PodRow, RequestRow, Sink};
use super::scenario::Scenario;
use super::swap_book::SwapBook;
use super::tasks::Tasks;
use super::turns::Turns;
use super::workload_run::WorkloadRun;
use super::workloads::Workloads;
use super::world::{Row, World};
use crate::engine::{Digest, EventQueue, Limits, Run, StopReason, StreamKey, Time, run};
use crate::model::cluster::{Cluster, Pod, PodId, PodPhase};
use crate::stats::Histogram;
use crate::workload::serving::{Fate, Serving};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A run in progress. Cloning forks it: both copies go on from the same state with the same streams.
#[derive(Clone, Debug)]
pub struct Simulation {
    world: World,
    seed: u64,
    replication: u64,
    events: u64,
    stopped: StopReason,
}

/// A look at a workload while it runs.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadState<'a> {
    /// Its requests, queues and replicas.
    pub serving: &'a Serving,
    /// Replicas wanted.
    pub desired: u32,
    /// Replicas that take requests.
    pub ready: u64,
    /// Replicas pulling or starting.
    pub starting: u64,
    /// Replicas without a node.
    pub pending: u64,
}

impl Simulation {
    /// The run of `scenario` under `seed`, replication `replication` (from 0), at time zero: initial nodes are ready
    /// and initial replicas that fit on them take requests.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, seed: u64, replication: u64) -> Self {
        let key = StreamKey::new(seed, replication);
        let workloads = scenario
            .workloads
            .iter()
            .map(|spec| WorkloadRun::new(spec, &scenario, key))
            .collect();
        let world = World {
            key,
            now: Time::ZERO,
            queue: EventQueue::default(),
            cluster: Cluster::default(),
            faults: Faults::new(&faults::specs_of(&scenario), key, Time::ZERO + scenario.duration),
            restarts: Restarts::default(),
            tasks: Tasks::default(),
            failed_pulls: FailedPulls::default(),
            gates: Gates::default(),
            probing: Probing::default(),
            short_of_memory: BTreeSet::new(),
            memory_looks: BTreeMap::new(),
            swap_book: SwapBook::default(),
            by_hand: ByHand::new(&scenario),
            pacing: Pacing::default(),
            pods_ended: 0,
            broken_budgets: Vec::new(),
            upgrades: Vec::new(),
            fleet: Fleet::new(&scenario.pools, scenario.images),
            workloads: Workloads::new(workloads, key),
            placer: scenario.placement.policy.clone(),
            pod_queue: None,
            placement_stream: key.stream("placement"),
            node_scaler: scenario.node_scaling.policy.clone(),
            node_stream: key.stream("node_scaling"),
            node_events: Vec::new(),
            drains: BTreeMap::new(),
            attachments: Attachments::default(),
            volume_times: scenario
                .storage
                .classes
                .iter()
                .map(|one| (one.attach.compile(), one.detach.compile()))
                .collect(),
            pulls: BTreeMap::new(),
            pulls_ever: 0,
            registry: Registry::new(scenario.images.cache.is_some()),
            place_planned: Time::NEVER,
            placed_at: None,
            node_scaler_turns: Turns::new(None, Time::NEVER),
            log: DecisionLog::default(),
            digest: Digest::default(),
            measured_from: Time::ZERO,
            pod_pending: Histogram::fine(),
            quota_use: QuotaUse::default(),
            reserved: Reserved::default(),
            gpu_fragments: GpuFragments::default(),
            gpus: Gpus::default(),
            levels: FleetLevels::default(),
            rows: Vec::new(),
            tell: false,
            explained: None,
            scenario,
        };
        let mut simulation = Self {
            world,
            seed,
            replication,
            events: 0,
            stopped: StopReason::Horizon,
        };
        *simulation.world.cluster.objects_mut() = objects::of_scenario(&simulation.world.scenario);
        simulation.world.set_up();
        simulation.world.workloads.look_again();
        simulation.world.note_levels();
        simulation
    }

    /// Runs to `time` (at most to the scenario's end), telling `sink` what happens.
    pub fn step_until(&mut self, time: Time, sink: &mut dyn Sink) -> StopReason {
        self.run_to(time, Some(sink), u64::MAX, || false)
    }

    /// Runs until the next decision that changes something; `None` if the run ends without one.
    pub fn next_decision(&mut self, sink: &mut dyn Sink) -> Option<DecisionRow> {
        self.world.tell = true;
        self.listen_to_requests(sink);
        let (before, end) = (self.world.log.count(), self.end());
        while self.world.log.count() == before {
            match self.next_time() {
                Some(next) if next <= end && !self.failed() => self.events += self.advance(end),
                _ => return None,
            };
            self.flush(sink);
        }
        self.world.log.last().cloned()
    }

    /// Runs to the scenario's end, or until `cancelled()` says so; rows go to `sink` if there is one.
    pub fn run_to_end(
        &mut self,
        sink: Option<&mut dyn Sink>,
        events_max: u64,
        cancelled: impl FnMut() -> bool,
    ) -> StopReason {
        let end = self.end();
        self.run_to(end, sink, events_max, cancelled)
    }

    /// From now on tells how the nodes compare whenever a pod of the workload `index` gets one. It changes no decision.
    pub fn explain_placements(&mut self, index: usize) {
        self.world.explained = Some(index);
    }

    /// The living pods of a workload, by index, as rows that end now.
    #[must_use]
    pub fn pods_of(&self, index: usize) -> Vec<PodRow> {
        let world = &self.world;
        let pods = world.cluster.pods().filter(|(_, pod)| pod.workload == index);
        pods.map(|(id, pod)| world.living_pod_row(id, pod)).collect()
    }

    /// Why pods of a workload, by index, that wait for a node are not tried now, by the pod's name; empty where the placer
    /// keeps no queue.
    #[must_use]
    pub fn waits_because(&self, index: usize) -> BTreeMap<String, String> {
        let world = &self.world;
        let Some(queue) = &world.pod_queue else {
            return BTreeMap::new();
        };
        let pods = world.cluster.pending().filter_map(|id| {
            let pod = world.cluster.pod(id).filter(|pod| pod.workload == index)?;
            let why = queue.waits_because(world.now, id)?;
            Some((world.workloads[index].name_of(pod), why))
        });
        pods.collect()
    }

    /// The simulated time reached.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.world.now
    }

    /// When the run ends.
    #[must_use]
    pub fn end(&self) -> Time {
        Time::ZERO + self.world.scenario.duration
    }

    /// Model events so far.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// A look at a workload, by index.
    #[must_use]
    pub fn workload(&self, index: usize) -> WorkloadState<'_> {
        let run = &self.world.workloads[index];
        WorkloadState {
            serving: &run.serving,
            desired: run.desired,
            ready: run.ready.level(),
            starting: run.starting.level(),
            pending: run.pending.level(),
        }
    }

    /// A look at the cluster.
    #[must_use]
    pub const fn cluster(&self) -> &Cluster {
        &self.world.cluster
    }

    /// How many machines do not answer now, whether or not anybody has found out.
    #[must_use]
    pub fn silent_machines(&self) -> usize {
        self.world.faults.silent_count()
    }

    /// Laws that do not hold right now, as sentences; empty in a sound run.
    #[must_use]
    pub fn broken_laws(&self) -> Vec<String> {
        self.world.broken_laws()
    }

    /// Ends the run where it is: the last rows go to `sink`, the outcome comes back.
    pub fn finish(mut self, sink: Option<&mut dyn Sink>) -> Outcome {
        self.world.look_at_gpus();
        if let Some(sink) = sink {
            self.world.tell = true;
            self.world.last_rows();
            self.flush(sink);
        }
        let stopped = match self.stopped {
            StopReason::Horizon if self.now() < self.end() => "stopped",
            StopReason::Horizon => "horizon",
            StopReason::Exhausted => "exhausted",
            StopReason::EventLimit => "event_limit",
            StopReason::Cancelled => "cancelled",
            StopReason::Failed => "failed",
        };
        self.world
            .outcome(stopped, self.events, self.seed, self.replication)
    }

    fn run_to(
        &mut self,
        time: Time,
        sink: Option<&mut dyn Sink>,
        events_max: u64,
        cancelled: impl FnMut() -> bool,
    ) -> StopReason {
        self.world.tell = sink.is_some();
        if sink.is_none() {
            self.world.rows.clear();
        }
        if let Some(sink) = sink.as_deref() {
            self.listen_to_requests(sink);
        }
        let limits = Limits {
            until: time.min(self.end()),
            events_max: events_max.saturating_sub(self.events),
        };
        let mut told = Told {
            simulation: self,
            sink,
        };
        let stopped = run(&mut told, limits, cancelled);
        self.stopped = stopped;
        stopped
    }

    fn flush(&mut self, sink: &mut dyn Sink) {
        for row in self.world.rows.drain(..) {
            match row {
                Row::Workload(row) => sink.workload_sample(row),
                Row::Cluster(row) => sink.cluster_sample(row),
                Row::Decision(row) => sink.decision(row),
                Row::Pod(row) => sink.pod(row),
                Row::Node(row) => sink.node(row),
                Row::Placement(row) => sink.placement(row),
                Row::Fault(row) => sink.fault(row),
                Row::Job(row) => sink.job(row),
                Row::Gpu(row) => sink.gpu(row),
            }
        }
        self.flush_requests(sink);
    }

    /// Requests that have ended go to `sink`; nothing is there unless it wants them.
    fn flush_requests(&mut self, sink: &mut dyn Sink) {
        if !sink.wants_requests() {
            return;
        }
        for index in 0..self.world.workloads.len() {
            if !self.world.workloads[index].serving.has_ended_requests() {
                continue;
            }
            let run = &mut self.world.workloads[index];
            let (workload, classes) = (&run.spec.name, &run.spec.serving.classes);
            for record in run.serving.take_request_log() {
                sink.request(RequestRow {
                    workload,
                    class: &classes[usize::from(record.class)].name,
                    request: record.request,
                    attempts: u32::from(record.attempts),
                    arrived_s: record.arrived.secs_f64(),
                    ended_s: record.ended.secs_f64(),
                    latency_s: record.ended.since(record.arrived).secs_f64(),
                    waited_s: record.waited.secs_f64(),
                    demand_s: record.demand.secs_f64(),
                    end: record.failed.map_or("served", Fate::name),
                });
            }
        }
        self.world.workloads.look_again();
    }

    /// A workload records its requests from now on, if `sink` wants them.
    fn listen_to_requests(&mut self, sink: &dyn Sink) {
        if sink.wants_requests() {
            for index in 0..self.world.workloads.len() {
                self.world.workloads[index].serving.keep_request_log();
            }
            self.world.workloads.look_again();
        }
    }

    /// Whether a load broke off: the run cannot go on.
    const fn failed(&self) -> bool {
        self.world.workloads.broken()
    }

    fn next_time(&self) -> Option<Time> {
        let control = self.world.queue.peek().map_or(Time::NEVER, |(time, _)| time);
        Some(control.min(self.world.workloads.next_time())).filter(|&time| time != Time::NEVER)
    }

    /// Brings the workloads to the next control event (or `horizon`) and handles it; returns early, with something
    /// done, when a workload interrupts or has done a few thousand events.
    fn advance(&mut self, horizon: Time) -> u64 {
        let (time, rank) = self.world.queue.peek().unwrap_or((Time::NEVER, u8::MAX));
        let bound = time.min(horizon);
        let arrivals = time > horizon || rank >= Control::FIRST_AFTER_ARRIVALS;
        let (mut events, complete) = self.world.advance_workloads(bound, arrivals);
        if !complete || time > horizon {
            self.world.now = self.world.now.max(if complete { bound } else { self.world.now });
        } else if let Some((time, event)) = self.world.queue.pop() {
            self.world.now = time;
            self.world.handle(event);
            events += 1;
        }
        self.world.note_levels();
        self.world.note_faults();
        self.world.workloads.look_again();
        events
    }
}

/// A simulation with somebody listening.
struct Told<'a, 'b> {
    simulation: &'a mut Simulation,
    sink: Option<&'b mut dyn Sink>,
}

impl Run for Told<'_, '_> {
    fn next_time(&self) -> Option<Time> {
        self.simulation.next_time()
    }

    fn advance(&mut self, horizon: Time) -> u64 {
        let events = self.simulation.advance(horizon);
        self.simulation.events += events;
        if let Some(sink) = &mut self.sink {
            self.simulation.flush(&mut **sink);
        }
        events
    }

    fn failed(&self) -> bool {
        self.simulation.failed()
    }

    fn settle(&mut self, time: Time) {
        let world = &mut self.simulation.world;
        world.now = world.now.max(time);
    }
}

impl World {
    fn handle(&mut self, event: Control) {
        match event {
            Control::GraceOver(pod) => self.on_grace_over(pod),
            Control::Node(node, turn) => self.on_node_turn(node, turn),
            Control::Pod(pod, turn) => self.on_pod_turn(pod, turn),
            Control::Reclaim(node) => self.on_reclaim(node),
            Control::LaunchFails(node) => self.on_launch_failed(node),
            Control::Notice(node) => self.on_notice(node),
            Control::Planned(index) => self.on_planned(index),
            Control::Detach(claim) => self.on_detach(claim),
            Control::VolumesReady(pod) => self.on_volumes_ready(pod),
            Control::Pull(node) => self.on_pull(node),
            Control::ShareRegistry => self.on_share_registry(),
            Control::ShareCpu => self.on_share_cpu(),
            Control::ShareGpus => self.on_share_gpus(),
            Control::PodStep(pod) => self.on_pod_step(pod, false),
            Control::NodeReady(node) => self.on_node_ready(node),
            Control::Place => self.on_place(),
            Control::PodScaler(workload) => self.on_pod_scaler(workload),
            Control::Create(workload) => self.on_create(workload),
            Control::Rollout(workload) => self.on_rollout(workload),
            Control::Jobs(workload) => self.on_jobs(workload),
            Control::ByHand(workload) => self.on_by_hand(workload),
            Control::PodSizer(workload) => self.on_pod_sizer(workload),
            Control::PodUpdater(workload) => self.on_pod_updater(workload),
            Control::NodeScaler => self.on_node_scaler(),
            Control::Drain(node) => self.on_drain(node),
            Control::Scrape(workload) => self.on_scrape(workload),
            Control::Housekeeping(workload) => self.on_housekeeping(workload),
            Control::Sample => self.on_sample(),
            Control::WarmupOver => self.reset_statistics(),
        }
    }

    /// The row of a pod that is still there.
    fn living_pod_row(&self, id: PodId, pod: &Pod) -> PodRow {
        let serving = &self.workloads[pod.workload].serving;
        let station = pod.station.map(|id| serving.station(id));
        let end = match pod.phase {
            PodPhase::Pending => "pending",
            PodPhase::Pulling | PodPhase::Starting | PodPhase::Ready | PodPhase::Terminating => "running",
        };
        let pace = self.pacing.record_of(self.now, id, station);
        self.pod_row(
            id,
            pod,
            end,
            None,
            station.map(|station| (station, 0)),
            pace.as_ref(),
        )
    }

    /// The rows of what is still there at the end.
    fn last_rows(&mut self) {
        let holds = self.log.close();
        self.rows.extend(holds.into_iter().map(Row::Decision));
        let pods = self
            .cluster
            .pods()
            .map(|(id, pod)| Row::Pod(self.living_pod_row(id, pod)));
        let mut rows: Vec<Row> = pods.collect();
        rows.extend(
            self.cluster
                .nodes()
                .filter(|(id, _)| !self.fleet.failing.contains_key(id))
                .map(|(id, node)| Row::Node(self.node_row(node, None, self.fleet.paid_until(id, self.now)))),
        );
        self.rows.extend(rows);
        let gpus = self.living_gpu_rows();
        self.rows.extend(gpus);
        self.open_job_rows();
        let mut account = self.faults.account.clone();
        let faults = account.finish(self.now, &self.workloads);
        self.rows.extend(faults.into_iter().map(Row::Fault));
    }
}
