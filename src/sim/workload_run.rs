//! A workload during a run: its requests, its pods, its scaler and its records.

use super::pod_watch::PodWatch;
use super::scenario::Workload;
use crate::engine::{Span, StreamKey, Time};
use crate::model::cluster::PodId;
use crate::model::observed::{MetricsSpec, Observed};
use crate::policy::pod_scaling::PodScaler;
use crate::stats::{Gauge, Histogram, Sampler, TimeWeighted};
use crate::workload::serving::Serving;
use std::collections::BTreeMap;

/// Integrals at the last scrape or sample, to take differences from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) at: Time,
    pub(super) ready: Option<TimeWeighted>,
    pub(super) queued: Option<TimeWeighted>,
    pub(super) in_service: Option<TimeWeighted>,
    pub(super) busy: u128,
    pub(super) attempts: u64,
}

/// How long the parts of a pod's start take.
#[derive(Clone, Debug)]
pub(super) struct StartTimes {
    pub(super) containers: Vec<Sampler>,
    pub(super) readiness: Sampler,
}

#[derive(Clone, Debug)]
pub(super) struct WorkloadRun {
    pub(super) spec: Workload,
    pub(super) serving: Serving,
    pub(super) scaler: Box<dyn PodScaler>,
    pub(super) desired: u32,
    pub(super) next_ordinal: u64,
    /// Living pods that were not asked to stop, by ordinal: in the order of creation.
    pub(super) pods: BTreeMap<u64, PodId>,
    pub(super) start_times: StartTimes,
    pub(super) start_stream: String,
    /// Which pod owns a station.
    pub(super) station_owner: Vec<Option<PodId>>,
    pub(super) observed: Observed,
    /// Where the scaler looks at single pods.
    pub(super) watch: Option<PodWatch>,
    pub(super) scrape: Marks,
    pub(super) sample: Marks,
    pub(super) ready: Gauge,
    pub(super) starting: Gauge,
    pub(super) pending: Gauge,
    pub(super) scale_ups: u64,
    pub(super) scale_downs: u64,
    pub(super) pod_start: Histogram,
    /// Totals at the end of the warm-up.
    pub(super) totals_at_warmup: Vec<crate::workload::serving::RequestTotals>,
}

impl WorkloadRun {
    pub(super) fn new(spec: &Workload, metrics: MetricsSpec, key: StreamKey) -> Self {
        let loads = spec
            .loads
            .iter()
            .map(|(name, load)| (name.clone(), load.open(key, name)))
            .collect();
        let serving = Serving::new(&spec.name, &spec.serving, spec.routing.policy.clone(), loads, key);
        let template = &spec.template;
        Self {
            serving,
            scaler: spec.pod_scaling.policy.clone(),
            desired: spec.pod_scaling.policy.initial_replicas(spec.replicas),
            next_ordinal: 0,
            pods: BTreeMap::new(),
            start_times: StartTimes {
                containers: template
                    .containers
                    .iter()
                    .map(|container| container.startup.compile())
                    .collect(),
                readiness: template.readiness.compile(),
            },
            start_stream: format!("start/{}", spec.name),
            station_owner: Vec::new(),
            observed: Observed::new(metrics),
            watch: None,
            scrape: Marks::default(),
            sample: Marks::default(),
            ready: Gauge::default(),
            starting: Gauge::default(),
            pending: Gauge::default(),
            scale_ups: 0,
            scale_downs: 0,
            pod_start: Histogram::fine(),
            totals_at_warmup: vec![Default::default(); spec.serving.classes.len()],
            spec: spec.clone(),
        }
    }

    /// A pod's name.
    pub(super) fn pod_name(&self, ordinal: u64) -> String {
        format!("{}-{ordinal}", self.spec.name)
    }

    /// Slots of one replica as a number; `None` for no limit.
    pub(super) fn slots(&self) -> Option<u32> {
        self.spec.serving.slots
    }
}

/// Mean level between two readings of a gauge.
pub(super) fn mean_between(now: TimeWeighted, before: Option<TimeWeighted>) -> f64 {
    before.map_or_else(|| now.mean(), |before| now.after(&before).mean())
}

/// Seconds, at least a nanosecond, so that a rate over no time is not infinite.
pub(super) fn seconds(span: Span) -> f64 {
    span.nanos().max(1) as f64 / 1e9
}
