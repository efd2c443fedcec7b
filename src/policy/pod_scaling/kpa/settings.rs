//! What users set: the keys of Knative's ConfigMap `config-autoscaler` and the annotations of a revision.
//!
//! Knows: names, defaults and limits, all Knative's. Must not know: what the settings lead to.
//! Sources: `pkg/autoscaler/config/config.go`, `pkg/apis/autoscaling/register.go`, and for `progress-deadline`
//! `pkg/deployment/config.go`. Where a ConfigMap key and an annotation mean the same, the ConfigMap's name is used.

use super::target::TARGET_MIN;
use super::{DeciderSpec, Gate, MetricWindows, Target};
use crate::engine::Span;
use crate::model::units::Duration;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Share of the target aimed at when scaling on requests per second; not configurable in Knative but by annotation.
pub(super) const RPS_TARGET_UTILIZATION: f64 = 0.7;

/// What is scaled on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KpaMetric {
    /// Requests in flight.
    #[default]
    Concurrency,
    /// Requests per second.
    Rps,
}

/// How seconds of the past are averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aggregation {
    /// All alike.
    #[default]
    Linear,
    /// Newer ones weigh more.
    WeightedExponential,
}

/// Scales a workload as Knative scales a revision, set in Knative's own words: the keys of its ConfigMap and the
/// annotations of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct KpaSettings {
    /// What is scaled on.
    pub metric: KpaMetric,
    /// How the windows average.
    pub metric_aggregation_algorithm: Aggregation,
    /// Target of the metric per pod, before utilisation. Not given: the container's concurrency limit, or the default.
    #[schemars(range(min = 0.01))]
    pub target: Option<f64>,
    /// Share of the target to aim at, percent. Not given: `container-concurrency-target-percentage`, or 70 for `rps`.
    #[schemars(range(min = 1, max = 100))]
    pub target_utilization_percentage: Option<f64>,
    /// Share of the concurrency target to aim at, percent; values up to 1 are a share of one.
    #[schemars(range(min = 0, max = 100))]
    pub container_concurrency_target_percentage: f64,
    /// Target concurrency of a pod without a concurrency limit.
    #[schemars(range(min = 0.01))]
    pub container_concurrency_target_default: f64,
    /// Target requests per second of a pod.
    #[schemars(range(min = 0.01))]
    pub requests_per_second_target_default: f64,
    /// Burst that must fit without queueing at the pods, requests in flight; -1: the activator always buffers, 0: only
    /// at zero pods.
    #[schemars(range(min = -1))]
    pub target_burst_capacity: f64,
    /// Requests in flight that one activator takes; decides how many activators there are, and nothing else.
    #[schemars(range(min = 1))]
    pub activator_capacity: f64,
    /// The stable window, 6 s to 1 h, whole seconds.
    pub stable_window: Duration,
    /// The panic window, percent of the stable window.
    #[schemars(range(min = 1, max = 100))]
    pub panic_window_percentage: f64,
    /// Panic when the panic window wants this many percent of the ready pods.
    #[schemars(range(min = 110, max = 1000))]
    pub panic_threshold_percentage: f64,
    /// The most that one decision may multiply the ready pods by; above 1.
    #[schemars(range(min = 1))]
    pub max_scale_up_rate: f64,
    /// The most that one decision may divide the ready pods by; above 1.
    #[schemars(range(min = 1))]
    pub max_scale_down_rate: f64,
    /// How long a smaller number must have been wanted before pods go, whole seconds.
    pub scale_down_delay: Duration,
    /// Whether the last pod may go.
    pub enable_scale_to_zero: bool,
    /// How long the activator must have been in the path before the last pod goes.
    pub scale_to_zero_grace_period: Duration,
    /// The least time the last pod stays after the revision became inactive.
    pub scale_to_zero_pod_retention_period: Duration,
    /// Pods of a new revision until they have been ready once.
    pub initial_scale: u32,
    /// Whether `initial-scale` may be 0.
    pub allow_zero_initial_scale: bool,
    /// The number of pods to start from zero with; below 2: no effect.
    pub activation_scale: u32,
    /// Fewest pods.
    pub min_scale: u32,
    /// Most pods; 0 for no limit.
    pub max_scale: u32,
    /// How long pods may take to become ready; a revision that fails goes to zero half a minute later.
    pub progress_deadline: Duration,
}

impl Default for KpaSettings {
    fn default() -> Self {
        Self {
            metric: KpaMetric::Concurrency,
            metric_aggregation_algorithm: Aggregation::Linear,
            target: None,
            target_utilization_percentage: None,
            container_concurrency_target_percentage: 70.0,
            container_concurrency_target_default: 100.0,
            requests_per_second_target_default: 200.0,
            target_burst_capacity: 211.0,
            activator_capacity: 100.0,
            stable_window: Duration::from_secs(60),
            panic_window_percentage: 10.0,
            panic_threshold_percentage: 200.0,
            max_scale_up_rate: 1000.0,
            max_scale_down_rate: 2.0,
            scale_down_delay: Duration::ZERO,
            enable_scale_to_zero: true,
            scale_to_zero_grace_period: Duration::from_secs(30),
            scale_to_zero_pod_retention_period: Duration::ZERO,
            initial_scale: 1,
            allow_zero_initial_scale: false,
            activation_scale: 0,
            min_scale: 0,
            max_scale: 0,
            progress_deadline: Duration::from_secs(600),
        }
    }
}

