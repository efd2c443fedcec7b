//! The Knative pod autoscaler as a policy of a simulated workload.
//!
//! Knows: how a workload's view becomes samples, one a second. Must not know: how a tick decides.
//!
//! Requests in flight are those that wait, before the activator, and those in service; they are seen live at each tick,
//! and stand for both seconds since the tick before. Requests per second are seen as the scenario's `metrics` show
//! them. A workload at zero is looked at every tick, where Knative is poked by its first request: up to 2 s later.

use super::{Decider, KpaMetric, KpaSettings, MetricWindows, Revision, RevisionSpec, TICK};
use crate::engine::{Span, Time};
use crate::policy::parameters::Parameters;
use crate::policy::pod_scaling::{PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Scales a workload as Knative scales a revision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kpa {
    settings: KpaSettings,
    #[serde(skip)]
    memory: Option<Memory>,
}

/// What it remembers, from its first tick on.
#[derive(Clone, Debug, PartialEq)]
struct Memory {
    windows: MetricWindows,
    decider: Decider,
    revision: Revision,
}

impl Memory {
    fn new(settings: &KpaSettings, view: &PodScalingView) -> Self {
        let spec = RevisionSpec::new(settings, view.slots.unwrap_or(0));
        Self {
            windows: settings.windows(),
            decider: Decider::new(spec.decider, view.now, view.replicas.ready),
            revision: Revision::new(spec, view.now),
        }
    }

    /// Samples the seconds since the last tick. At zero pods and without requests nobody reports anything.
    fn sample(&mut self, metric: KpaMetric, view: &PodScalingView) {
        let in_flight = view.backlog.queued + view.backlog.in_service;
        if view.replicas.ready == 0 && in_flight == 0 {
            return;
        }
        let value = match metric {
            KpaMetric::Concurrency => in_flight as f64,
            KpaMetric::Rps => view.reading.map_or(0.0, |reading| reading.mean.rate),
        };
        let second = Span::from_secs(1).nanos();
        if let Some(before) = view.now.nanos().checked_sub(second) {
            self.windows.record(Time::from_nanos(before), value);
        }
        self.windows.record(view.now, value);
    }
}

impl PodScaler for Kpa {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Every(TICK)
    }

    fn decide(&mut self, view: &PodScalingView) -> PodScalingDecision {
        let settings = &self.settings;
        let memory = self.memory.get_or_insert_with(|| Memory::new(settings, view));
        memory.sample(settings.metric, view);
        let averages = memory.windows.averages(view.now);
        let ready = view.replicas.ready;
        let scale = memory.decider.tick(view.now, ready, averages);
        let wanted = memory.revision.reconcile(view.now, ready, scale);
        PodScalingDecision {
            desired: wanted.scale.unwrap_or(view.replicas.desired),
            reason: wanted.reason,
        }
    }

    /// A run may start amid a revision's life, so a workload's own number counts if it is larger than `initial-scale`.
    fn initial_replicas(&self, workload: u32) -> u32 {
        let most = match self.settings.max_scale {
            0 => u32::MAX,
            max => max,
        };
        workload
            .max(self.settings.initial_scale)
            .max(self.settings.min_scale)
            .min(most)
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(self.clone())
    }
}

/// The settings' own schema: a policy's parameters, not a wrapping of them.
impl JsonSchema for Kpa {
    fn schema_name() -> Cow<'static, str> {
        "Kpa".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        KpaSettings::json_schema(generator)
    }
}

impl Parameters for Kpa {
    fn prepare(self) -> Result<Self, Vec<String>> {
        self.settings.prepare().map(|settings| Self {
            settings,
            memory: None,
        })
    }
}
