//! Flags of the recommender and of the updater, under their own names.
//!
//! Knows: names, defaults and sensible ranges. Must not know: what they lead to.
//! Sources: `recommender/config/config.go`, `recommender/model/aggregations_config.go`, `updater/config/config.go`.

use crate::engine::Span;
use crate::model::units::{ByteQuantity, CpuQuantity, Duration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Flags of `vpa-recommender`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct RecommenderFlags {
    /// Time between two recommendations.
    pub recommender_interval: Duration,
    /// Share of usage added as a safety margin.
    #[schemars(range(min = 0))]
    pub recommendation_margin_fraction: f64,
    /// Least CPU of a pod, thousandths; shared evenly by its containers.
    #[schemars(range(min = 0))]
    pub pod_recommendation_min_cpu_millicores: f64,
    /// Least memory of a pod, MiB; shared evenly by its containers.
    #[schemars(range(min = 0))]
    pub pod_recommendation_min_memory_mb: f64,
    /// Percentile of CPU samples for the target.
    #[schemars(range(min = 0, max = 1))]
    pub target_cpu_percentile: f64,
    /// Percentile of CPU samples for the lower bound.
    #[schemars(range(min = 0, max = 1))]
    pub recommendation_lower_bound_cpu_percentile: f64,
    /// Percentile of CPU samples for the upper bound.
    #[schemars(range(min = 0, max = 1))]
    pub recommendation_upper_bound_cpu_percentile: f64,
    /// The length of history after which the upper bound of CPU is only doubled.
    pub confidence_interval_cpu: Duration,
    /// Percentile of memory peaks for the target.
    #[schemars(range(min = 0, max = 1))]
    pub target_memory_percentile: f64,
    /// Percentile of memory peaks for the lower bound.
    #[schemars(range(min = 0, max = 1))]
    pub recommendation_lower_bound_memory_percentile: f64,
    /// Percentile of memory peaks for the upper bound.
    #[schemars(range(min = 0, max = 1))]
    pub recommendation_upper_bound_memory_percentile: f64,
    /// The length of history after which the upper bound of memory is only doubled.
    pub confidence_interval_memory: Duration,
    /// CPU is rounded up to a multiple of this, thousandths.
    #[schemars(range(min = 1))]
    pub round_cpu_millicores: u64,
    /// Memory is rounded up to a multiple of this, bytes.
    #[schemars(range(min = 1))]
    pub round_memory_bytes: u64,
    /// One memory peak is kept for each container and interval of this length.
    pub memory_aggregation_interval: Duration,
    /// A container's history is forgotten after this many intervals without a sample.
    #[schemars(range(min = 1))]
    pub memory_aggregation_interval_count: u64,
    /// A memory peak counts half as much after this time.
    pub memory_histogram_decay_half_life: Duration,
    /// A CPU sample counts half as much after this time.
    pub cpu_histogram_decay_half_life: Duration,
    /// After a kill for memory, at least this many times what was used is assumed.
    #[schemars(range(min = 1))]
    pub oom_bump_up_ratio: f64,
    /// After a kill for memory, at least this many bytes more are assumed.
    pub oom_min_bump_up_bytes: u64,
    /// Most CPU for a container whose policy names no `maxAllowed`; not given: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_recommendation_max_allowed_cpu: Option<CpuQuantity>,
    /// Most memory for a container whose policy names no `maxAllowed`; not given: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_recommendation_max_allowed_memory: Option<ByteQuantity>,
}

const DAY: Duration = Duration::from_secs(86_400);

impl Default for RecommenderFlags {
    fn default() -> Self {
        Self {
            recommender_interval: Duration::from_secs(60),
            recommendation_margin_fraction: 0.15,
            pod_recommendation_min_cpu_millicores: 25.0,
            pod_recommendation_min_memory_mb: 250.0,
            target_cpu_percentile: 0.9,
            recommendation_lower_bound_cpu_percentile: 0.5,
            recommendation_upper_bound_cpu_percentile: 0.95,
            confidence_interval_cpu: DAY,
            target_memory_percentile: 0.9,
            recommendation_lower_bound_memory_percentile: 0.5,
            recommendation_upper_bound_memory_percentile: 0.95,
            confidence_interval_memory: DAY,
            round_cpu_millicores: 1,
            round_memory_bytes: 1,
            memory_aggregation_interval: DAY,
            memory_aggregation_interval_count: 8,
            memory_histogram_decay_half_life: DAY,
            cpu_histogram_decay_half_life: DAY,
            oom_bump_up_ratio: 1.2,
            oom_min_bump_up_bytes: 100 * 1024 * 1024,
            container_recommendation_max_allowed_cpu: None,
            container_recommendation_max_allowed_memory: None,
        }
    }
}

/// Flags of `vpa-updater`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct UpdaterFlags {
    /// Time between two looks.
    pub updater_interval: Duration,
    /// Pods of workloads with fewer than this are left alone.
    #[schemars(range(min = 1))]
    pub min_replicas: u32,
    /// Share of the replicas that may be down at a time; one may be where the share is less than one.
    #[schemars(range(min = 0, max = 1))]
    pub eviction_tolerance: f64,
    /// A request within its bounds must differ from the target by this share (CPU and memory added) to be changed.
    #[schemars(range(min = 0))]
    pub pod_update_threshold: f64,
    /// Requests within their bounds change only once the pod is this old.
    pub in_recommendation_bounds_eviction_lifetime_threshold: Duration,
    /// A kill for memory within this time of a container's start lets the pod be changed at once.
    pub evict_after_oom_threshold: Duration,
    /// Whether resizes where the pod runs pass by `min-replicas` and `eviction-tolerance`.
    pub in_place_skip_disruption_budget: bool,
}

