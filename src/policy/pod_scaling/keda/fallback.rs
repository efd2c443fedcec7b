//! Fallback: what the HPA is told when a trigger's source fails.
//!
//! Knows: consecutive failures per metric and the replicas to pretend. Must not know: why a source failed.
//! Source: `pkg/fallback/fallback.go`, `GetMetricsWithFallback`.

use super::{MetricTarget, ScalingModifiers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which number of replicas to pretend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FallbackBehavior {
    /// `replicas`.
    #[default]
    Static,
    /// As many as there are.
    CurrentReplicas,
    /// As many as there are, if that is more than `replicas`.
    CurrentReplicasIfHigher,
    /// As many as there are, if that is fewer than `replicas`.
    CurrentReplicasIfLower,
    /// The formula decides: the failed trigger is nil to it.
    ScalingModifiers,
}

/// `fallback`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Fallback {
    /// Fallback acts when more consecutive reads than this have failed.
    pub failure_threshold: u32,
    /// Replicas to pretend.
    pub replicas: u32,
    /// How they are meant.
    #[serde(default)]
    pub behavior: FallbackBehavior,
}

/// What was read, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The fallback of the ScaledObject.
    pub fallback: Option<&'a Fallback>,
    /// Its scaling modifiers, if it uses any.
    pub modifiers: Option<&'a ScalingModifiers>,
    /// The metric's target.
    pub target: MetricTarget,
    /// Replicas of the workload as asked for.
    pub current: u32,
    /// Its pods that run and are ready.
    pub ready: u32,
}

/// What the HPA gets, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricRead {
    /// The source's own value.
    Value(i64),
    /// A value that brings about the fallback's replicas.
    Fallback(i64),
    /// Nothing: the formula sees nil. Stands for -1, the placeholder that KEDA passes on.
    Nil,
    /// An error; the HPA holds.
    Error,
}

impl MetricRead {
    /// The value handed on, in thousandths; `None` for an error.
    #[must_use]
    pub const fn milli(self) -> Option<i64> {
        match self {
            Self::Value(milli) | Self::Fallback(milli) => Some(milli),
            Self::Nil => Some(-1000),
            Self::Error => None,
        }
    }
}

/// How often a metric's source has failed in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MetricHealth {
    failures: u32,
}

impl MetricHealth {
    /// Takes a read of the source (`None`: it failed) and says what the HPA gets.
    pub fn read(&mut self, value_milli: Option<i64>, source: &Source) -> MetricRead {
        // Health is kept only where a fallback could act.
        let fallback = source.valid_fallback();
        if let Some(milli) = value_milli {
            if fallback.is_some() {
                self.failures = 0;
            }
            return MetricRead::Value(milli);
        }
        let Some(fallback) = fallback else {
            return MetricRead::Error;
        };
        self.failures = self.failures.saturating_add(1);
        if !self.is_over(fallback) {
            return MetricRead::Error;
        }
        if fallback.behavior == FallbackBehavior::ScalingModifiers {
            return MetricRead::Nil;
        }
        source
            .pretended(fallback)
            .map_or(MetricRead::Error, MetricRead::Fallback)
    }

    /// How often it has failed in a row, as far as that is counted.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether the source has failed more often than the fallback bears: its condition `Fallback`.
    #[must_use]
    pub const fn is_over(&self, fallback: &Fallback) -> bool {
        self.failures > fallback.failure_threshold
    }
}

impl Source<'_> {
    /// The fallback, if there is one that can act (`HasValidFallback`).
    #[must_use]
    pub fn valid_fallback(&self) -> Option<&Fallback> {
        let whole = self
            .modifiers
            .is_none_or(|modifiers| modifiers.whole_target().is_some());
        self.fallback.filter(|_| whole)
    }

    /// The metric that makes the HPA want the fallback's replicas; `None` if none can.
    fn pretended(&self, fallback: &Fallback) -> Option<i64> {
        let (own, current) = (fallback.replicas, self.current);
        let replicas = match fallback.behavior {
            FallbackBehavior::CurrentReplicas => current,
            FallbackBehavior::CurrentReplicasIfHigher => own.max(current),
            FallbackBehavior::CurrentReplicasIfLower => own.min(current),
            FallbackBehavior::Static | FallbackBehavior::ScalingModifiers => own,
        };
        let mut replicas = f64::from(replicas);
        let (per_pod, target) = match (self.modifiers, self.target) {
            (Some(modifiers), _) => (
                modifiers.metric_type != Some(super::MetricType::Value),
                modifiers.target_value()?,
            ),
            (None, MetricTarget::AverageValue(milli)) => (true, units(milli)),
            (None, MetricTarget::Value(milli)) => (false, units(milli)),
            (None, MetricTarget::Utilization(_)) => return None,
        };
        if !per_pod {
            // The HPA multiplies a value's ratio by the ready pods.
            if self.ready == 0 {
                return None;
            }
            replicas /= f64::from(self.ready);
        }
        Some((target * 1000.0 * replicas) as i64)
    }
}

/// A quantity in thousandths as Kubernetes approximates it (`AsApproximateFloat64`).
fn units(milli: i64) -> f64 {
    milli as f64 * 1e-3
}

#[cfg(test)]
mod tests {
    use super::{Fallback, FallbackBehavior, MetricHealth, MetricRead, Source};
    use crate::policy::pod_scaling::keda::MetricTarget;

    /// A target of type Value with no ready pod has nothing to multiply: an error, although failures are over.
    #[test]
    fn without_ready_pods_a_value_target_cannot_fall_back() {
        let fallback = Fallback {
            failure_threshold: 0,
            replicas: 4,
            behavior: FallbackBehavior::CurrentReplicasIfHigher,
        };
        let source = |ready| Source {
            fallback: Some(&fallback),
            modifiers: None,
            target: MetricTarget::Value(2500),
            current: 6,
            ready,
        };
        let mut health = MetricHealth::default();
        assert_eq!(health.read(None, &source(0)), MetricRead::Error);
        assert!(health.is_over(&fallback));
        assert_eq!(health.read(None, &source(3)), MetricRead::Fallback(5000));
        assert_eq!(health.read(Some(7), &source(3)), MetricRead::Value(7));
        assert!(!health.is_over(&fallback));
    }
}
