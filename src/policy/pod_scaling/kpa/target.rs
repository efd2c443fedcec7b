//! How much of the metric a pod is meant to take.
//!
//! Knows: the annotations and defaults that set it. Must not know: how much there is.
//! Source: `pkg/reconciler/autoscaling/resources/target.go`, `ResolveMetricTarget`.

use super::{KpaMetric, KpaSettings};

/// The smallest target there is (`autoscaling.TargetMin`).
pub const TARGET_MIN: f64 = 0.01;

/// A pod's share of the metric: requests in flight, or requests per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// What scaling aims at: `total` times the target utilisation, at least [`TARGET_MIN`].
    pub target: f64,
    /// What a pod can take.
    pub total: f64,
}

impl Target {
    /// From the settings and the container's concurrency limit, 0 for none.
    #[must_use]
    pub fn resolve(settings: &KpaSettings, container_concurrency: u32) -> Self {
        let (default, utilization) = match settings.metric {
            KpaMetric::Rps => (
                settings.requests_per_second_target_default,
                super::settings::RPS_TARGET_UTILIZATION,
            ),
            KpaMetric::Concurrency if container_concurrency == 0 => (
                settings.container_concurrency_target_default,
                settings.concurrency_target_fraction(),
            ),
            KpaMetric::Concurrency => (
                container_concurrency.into(),
                settings.concurrency_target_fraction(),
            ),
        };
        let total = match settings.target {
            Some(target) if settings.metric == KpaMetric::Concurrency && container_concurrency > 0 => {
                target.min(container_concurrency.into())
            }
            Some(target) => target,
            None => default,
        };
        let utilization = settings
            .target_utilization_percentage
            .map_or(utilization, |percentage| percentage / 100.0);
        Self {
            target: TARGET_MIN.max(total * utilization),
            total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KpaMetric, KpaSettings};
    use super::Target;

    fn resolved(settings: &KpaSettings, concurrency: u32) -> (f64, f64) {
        let Target { target, total } = Target::resolve(settings, concurrency);
        (target, total)
    }

    #[test]
    fn an_annotation_replaces_the_default_but_not_the_containers_limit() {
        let defaults = KpaSettings::default();
        assert_eq!(resolved(&defaults, 0), (70.0, 100.0));
        assert_eq!(resolved(&defaults, 10), (7.0, 10.0));
        let annotated = KpaSettings {
            target: Some(40.0),
            target_utilization_percentage: Some(50.0),
            ..defaults
        };
        assert_eq!(resolved(&annotated, 0), (20.0, 40.0));
        assert_eq!(resolved(&annotated, 10), (5.0, 10.0), "the limit is smaller");
        assert_eq!(resolved(&annotated, 80), (20.0, 40.0));
        let rps = KpaSettings {
            metric: KpaMetric::Rps,
            ..KpaSettings::default()
        };
        assert_eq!(resolved(&rps, 10), (140.0, 200.0));
    }
}
