//! The Knative pod autoscaler as a policy of a simulated workload.
//!
//! Knows: how a workload's view becomes samples, one a second. Must not know: how a tick decides.
//!
//! Requests in flight are those that wait, before the activator, and those in service; they are seen live at each tick,
//! and stand for the seconds since the last look. Requests per second are seen as the scenario's `metrics` show them.
//! At zero the first request wakes it, as the activator pokes Knative's.

use super::{Decider, KpaMetric, KpaSettings, MetricWindows, Revision, RevisionSpec, TICK};
use crate::engine::{Span, Stream, Time};
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
    /// The second that was sampled last.
    sampled: Option<u64>,
}

impl Memory {
    fn new(settings: &KpaSettings, view: &PodScalingView) -> Self {
        let spec = RevisionSpec::new(settings, view.slots.unwrap_or(0));
        Self {
            windows: settings.windows(),
            decider: Decider::new(spec.decider, view.now, view.replicas.ready),
            revision: Revision::new(spec, view.now),
            sampled: None,
        }
    }

    /// Samples the seconds since the last look, two at most: a tick's. At zero pods and without requests nobody
    /// reports anything; while pods cannot be scraped, only the activator reports what it holds for none of them.
    fn sample(&mut self, metric: KpaMetric, view: &PodScalingView) {
        let in_flight = view.backlog.queued + view.backlog.in_service;
        let pods = view.replicas.ready > 0;
        if (pods && view.down.traffic) || (!pods && in_flight == 0) {
            return;
        }
        let value = match metric {
            KpaMetric::Concurrency => in_flight as f64,
            KpaMetric::Rps => view.reading.map_or(0.0, |reading| reading.mean.rate),
        };
        let second = Span::from_secs(1).nanos();
        let now = view.now.nanos() / second;
        let from = self
            .sampled
            .map_or(0, |sampled| sampled + 1)
            .max(now.saturating_sub(1));
        for sampled in from..=now {
            self.windows.record(Time::from_nanos(sampled * second), value);
        }
        self.sampled = Some(now);
    }
}

impl PodScaler for Kpa {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Every(TICK)
    }

    fn decide(&mut self, view: &PodScalingView<'_>, _: &mut Stream) -> (PodScalingDecision, Option<Time>) {
        let settings = &self.settings;
        let memory = self.memory.get_or_insert_with(|| Memory::new(settings, view));
        memory.sample(settings.metric, view);
        let averages = memory.windows.averages(view.now);
        let ready = view.replicas.ready;
        let scale = memory.decider.tick(view.now, ready, averages);
        let wanted = memory.revision.reconcile(view.now, ready, scale);
        let desired = wanted.scale.unwrap_or(view.replicas.desired);
        let decision = PodScalingDecision::new(desired, wanted.reason);
        (decision, None)
    }

    fn woken_by_first_request(&self) -> bool {
        true
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