impl Default for UpdaterFlags {
    fn default() -> Self {
        Self {
            updater_interval: Duration::from_secs(60),
            min_replicas: 2,
            eviction_tolerance: 0.5,
            pod_update_threshold: 0.1,
            in_recommendation_bounds_eviction_lifetime_threshold: Duration::from_secs(12 * 3600),
            evict_after_oom_threshold: Duration::from_secs(600),
            in_place_skip_disruption_budget: false,
        }
    }
}

impl RecommenderFlags {
    /// How long without a sample until a container's history is forgotten.
    #[must_use]
    pub(super) fn memory_window(&self) -> Span {
        let interval = self.memory_aggregation_interval.span().nanos();
        Span::from_nanos(interval.saturating_mul(self.memory_aggregation_interval_count))
    }

    /// What is wrong with the flags, one sentence each.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = vec![];
        for (name, span) in [
            ("recommender-interval", self.recommender_interval),
            ("confidence-interval-cpu", self.confidence_interval_cpu),
            ("confidence-interval-memory", self.confidence_interval_memory),
            ("memory-aggregation-interval", self.memory_aggregation_interval),
            (
                "memory-histogram-decay-half-life",
                self.memory_histogram_decay_half_life,
            ),
            (
                "cpu-histogram-decay-half-life",
                self.cpu_histogram_decay_half_life,
            ),
        ] {
            if span.span().is_zero() {
                problems.push(format!("`{name}` must be longer than 0s"));
            }
        }
        for (name, share) in [
            ("target-cpu-percentile", self.target_cpu_percentile),
            (
                "recommendation-lower-bound-cpu-percentile",
                self.recommendation_lower_bound_cpu_percentile,
            ),
            (
                "recommendation-upper-bound-cpu-percentile",
                self.recommendation_upper_bound_cpu_percentile,
            ),
            ("target-memory-percentile", self.target_memory_percentile),
            (
                "recommendation-lower-bound-memory-percentile",
                self.recommendation_lower_bound_memory_percentile,
            ),
            (
                "recommendation-upper-bound-memory-percentile",
                self.recommendation_upper_bound_memory_percentile,
            ),
        ] {
            if !(0.0..=1.0).contains(&share) {
                problems.push(format!("`{name}` is {share}: expected 0 to 1"));
            }
        }
        problems
    }
}

impl UpdaterFlags {
    /// What is wrong with the flags, one sentence each.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = vec![];
        if self.updater_interval.span().is_zero() {
            problems.push("`updater-interval` must be longer than 0s".to_owned());
        }
        if !(0.0..=1.0).contains(&self.eviction_tolerance) {
            problems.push(format!(
                "`eviction-tolerance` is {}: expected 0 to 1",
                self.eviction_tolerance
            ));
        }
        problems
    }
}