impl KpaSettings {
    /// Share of the concurrency target to aim at: Knative reads values up to 1 as a share, larger ones as percent.
    pub(super) fn concurrency_target_fraction(&self) -> f64 {
        let given = self.container_concurrency_target_percentage;
        if given > 1.0 { given / 100.0 } else { given }
    }

    /// The panic window: a share of the stable one, at least a bucket, in whole buckets
    /// (`resources/metric.go`, `MakeMetric`).
    #[must_use]
    pub fn panic_window(&self) -> Span {
        let share = self.stable_window.span().nanos() as f64 * self.panic_window_percentage / 100.0;
        let seconds = (share as u64).max(1_000_000_000).saturating_add(500_000_000) / 1_000_000_000;
        Span::from_secs(seconds)
    }

    /// Empty windows as these settings want them.
    #[must_use]
    pub fn windows(&self) -> MetricWindows {
        MetricWindows::new(
            self.metric_aggregation_algorithm,
            self.stable_window.span(),
            self.panic_window(),
        )
    }

    /// What the decider is told, for a container with this concurrency limit, 0 for none
    /// (`kpa/resources/decider.go`, `MakeDecider`).
    #[must_use]
    pub fn decider(&self, container_concurrency: u32) -> DeciderSpec {
        let Target { target, total } = Target::resolve(self, container_concurrency);
        DeciderSpec {
            target_value: target,
            total_value: total,
            max_scale_up_rate: self.max_scale_up_rate,
            max_scale_down_rate: self.max_scale_down_rate,
            target_burst_capacity: self.target_burst_capacity,
            panic_threshold: self.panic_threshold_percentage / 100.0,
            stable_window: self.stable_window.span(),
            scale_down_delay: self.scale_down_delay.span(),
            reachable: true,
            activation_scale: self.activation_scale,
        }
    }

    /// The gate to zero as these settings want it.
    #[must_use]
    pub fn gate(&self) -> Gate {
        Gate {
            enabled: self.enable_scale_to_zero,
            stable_window: self.stable_window.span(),
            grace: self.scale_to_zero_grace_period.span(),
            pod_retention: self.scale_to_zero_pod_retention_period.span(),
            progress_deadline: self.progress_deadline.span(),
            probes_activator: self.target_burst_capacity >= 0.0,
            reachable: true,
        }
    }
}

impl Parameters for KpaSettings {
    /// Everything that Knative would refuse (`config.go`, `validate`).
    fn problems(&self) -> Vec<String> {
        let whole = |duration: Duration| duration.span().nanos().is_multiple_of(1_000_000_000);
        let fraction = self.concurrency_target_fraction();
        let window = self.stable_window.span();
        let checks = [
            (
                !self.scale_to_zero_grace_period.span().is_zero(),
                "scale-to-zero-grace-period must be above 0s",
            ),
            (
                whole(self.scale_down_delay),
                "scale-down-delay must be whole seconds",
            ),
            (
                self.target_burst_capacity >= 0.0 || self.target_burst_capacity.total_cmp(&-1.0).is_eq(),
                "target-burst-capacity must be at least 0, or -1 for an activator that is always in the path",
            ),
            (
                fraction > 0.0 && fraction <= 1.0,
                "container-concurrency-target-percentage must be above 0 and at most 100",
            ),
            (
                fraction * self.container_concurrency_target_default >= TARGET_MIN,
                "container-concurrency-target-default times its percentage must be at least 0.01",
            ),
            (
                self.requests_per_second_target_default >= TARGET_MIN,
                "requests-per-second-target-default must be at least 0.01",
            ),
            (
                self.target.is_none_or(|target| target >= TARGET_MIN),
                "target must be at least 0.01",
            ),
            (
                self.activator_capacity >= 1.0,
                "activator-capacity must be at least 1",
            ),
            (self.max_scale_up_rate > 1.0, "max-scale-up-rate must be above 1"),
            (
                self.max_scale_down_rate > 1.0,
                "max-scale-down-rate must be above 1",
            ),
            (
                window >= Span::from_secs(6) && window <= Span::from_secs(3600) && whole(self.stable_window),
                "stable-window must be whole seconds from 6s to 1h",
            ),
            (
                (1.0..=100.0).contains(&self.panic_window_percentage),
                "panic-window-percentage must be from 1 to 100",
            ),
            (
                self.initial_scale > 0 || self.allow_zero_initial_scale,
                "initial-scale may be 0 only with allow-zero-initial-scale",
            ),
            (
                self.max_scale == 0 || self.min_scale <= self.max_scale,
                "min-scale is above max-scale",
            ),
        ];
        checks
            .into_iter()
            .filter(|&(holds, _)| !holds)
            .map(|(_, problem)| problem.to_owned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{KpaSettings, Parameters};
    use crate::engine::Span;

    #[test]
    fn knatives_own_words_are_read_and_its_limits_kept() {
        let text = r#"{"stable-window": "20s", "panic-window-percentage": 12, "target-burst-capacity": -1}"#;
        let settings: KpaSettings = serde_json::from_str(text).unwrap();
        assert_eq!(
            settings.panic_window(),
            Span::from_secs(2),
            "2.4 s in whole buckets"
        );
        assert!(!settings.gate().probes_activator);
        assert!(settings.prepare().is_ok());
        let wrong = KpaSettings {
            max_scale_up_rate: 1.0,
            initial_scale: 0,
            min_scale: 3,
            max_scale: 2,
            ..settings
        };
        assert_eq!(wrong.prepare().unwrap_err().len(), 3);
    }
}
