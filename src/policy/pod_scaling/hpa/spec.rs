//! The spec of a HorizontalPodAutoscaler, `autoscaling/v2`, as `kubectl` prints it, and the settings of the controller
//! that reconciles it.
//!
//! Knows: fields, units, defaults (`pkg/apis/autoscaling/v2/defaults.go`). Must not know: how a replica count follows.

use super::behavior_spec::Behavior;
use super::metric_spec::MetricSpec;
use super::tolerance::ToleranceRule;
use crate::model::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kubernetes' HorizontalPodAutoscaler: an `autoscaling/v2` spec, and the settings of the controller.
///
/// An absent `behavior` is not the same as an empty one: without it, at most twice the replicas (or four) at a time,
/// and the greatest recommendation of the last five minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HpaSpec {
    /// Accepted, so that a spec can be pasted; what is scaled is the workload under whose name this stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_target_ref: Option<ObjectReference>,
    /// Fewest replicas. 0 needs an Object or External metric, as in Kubernetes.
    #[serde(default = "one")]
    #[schemars(range(max = 1_000_000))]
    pub min_replicas: u32,
    /// Most replicas.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_replicas: u32,
    /// What is measured, and the target of each. The metric that asks for most replicas decides.
    #[serde(default = "cpu_at_80_percent")]
    pub metrics: Vec<MetricSpec>,
    /// How fast and how soon the number of replicas may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behavior: Option<Behavior>,
    /// Settings of kube-controller-manager; not part of the spec.
    #[serde(default)]
    pub controller: Controller,
}

const fn one() -> u32 {
    1
}

fn cpu_at_80_percent() -> Vec<MetricSpec> {
    vec![MetricSpec::utilization("cpu", 80)]
}

/// Names an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ObjectReference {
    /// Its API version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// Settings of kube-controller-manager that hold for every HorizontalPodAutoscaler
/// (`pkg/controller/podautoscaler/config/v1alpha1/defaults.go`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
#[schemars(rename = "HpaController")]
pub struct Controller {
    /// Time between two looks.
    pub sync_period: Duration,
    /// How long a recommendation holds off scale-in where the spec does not say.
    pub downscale_stabilization: Duration,
    /// How far, as a share of the target, a metric may be from it without effect, where the spec does not say.
    #[schemars(range(min = 0))]
    pub tolerance: f64,
    /// How long after a pod's start its CPU counts only once it is ready and was sampled as such.
    pub cpu_initialization_period: Duration,
    /// A pod that is not ready, and last changed that within this time of its start, was never ready.
    pub initial_readiness_delay: Duration,
    /// How a ratio is compared with the tolerance.
    pub tolerance_rule: ToleranceRule,
}

impl Default for Controller {
    fn default() -> Self {
        Self {
            sync_period: Duration::from_secs(15),
            downscale_stabilization: Duration::from_secs(300),
            tolerance: 0.1,
            cpu_initialization_period: Duration::from_secs(300),
            initial_readiness_delay: Duration::from_secs(30),
            tolerance_rule: ToleranceRule::default(),
        }
    }
}

impl HpaSpec {
    /// What is wrong beside the metrics, one sentence each.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut refuse = |wrong: bool, problem: String| {
            if wrong {
                problems.push(problem);
            }
        };
        let (min, max) = (self.min_replicas, self.max_replicas);
        refuse(max == 0, "maxReplicas must be above zero".to_owned());
        refuse(min > max, format!("minReplicas {min} is above maxReplicas {max}"));
        let most = i32::MAX as u32;
        refuse(max > most, format!("maxReplicas must be at most {most}"));
        refuse(
            self.controller.sync_period.span().is_zero(),
            "controller.syncPeriod must be longer than 0s".to_owned(),
        );
        let tolerance = self.controller.tolerance;
        refuse(
            !(tolerance.is_finite() && tolerance >= 0.0),
            format!("controller.tolerance must be 0 or more, not {tolerance}"),
        );
        if let Some(behavior) = &self.behavior {
            problems.extend(behavior.problems());
        }
        problems
    }
}
