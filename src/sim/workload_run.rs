//! A workload during a run: its requests, its pods, its scaler and its records.

use super::batch::BatchRun;
use super::controller::Kind;
use super::creation::Creation;
use super::deployment::Deployment;
use super::jobs::Jobs;
use super::levels::SampledGauge;
use super::pacing::CpuBooks;
use super::pod_watch::PodWatch;
use super::scenario::{Scenario, Workload};
use super::settling::Levels;
use super::sizing::Sizing;
use super::turns::Turns;
use super::versions::Versions;
use crate::engine::{Span, Stream, StreamKey, Time};
use crate::model::cluster::{Cluster, NodeId, Pod, PodId, RestartCounts};
use crate::model::observed::{Down, Observed, Outage, Reading, Scrape};
use crate::model::pod_template::PodTemplate;
use crate::policy::pod_scaling::PodScaler;
use crate::stats::{Gauge, Histogram, Sampler};
use crate::workload::serving::Serving;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Integrals (level × ns) and counts of a workload at one moment, to take differences from.
///
/// The integrals are signed: when measuring starts anew their zero moves, and what a mark has taken before moves with
/// it ([`Marks::measured_anew`]). So the end of a warm-up changes no scrape and no row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) at: Time,
    pub(super) ready: i128,
    pub(super) queued: i128,
    pub(super) in_service: i128,
    /// Of the replicas that take requests.
    pub(super) busy: i128,
    /// Of slots in use in which no work was done.
    pub(super) idled: i128,
    pub(super) attempts: u64,
}

impl Marks {
    /// `run` at `now`.
    pub(super) fn of(run: &WorkloadRun, now: Time) -> Self {
        let integral = |gauge: &Gauge| gauge.integral_until(now) as i128;
        Self {
            at: now,
            ready: integral(&run.ready),
            queued: integral(run.serving.waiting_gauge()),
            in_service: integral(run.serving.in_service_gauge()),
            busy: run.serving.ready_busy_integral(now) as i128,
            idled: run.serving.idled_integral(now) as i128,
            attempts: run.serving.totals().attempts,
        }
    }

    /// All integrals are reset now; `now` has what they were before.
    pub(super) const fn measured_anew(&mut self, now: &Self) {
        self.ready -= now.ready;
        self.queued -= now.queued;
        self.in_service -= now.in_service;
        self.busy -= now.busy;
        self.idled -= now.idled;
    }
}

/// How long the parts of a pod's start take.
#[derive(Clone, Debug)]
pub(super) struct StartTimes {
    pub(super) containers: Vec<Sampler>,
    pub(super) readiness: Sampler,
}

