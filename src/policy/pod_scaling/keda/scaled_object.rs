//! A ScaledObject's spec, in its own words.
//!
//! Knows: field names, defaults and units, all KEDA's. Must not know: what they lead to.
//! Source: `apis/keda/v1alpha1/scaledobject_types.go`; defaults `pkg/scaling/executor/scale_executor.go`.

use super::{Annotations, Fallback, ScaleTrigger, ScalingModifiers, validate};
use crate::engine::Span;
use crate::policy::parameters::Parameters;
use crate::policy::pod_scaling::hpa::Behavior;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `keda.sh/v1alpha1` ScaledObject: its spec, and the annotations that KEDA reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ScaledObject {
    /// Annotations of the object.
    pub annotations: Annotations,
    /// What is scaled.
    pub scale_target_ref: Option<ScaleTargetRef>,
    /// Seconds between two rounds of the operator; 30 if not given. It does not govern the HPA.
    #[schemars(range(min = 1))]
    pub polling_interval: Option<u32>,
    /// Seconds without an active trigger before the jump to zero or idle; 300 if not given.
    pub cooldown_period: Option<u32>,
    /// Seconds after creation in which an object that was never active is left alone; 0 if not given.
    pub initial_cooldown_period: Option<u32>,
    /// Replicas without an active trigger, fewer than `minReplicaCount`; if not given, `minReplicaCount`.
    pub idle_replica_count: Option<u32>,
    /// Fewest replicas; 0 if not given.
    pub min_replica_count: Option<u32>,
    /// Most replicas; 100 if not given.
    pub max_replica_count: Option<u32>,
    /// What the HPA is told when a source fails.
    pub fallback: Option<Fallback>,
    /// The made HPA, and the formula.
    pub advanced: Option<Advanced>,
    /// What is scaled on.
    #[schemars(length(min = 1))]
    pub triggers: Vec<ScaleTrigger>,
}

/// `scaleTargetRef`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ScaleTargetRef {
    /// Name of the workload.
    pub name: String,
    /// `apps/v1` if not given.
    pub api_version: Option<String>,
    /// `Deployment` if not given.
    pub kind: Option<String>,
    /// Container whose environment triggers may refer to.
    pub env_source_container_name: Option<String>,
}

/// `advanced`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Advanced {
    /// Settings of the made HPA.
    pub horizontal_pod_autoscaler_config: Option<HorizontalPodAutoscalerConfig>,
    /// Whether the replicas before KEDA come back when the object is deleted.
    pub restore_to_original_replica_count: bool,
    /// One formula over all triggers.
    pub scaling_modifiers: ScalingModifiers,
}

/// `advanced.horizontalPodAutoscalerConfig`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct HorizontalPodAutoscalerConfig {
    /// Passed on to the HPA.
    pub behavior: Option<Behavior>,
    /// Name of the made HPA; `keda-hpa-` and the object's if not given.
    pub name: Option<String>,
}

impl ScaledObject {
    /// Fewest replicas.
    #[must_use]
    pub fn min_replicas(&self) -> u32 {
        self.min_replica_count.unwrap_or(0)
    }

    /// Most replicas.
    #[must_use]
    pub fn max_replicas(&self) -> u32 {
        self.max_replica_count.unwrap_or(100)
    }

    /// Time between two rounds of the operator.
    #[must_use]
    pub fn polling_interval(&self) -> Span {
        Span::from_secs(self.polling_interval.unwrap_or(30).into())
    }

    /// Time without an active trigger before the workload is put to sleep.
    #[must_use]
    pub fn cooldown(&self) -> Span {
        Span::from_secs(self.cooldown_period.unwrap_or(300).into())
    }

    /// The same for an object that was never active, from its creation.
    #[must_use]
    pub fn initial_cooldown(&self) -> Span {
        Span::from_secs(self.initial_cooldown_period.unwrap_or(0).into())
    }

    /// The scaling modifiers, if any are used.
    #[must_use]
    pub fn modifiers(&self) -> Option<&ScalingModifiers> {
        let modifiers = &self.advanced.as_ref()?.scaling_modifiers;
        modifiers.is_used().then_some(modifiers)
    }

    /// The behaviour passed on to the HPA.
    #[must_use]
    pub fn behavior(&self) -> Option<&Behavior> {
        let config = self
            .advanced
            .as_ref()?
            .horizontal_pod_autoscaler_config
            .as_ref()?;
        config.behavior.as_ref()
    }
}

impl Parameters for ScaledObject {
    /// Checks what KEDA's webhook and its scalers check.
    fn problems(&self) -> Vec<String> {
        validate::problems(self)
    }
}
