//! Keeping a bounded part of an unbounded stream that still shows the whole.
//!
//! Knows how to merge neighbours and pick evenly. Must not know what is drawn.

use super::format;
use crate::sim::rows::{ClusterSample, WorkloadSample};

/// Some of many, evenly picked.
#[derive(Clone, Debug, PartialEq)]
pub struct Excerpt<T> {
    /// Those kept.
    pub kept: Vec<T>,
    /// How many there were.
    pub total: u64,
}

impl<T> Default for Excerpt<T> {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            total: 0,
        }
    }
}

impl<T> Excerpt<T> {
    /// `Showing 2,000 of 31,415 pods, evenly picked; all are in pods.csv.`, or `None` if all are shown.
    #[must_use]
    pub fn note(&self, shown: usize, what: &str, file: &str) -> Option<String> {
        let shown = shown as u64;
        (shown < self.total).then(|| {
            let (shown, total) = (format::count(shown), format::count(self.total));
            format!("Showing {shown} of {total} {what}, evenly picked; all are in {file}.")
        })
    }
}

/// A sample that can take in the next one: means stay means, peaks stay peaks, latencies become the worst of both, and
/// what has been paid is as at the end.
pub trait Merge: Clone {
    /// Takes in `later`; the weights are how many samples each stands for.
    fn merge(&mut self, weight: f64, later: &Self, later_weight: f64);
}

impl Merge for WorkloadSample {
    fn merge(&mut self, weight: f64, later: &Self, later_weight: f64) {
        let mean = |a: f64, b: f64| (a * weight + b * later_weight) / (weight + later_weight);
        let worst = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::max);
        *self = Self {
            time_s: later.time_s,
            workload: std::mem::take(&mut self.workload),
            arrivals_per_s: mean(self.arrivals_per_s, later.arrivals_per_s),
            completions_per_s: mean(self.completions_per_s, later.completions_per_s),
            failures_per_s: mean(self.failures_per_s, later.failures_per_s),
            queued_mean: mean(self.queued_mean, later.queued_mean),
            in_service_mean: mean(self.in_service_mean, later.in_service_mean),
            replicas_desired_mean: mean(self.replicas_desired_mean, later.replicas_desired_mean),
            replicas_desired_max: self.replicas_desired_max.max(later.replicas_desired_max),
            replicas_ready_mean: mean(self.replicas_ready_mean, later.replicas_ready_mean),
            replicas_ready_min: self.replicas_ready_min.min(later.replicas_ready_min),
            replicas_ready_max: self.replicas_ready_max.max(later.replicas_ready_max),
            replicas_starting_mean: mean(self.replicas_starting_mean, later.replicas_starting_mean),
            replicas_starting_max: self.replicas_starting_max.max(later.replicas_starting_max),
            replicas_pending_mean: mean(self.replicas_pending_mean, later.replicas_pending_mean),
            replicas_pending_max: self.replicas_pending_max.max(later.replicas_pending_max),
            utilization: mean_of_both(self.utilization, later.utilization, mean),
            latency_p50_s: worst(self.latency_p50_s, later.latency_p50_s),
            latency_p95_s: worst(self.latency_p95_s, later.latency_p95_s),
            latency_p99_s: worst(self.latency_p99_s, later.latency_p99_s),
        };
    }
}

/// The mean of two values, or the one there is.
fn mean_of_both(a: Option<f64>, b: Option<f64>, mean: impl Fn(f64, f64) -> f64) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(mean(a, b)),
        (a, b) => a.or(b),
    }
}