impl StartTimes {
    /// Those of pods of `template`.
    pub(super) fn of(template: &PodTemplate) -> Self {
        let containers = template.containers.iter();
        Self {
            containers: containers.map(|container| container.startup.compile()).collect(),
            readiness: template.readiness.compile(),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct WorkloadRun {
    pub(super) spec: Workload,
    pub(super) serving: Serving,
    pub(super) scaler: Box<dyn PodScaler>,
    pub(super) scaler_turns: Turns,
    pub(super) scaler_stream: Stream,
    /// Its namespace's index, where more than the name is known of it.
    pub(super) namespace: Option<usize>,
    pub(super) creation: Creation,
    /// Its pods by their numbers, those that are stopping included, where they have some.
    pub(super) numbers: Option<BTreeMap<u32, PodId>>,
    /// Its pods by their nodes, those that are stopping included, where each node has one; the oldest first.
    pub(super) daemons: Option<BTreeMap<NodeId, Vec<PodId>>>,
    pub(super) sizing: Option<Sizing>,
    /// What slowness has cost its pods that are gone.
    pub(super) cpu: CpuBooks,
    /// Its versions, where its template changes.
    pub(super) versions: Option<Versions>,
    /// How many pods each version should have, where its pods are alike.
    pub(super) deployment: Option<Deployment>,
    /// Its Jobs, where it has some.
    pub(super) batch: Option<BatchRun>,
    /// How many deletions by hand are done.
    pub(super) deletions_done: usize,
    pub(super) desired: u32,
    pub(super) jobs: Jobs,
    /// The same over time.
    pub(super) wanted: SampledGauge,
    pub(super) next_ordinal: u64,
    /// Living pods that were not asked to stop, by ordinal: in the order of creation.
    pub(super) pods: BTreeMap<u64, PodId>,
    pub(super) start_times: StartTimes,
    pub(super) start_stream: String,
    /// Which pod owns a station.
    pub(super) station_owner: Vec<Option<PodId>>,
    /// What whoever scrapes requests and queues has.
    pub(super) observed: Observed,
    /// What whoever scrapes CPU and memory has.
    pub(super) observed_usage: Observed,
    /// Where the scaler looks at single pods.
    pub(super) watch: Option<PodWatch>,
    /// Whether its load is the same all the time, so that it has something to settle to.
    steady: bool,
    /// Requests in the system over the run, where the load is steady.
    pub(super) levels: Levels,
    pub(super) scrape: Marks,
    pub(super) sample: Marks,
    pub(super) ready: SampledGauge,
    /// Of the ready ones, those whose machine does not answer, which nobody knows yet.
    pub(super) silent_ready: u64,
    pub(super) starting: SampledGauge,
    pub(super) pending: SampledGauge,
    /// Pods whose containers serve: ready ones, and those that finish what they have.
    pub(super) running: Gauge,
    /// CPU that pods asked to stop had used on top at their start since measuring started, thousandths × ns.
    pub(super) startup_cpu_of_gone: u128,
    /// Containers started again since measuring started.
    pub(super) restarts: RestartCounts,
    pub(super) scale_ups: u64,
    pub(super) scale_downs: u64,
    pub(super) pod_start: Histogram,
    /// Totals at the end of the warm-up.
    pub(super) totals_at_warmup: Vec<crate::workload::serving::RequestTotals>,
}

impl WorkloadRun {
    pub(super) fn new(spec: &Workload, scenario: &Scenario, key: StreamKey) -> Self {
        let loads = spec
            .loads
            .iter()
            .map(|(name, load)| (name.clone(), load.open(key, name)))
            .collect();
        let serving = Serving::new(&spec.name, &spec.serving, spec.routing.policy.clone(), loads, key);
        let template = &spec.template;
        let versions = Versions::new(template, &spec.controller);
        let desired = spec.pod_scaling.policy.initial_replicas(spec.replicas);
        Self {
            serving,
            scaler: spec.pod_scaling.policy.clone(),
            scaler_turns: Turns::new(None, Time::NEVER),
            scaler_stream: key.stream(&format!("pod_scaling/{}", spec.name)),
            namespace: scenario
                .namespaces
                .iter()
                .position(|namespace| namespace.name == template.namespace),
            creation: Creation::new(),
            numbers: spec.controller.numbered().map(|_| BTreeMap::new()),
            daemons: spec.controller.is_on_every_node().then(BTreeMap::new),
            cpu: CpuBooks::default(),
            sizing: spec
                .pod_sizing
                .as_ref()
                .map(|named| Sizing::new(named.policy.clone())),
            deployment: versions
                .as_ref()
                .filter(|_| matches!(spec.controller.kind, Kind::Alike(_)) && spec.rules.update.is_none())
                .map(|versions| Deployment::new(versions.count(), desired)),
            versions,
            deletions_done: 0,
            batch: spec
                .batch
                .as_ref()
                .map(|plan| BatchRun::new(plan, scenario.start)),
            desired,
            jobs: Jobs::default(),
            wanted: SampledGauge::new(Time::ZERO, desired.into()),
            next_ordinal: 0,
            pods: BTreeMap::new(),
            start_times: StartTimes::of(template),
            start_stream: format!("start/{}", spec.name),
            station_owner: Vec::new(),
            observed: Observed::new(scenario.metrics),
            observed_usage: Observed::new(scenario.metrics),
            watch: None,
            steady: spec.loads.iter().all(|(_, load)| load.is_steady()) && scenario.is_undisturbed(),
            levels: Levels::default(),
            scrape: Marks::default(),
            sample: Marks::default(),
            ready: SampledGauge::default(),
            silent_ready: 0,
            starting: SampledGauge::default(),
            pending: SampledGauge::default(),
            running: Gauge::default(),
            startup_cpu_of_gone: 0,
            restarts: RestartCounts::default(),
            scale_ups: 0,
            scale_downs: 0,
            pod_start: Histogram::fine(),
            totals_at_warmup: vec![Default::default(); spec.serving.classes.len()],
            spec: spec.clone(),
        }
    }

    /// Replicas that answer.
    pub(super) fn available(&self) -> u64 {
        self.ready.level() - self.silent_ready
    }

    /// What a controller sees of the workload as a whole: CPU and memory from one source, all else from another.
    pub(super) fn reading(&self, now: Time) -> Option<Reading> {
        match (self.observed.reading(now), self.observed_usage.reading(now)) {
            (Some(traffic), Some(usage)) => {
                let mean = Scrape {
                    cpu_milli: usage.mean.cpu_milli,
                    memory_bytes: usage.mean.memory_bytes,
                    ..traffic.mean
                };
                Some(Reading { mean, ..traffic })
            }
            (traffic, usage) => traffic.or(usage),
        }
    }

    /// Sources of its metrics that do not answer.
    pub(super) fn down(&self, now: Time) -> Down {
        Outage::down_at(&self.spec.outages, now)
    }

    /// The template of a version.
    pub(super) fn template_of(&self, revision: u32) -> &Arc<PodTemplate> {
        match &self.versions {
            Some(versions) => &versions.version(revision).template,
            None => &self.spec.template,
        }
    }

    /// The template that new pods are made from.
    pub(super) fn current_template(&self) -> &Arc<PodTemplate> {
        self.template_of(self.versions.as_ref().map_or(0, Versions::current))
    }

    /// A pod's name: by its number where it has one, else by its place among all pods of the workload.
    pub(super) fn name_of(&self, pod: &Pod) -> String {
        self.pod_name(pod.number.map_or(pod.ordinal, u64::from))
    }

    /// The name of a pod with this number.
    pub(super) fn pod_name(&self, ordinal: u64) -> String {
        format!("{}-{ordinal}", self.spec.name)
    }

    /// Takes in the mean number of requests in the system over one whole interval between samples.
    pub(super) fn settle(&mut self, level: f64) {
        if self.steady {
            self.levels.push(level);
        }
    }

    /// CPU its pods have used since measuring started, without what their start takes on top, if those that are there and
    /// slowed have left `unused`; thousandths × ns.
    pub(super) fn cpu_used(&self, now: Time, unused: u128) -> u128 {
        let pod_time = self.running.integral_until(now);
        let template = &self.spec.template;
        let at_full_speed = template.cpu_used(pod_time, self.serving.worked_integral(now));
        at_full_speed.saturating_sub(self.cpu.unused + unused)
    }

    /// What one of its pods reserves, in the mean: thousandths of a CPU and bytes of memory.
    pub(super) fn mean_requests(&self, cluster: &Cluster) -> (u64, u64) {
        let template = self.spec.template.requests();
        if self.sizing.is_none() || self.pods.is_empty() {
            return (template.cpu_milli, template.memory_bytes);
        }
        let pods = self.pods.values().filter_map(|&id| cluster.pod(id));
        let (cpu, memory) = pods.fold((0_u64, 0_u64), |(cpu, memory), pod| {
            let requests = pod.class.requests();
            (cpu + requests.cpu_milli, memory + requests.memory_bytes)
        });
        let count = self.pods.len() as u64;
        (cpu / count, memory / count)
    }

    /// Slots of one replica as a number; `None` for no limit.
    pub(super) fn slots(&self) -> Option<u32> {
        self.spec.serving.slots
    }
}

/// Seconds, at least a nanosecond, so that a rate over no time is not infinite.
pub(super) fn seconds(span: Span) -> f64 {
    span.nanos().max(1) as f64 / 1e9
}
