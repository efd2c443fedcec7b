//! A ScaledJob as a policy of a simulated workload: at each poll, so many jobs more.
//!
//! Knows: when it polls, what triggers say, and which jobs a pod runs for. Must not know: how many jobs that makes
//! ([`request_jobs`]), or when one ends.
//!
//! It never asks for fewer: jobs end by themselves. Source: `pkg/scaling/executor/scale_jobs.go`.

use super::sources::read;
use super::{JobView, MetricTarget, ScaledJob, Trigger, TriggerLoad, request_jobs};
use crate::engine::{Stream, Time};
use crate::model::observed::pods::{ConditionStatus, ObservedPhase, ObservedPod};
use crate::policy::parameters::Parameters;
use crate::policy::pod_scaling::{Need, PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;

/// KEDA's ScaledJob.
#[derive(Clone, Debug, PartialEq)]
pub struct KedaJob {
    job: ScaledJob,
    triggers: Vec<Trigger>,
}

impl KedaJob {
    /// A ScaledJob that has just been created.
    ///
    /// # Errors
    /// Everything wrong with its triggers, and what cannot be simulated.
    pub fn new(job: ScaledJob) -> Result<Self, Vec<String>> {
        let job = job.prepare()?;
        let triggers = job.triggers.iter().enumerate();
        let triggers: Result<_, String> = triggers
            .map(|(index, trigger)| Trigger::parse(trigger, index))
            .collect();
        let triggers = triggers.map_err(|problem| vec![problem])?;
        Ok(Self { job, triggers })
    }

    /// What the triggers say, and whether any fails. CPU and memory are nothing that a ScaledJob looks at.
    fn loads(&self, view: &PodScalingView<'_>) -> (Vec<TriggerLoad>, bool) {
        let external = self.triggers.iter().filter(|trigger| trigger.is_external());
        let values: Vec<_> = external.map(|trigger| (trigger, read(trigger, view))).collect();
        let fails = values.iter().any(|(_, value)| value.is_none());
        let loads = values.into_iter().filter_map(|(trigger, value)| {
            let value = value?;
            Some(TriggerLoad {
                active: trigger.is_active(value),
                value,
                target: match trigger.target() {
                    MetricTarget::AverageValue(milli) => milli as f64 / 1000.0,
                    // Only an average target counts (`getTargetAverageValue`).
                    MetricTarget::Value(_) | MetricTarget::Utilization(_) => 0.0,
                },
            })
        });
        (loads.collect(), fails)
    }

    /// Whether the job of `pod` is past pending.
    fn is_under_way(&self, pod: &ObservedPod<'_>) -> bool {
        let conditions = &self.job.scaling_strategy.pending_pod_conditions;
        if conditions.is_empty() {
            return matches!(pod.phase, ObservedPhase::Running | ObservedPhase::Succeeded);
        }
        conditions.iter().all(|condition| match condition.as_str() {
            "PodScheduled" | "PodReadyToStartContainers" => pod.started.is_some(),
            "Initialized" => pod.phase != ObservedPhase::Pending,
            "ContainersReady" | "Ready" => pod
                .ready
                .is_some_and(|ready| ready.status == ConditionStatus::True),
            _ => false,
        })
    }
}

impl PodScaler for KedaJob {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Every(self.job.polling_interval())
    }

    fn decide(&mut self, view: &PodScalingView<'_>, _: &mut Stream) -> (PodScalingDecision, Option<Time>) {
        let (triggers, error) = self.loads(view);
        let living = view.pods.iter().filter(|pod| !pod.deleted);
        let under_way = living.filter(|pod| self.is_under_way(pod)).count() as u32;
        let running = view.replicas.desired;
        let decision = request_jobs(
            &self.job,
            &JobView {
                triggers: &triggers,
                error,
                running,
                pending: running.saturating_sub(under_way),
            },
        );
        let desired = running.saturating_add(decision.jobs);
        (PodScalingDecision::new(desired, decision.reason), None)
    }

    fn watches_pods(&self) -> bool {
        true
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Ends]
    }

    fn initial_replicas(&self, _: u32) -> u32 {
        0
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(self.clone())
    }
}

impl<'de> Deserialize<'de> for KedaJob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let job = ScaledJob::deserialize(deserializer)?;
        Self::new(job).map_err(|problems| serde::de::Error::custom(problems.join("; ")))
    }
}

impl JsonSchema for KedaJob {
    fn schema_name() -> Cow<'static, str> {
        ScaledJob::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ScaledJob::json_schema(generator)
    }
}

impl Parameters for KedaJob {
    /// Unlike by [`Deserialize`], each problem is told for itself.
    fn read(value: Value) -> Result<Self, Vec<String>> {
        let job = serde_json::from_value::<ScaledJob>(value).map_err(|error| vec![error.to_string()])?;
        Self::new(job)
    }
}