impl Merge for ClusterSample {
    fn merge(&mut self, weight: f64, later: &Self, later_weight: f64) {
        let mean = |a: f64, b: f64| (a * weight + b * later_weight) / (weight + later_weight);
        *self = Self {
            time_s: later.time_s,
            nodes_mean: mean(self.nodes_mean, later.nodes_mean),
            nodes_max: self.nodes_max.max(later.nodes_max),
            nodes_ready_mean: mean(self.nodes_ready_mean, later.nodes_ready_mean),
            nodes_ready_max: self.nodes_ready_max.max(later.nodes_ready_max),
            nodes_booting_mean: mean(self.nodes_booting_mean, later.nodes_booting_mean),
            nodes_booting_max: self.nodes_booting_max.max(later.nodes_booting_max),
            nodes_draining_mean: mean(self.nodes_draining_mean, later.nodes_draining_mean),
            nodes_draining_max: self.nodes_draining_max.max(later.nodes_draining_max),
            pods_pending_mean: mean(self.pods_pending_mean, later.pods_pending_mean),
            pods_pending_max: self.pods_pending_max.max(later.pods_pending_max),
            pods_bound_mean: mean(self.pods_bound_mean, later.pods_bound_mean),
            pods_bound_max: self.pods_bound_max.max(later.pods_bound_max),
            cpu_reserved_mean: mean(self.cpu_reserved_mean, later.cpu_reserved_mean),
            memory_reserved_mean: mean(self.memory_reserved_mean, later.memory_reserved_mean),
            gpu_reserved_mean: mean_of_both(self.gpu_reserved_mean, later.gpu_reserved_mean, mean),
            gpu_fragmented: mean_of_both(self.gpu_fragmented, later.gpu_fragmented, mean),
            cost_usd_per_hour_mean: mean(self.cost_usd_per_hour_mean, later.cost_usd_per_hour_mean),
            cost_usd: later.cost_usd,
        };
    }
}

/// At most `limit` points of the same samples, neighbours merged.
#[must_use]
pub fn thin<T: Merge>(points: &[T], limit: usize) -> Vec<T> {
    let size = points.len().div_ceil(limit.max(1)).max(1);
    let merge = |chunk: &[T]| {
        let (first, rest) = chunk.split_first()?;
        let mut merged = first.clone();
        for (i, later) in rest.iter().enumerate() {
            merged.merge((i + 1) as f64, later, 1.0);
        }
        Some(merged)
    };
    points.chunks(size).filter_map(merge).collect()
}

/// A series of at most `limit` points: when it is full, neighbours are merged in pairs.
#[derive(Clone, Debug)]
pub(super) struct Points<T> {
    limit: usize,
    // How many samples a whole point stands for.
    pub(super) stride: u64,
    whole: Vec<T>,
    open: Option<(T, u64)>,
}

impl<T: Merge> Points<T> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(2),
            stride: 1,
            whole: Vec::new(),
            open: None,
        }
    }

    pub(super) fn push(&mut self, sample: T) {
        let (point, weight) = match self.open.take() {
            Some((mut open, weight)) => {
                open.merge(weight as f64, &sample, 1.0);
                (open, weight + 1)
            }
            None => (sample, 1),
        };
        if weight < self.stride {
            self.open = Some((point, weight));
            return;
        }
        self.whole.push(point);
        if self.whole.len() >= self.limit {
            if self.whole.len() % 2 == 1 {
                self.open = self.whole.pop().map(|last| (last, self.stride));
            }
            self.whole = self
                .whole
                .chunks(2)
                .filter_map(|pair| thin(pair, 1).pop())
                .collect();
            self.stride *= 2;
        }
    }

    pub(super) fn finish(mut self) -> Vec<T> {
        self.whole.extend(self.open.take().map(|(open, _)| open));
        self.whole
    }
}

/// Every item until `limit`, then every second, every fourth …: evenly spread over all, whatever their number.
#[derive(Clone, Debug)]
pub(super) struct Sampler<T> {
    limit: usize,
    stride: u64,
    total: u64,
    kept: Vec<T>,
}

impl<T> Sampler<T> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            stride: 1,
            total: 0,
            kept: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, item: T) {
        if self.total.is_multiple_of(self.stride) {
            if self.kept.len() == self.limit {
                let mut place = 0u64;
                self.kept.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
                self.stride *= 2;
            }
            if self.total.is_multiple_of(self.stride) {
                self.kept.push(item);
            }
        }
        self.total += 1;
    }

    pub(super) fn excerpt(self) -> Excerpt<T> {
        Excerpt {
            kept: self.kept,
            total: self.total,
        }
    }
}
