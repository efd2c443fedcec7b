//! The HPA as a pod-scaling policy.
//!
//! Knows: what must be right about a spec, and how a look goes from a scale subresource to a decision. Must not know:
//! the simulation.

use super::calculator::Calculator;
use super::metric::{Metric, Source, TotalTarget};
use super::metric_spec::MetricSpec;
use super::normalise::Range;
use super::observe::ObservedMetrics;
use super::pod_groups::Readiness;
use super::reasons::Told;
use super::reconcile::Reconciler;
use super::rules::Rules;
use super::source::{MetricsSource, Target};
use super::spec::HpaSpec;
use super::tolerance::Tolerances;
use crate::engine::{Stream, Time};
use crate::policy::parameters::Parameters;
use crate::policy::pod_scaling::{Need, PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;

/// Kubernetes' HorizontalPodAutoscaler: its spec, and what its controller remembers of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hpa {
    spec: HpaSpec,
    metrics: Vec<Metric>,
    rules: Rules,
    calculator: Calculator,
    reconciler: Reconciler,
}

impl Hpa {
    /// An HPA that nothing was decided about yet.
    ///
    /// # Errors
    /// Everything that is wrong with the spec, one sentence each.
    pub fn new(mut spec: HpaSpec) -> Result<Self, Vec<String>> {
        if spec.metrics.is_empty() {
            spec.metrics = vec![MetricSpec::utilization("cpu", 80)];
        }
        let mut problems = Vec::new();
        let mut metrics = Vec::new();
        for (index, metric) in spec.metrics.iter().enumerate() {
            match Metric::new(metric) {
                Ok(metric) => metrics.push(metric),
                Err(problem) => problems.push(format!("metrics[{index}]: {problem}")),
            }
        }
        problems.extend(spec.problems());
        if spec.min_replicas == 0 && problems.is_empty() && !metrics.iter().any(Metric::works_without_pods) {
            problems.push(
                "minReplicas 0 needs an Object or External metric: pods that are not there have none"
                    .to_owned(),
            );
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let controller = &spec.controller;
        Ok(Self {
            metrics,
            rules: Rules::new(spec.behavior.as_ref(), controller),
            calculator: Calculator {
                tolerances: Tolerances::new(&spec),
                readiness: Readiness {
                    cpu_initialization_period: controller.cpu_initialization_period.span(),
                    initial_readiness_delay: controller.initial_readiness_delay.span(),
                },
            },
            reconciler: Reconciler::default(),
            spec,
        })
    }

    /// The spec it was made from.
    #[must_use]
    pub const fn spec(&self) -> &HpaSpec {
        &self.spec
    }

    /// One look at `target`, with metrics from `source`.
    pub fn look(&mut self, target: &Target<'_>, source: &mut dyn MetricsSource) -> PodScalingDecision {
        let range = Range {
            min: self.spec.min_replicas as i32,
            max: self.spec.max_replicas as i32,
        };
        let mut computed = None;
        let (desired, branch) = self
            .reconciler
            .look(target.now, target.replicas, range, &self.rules, || {
                computed
                    .insert(self.calculator.compute(&self.metrics, target, source))
                    .replicas
            });
        let told = Told {
            metrics: &self.metrics,
            tolerances: &self.calculator.tolerances,
            rules: &self.rules,
            range,
            current: target.replicas,
        };
        PodScalingDecision::new(
            u32::try_from(desired).unwrap_or(0),
            told.reason(branch, computed.as_ref()),
        )
    }
}

impl PodScaler for Hpa {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Every(self.spec.controller.sync_period.span())
    }

    fn decide(&mut self, view: &PodScalingView<'_>, _: &mut Stream) -> (PodScalingDecision, Option<Time>) {
        let decision = self.look(&Target::of(view), &mut ObservedMetrics::new(view));
        (decision, None)
    }

    /// Targets per pod of a total need no pods.
    fn watches_pods(&self) -> bool {
        self.metrics.iter().any(|metric| match metric.source {
            Source::Resource { .. } | Source::Pods(..) => true,
            Source::Object { target, .. } | Source::External(_, target) => {
                matches!(target, TotalTarget::Value(_))
            }
        })
    }

    /// A pod that uses nothing would be a measured zero. A missing request is what the controller itself reports.
    fn needs(&self) -> Vec<Need> {
        let needs = self.metrics.iter().filter_map(|metric| match &metric.source {
            Source::Resource { resource, .. } => match resource.as_str() {
                "cpu" => Some(Need::CpuUsage),
                "memory" => Some(Need::MemoryUsage),
                _ => None,
            },
            Source::Pods(name, _) | Source::Object { metric: name, .. } | Source::External(name, _) => {
                (name == "utilization").then_some(Need::Slots)
            }
        });
        needs.collect()
    }

    fn absent_metrics(&self) -> Vec<String> {
        let known = |name: &str| ObservedMetrics::NAMES.contains(&name);
        let absent = self.metrics.iter().filter_map(|metric| match &metric.source {
            Source::Resource { resource, .. } => {
                (!["cpu", "memory"].contains(&resource.as_str())).then(|| resource.clone())
            }
            Source::Pods(name, _) | Source::Object { metric: name, .. } | Source::External(name, _) => {
                (!known(name)).then(|| name.clone())
            }
        });
        absent.collect()
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(self.clone())
    }
}

impl<'de> Deserialize<'de> for Hpa {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = HpaSpec::deserialize(deserializer)?;
        Self::new(spec).map_err(|problems| serde::de::Error::custom(problems.join("; ")))
    }
}

impl JsonSchema for Hpa {
    fn schema_name() -> Cow<'static, str> {
        HpaSpec::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        HpaSpec::json_schema(generator)
    }
}

impl Parameters for Hpa {
    /// Unlike by [`Deserialize`], each problem is told for itself.
    fn read(value: Value) -> Result<Self, Vec<String>> {
        let spec = serde_json::from_value::<HpaSpec>(value).map_err(|error| vec![error.to_string()])?;
        Self::new(spec)
    }
}
