//! What the plots and the page need of a run's rows, in bounded memory.
//!
//! Knows rows and how to merge neighbours of them. Must not know how anything is drawn.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::format;
use crate::sim::rows::{ClusterSample, DecisionRow, NodeRow, PodRow, Sink, WorkloadSample};

/// How much a [`SeriesCollector`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Points of each workload's series and of the cluster's.
    pub points: usize,
    /// Decisions that scaled something or were refused.
    pub actions: usize,
    /// All other decisions: holds, bindings.
    pub others: usize,
    /// Pods.
    pub pods: usize,
    /// Nodes.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            points: 2000,
            actions: 1000,
            others: 500,
            pods: 2000,
            nodes: 2000,
        }
    }
}

/// A run as its plots and page see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// In the order the workloads first appeared.
    pub workloads: Vec<WorkloadSeries>,
    /// The fleet over time.
    pub cluster: Vec<ClusterSample>,
    /// How many samples one point of the longest series stands for.
    pub samples_per_point: u64,
    /// The log, in time order.
    pub decisions: Excerpt<DecisionEntry>,
    /// All decisions counted by question, policy, action and reason.
    pub tally: Vec<Tally>,
    /// Pods, by their creation.
    pub pods: Excerpt<PodEntry>,
    /// Nodes, by their launch.
    pub nodes: Excerpt<NodeEntry>,
}

/// One workload over time.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadSeries {
    /// Its name.
    pub name: String,
    /// Its samples; the name in them is left empty.
    pub points: Vec<WorkloadSample>,
}

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

/// A decision as `decisions.csv` holds it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields of `DecisionRow`, documented there")]
pub struct DecisionEntry {
    pub time_s: f64,
    pub last_time_s: f64,
    pub count: u64,
    pub question: String,
    pub policy: String,
    pub subject: String,
    pub action: String,
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub result: String,
    pub reason_code: String,
    pub reason: String,
}

impl From<DecisionRow> for DecisionEntry {
    fn from(row: DecisionRow) -> Self {
        Self {
            time_s: row.time_s,
            last_time_s: row.last_time_s,
            count: row.count,
            question: row.question.to_owned(),
            policy: row.policy,
            subject: row.subject,
            action: row.action.to_owned(),
            from: row.from,
            to: row.to,
            result: row.result,
            reason_code: row.reason_code.to_owned(),
            reason: row.reason,
        }
    }
}

/// How often a policy decided one thing for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields of `DecisionRow`, documented there")]
pub struct Tally {
    pub question: String,
    pub policy: String,
    pub action: String,
    pub reason_code: String,
    pub decisions: u64,
    pub refused: u64,
}

/// A pod's life, as far as it is drawn.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields of `PodRow`, documented there")]
pub struct PodEntry {
    pub pod: String,
    pub workload: String,
    pub node: String,
    pub created_s: f64,
    pub bound_s: Option<f64>,
    pub pulled_s: Option<f64>,
    pub ready_s: Option<f64>,
    pub terminating_s: Option<f64>,
    pub ended_s: Option<f64>,
    pub end: String,
    pub served: u64,
}

impl From<PodRow> for PodEntry {
    fn from(row: PodRow) -> Self {
        Self {
            pod: row.pod,
            workload: row.workload,
            node: row.node,
            created_s: row.created_s,
            bound_s: row.bound_s,
            pulled_s: row.pulled_s,
            ready_s: row.ready_s,
            terminating_s: row.terminating_s,
            ended_s: row.ended_s,
            end: row.end.to_owned(),
            served: row.served,
        }
    }
}

/// A node's life, as far as it is drawn.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields of `NodeRow`, documented there")]
pub struct NodeEntry {
    pub node: String,
    pub pool: String,
    pub zone: String,
    pub launched_s: f64,
    pub ready_s: Option<f64>,
    pub removed_s: Option<f64>,
    pub cost_usd: f64,
    pub pods: u64,
}

impl From<NodeRow> for NodeEntry {
    fn from(row: NodeRow) -> Self {
        Self {
            node: row.node,
            pool: row.pool,
            zone: row.zone,
            launched_s: row.launched_s,
            ready_s: row.ready_s,
            removed_s: row.removed_s,
            cost_usd: row.cost_usd,
            pods: row.pods,
        }
    }
}

/// Collects a [`Series`] while a run goes; its memory does not grow with the run's length.
#[derive(Clone, Debug)]
pub struct SeriesCollector {
    limits: Limits,
    workloads: Vec<(String, Points<WorkloadSample>)>,
    index: BTreeMap<String, usize>,
    cluster: Points<ClusterSample>,
    actions: Sampler<DecisionEntry>,
    others: Sampler<DecisionEntry>,
    tally: BTreeMap<[String; 4], (u64, u64)>,
    pods: Sampler<PodEntry>,
    nodes: Sampler<NodeEntry>,
}

impl Default for SeriesCollector {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl SeriesCollector {
    /// An empty one.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            workloads: Vec::new(),
            index: BTreeMap::new(),
            cluster: Points::new(limits.points),
            actions: Sampler::new(limits.actions),
            others: Sampler::new(limits.others),
            tally: BTreeMap::new(),
            pods: Sampler::new(limits.pods),
            nodes: Sampler::new(limits.nodes),
        }
    }

    /// What was collected.
    #[must_use]
    pub fn finish(self) -> Series {
        let strides = self
            .workloads
            .iter()
            .map(|(_, points)| points.stride)
            .chain([self.cluster.stride]);
        let samples_per_point = strides.max().unwrap_or(1);
        let (actions, others) = (self.actions.excerpt(), self.others.excerpt());
        let mut decisions = Excerpt {
            kept: actions.kept,
            total: actions.total + others.total,
        };
        decisions.kept.extend(others.kept);
        decisions.kept.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
        let (mut pods, mut nodes) = (self.pods.excerpt(), self.nodes.excerpt());
        pods.kept.sort_by(|a, b| a.created_s.total_cmp(&b.created_s));
        nodes.kept.sort_by(|a, b| a.launched_s.total_cmp(&b.launched_s));
        let tally = self.tally.into_iter().map(
            |([question, policy, action, reason_code], (decisions, refused))| Tally {
                question,
                policy,
                action,
                reason_code,
                decisions,
                refused,
            },
        );
        let workloads = self.workloads.into_iter();
        Series {
            workloads: workloads
                .map(|(name, points)| WorkloadSeries {
                    name,
                    points: points.finish(),
                })
                .collect(),
            cluster: self.cluster.finish(),
            samples_per_point,
            decisions,
            tally: tally.collect(),
            pods,
            nodes,
        }
    }

    pub(super) fn add_decision(&mut self, entry: DecisionEntry) {
        let refused = entry.result != "done";
        let key = [&entry.question, &entry.policy, &entry.action, &entry.reason_code].map(String::clone);
        let counts = self.tally.entry(key).or_default();
        counts.0 += entry.count;
        counts.1 += if refused { entry.count } else { 0 };
        match entry.action.as_str() {
            "scale" | "launch" | "remove" => self.actions.push(entry),
            _ => self.others.push(entry),
        }
    }

    pub(super) fn add_pod(&mut self, entry: PodEntry) {
        self.pods.push(entry);
    }

    pub(super) fn add_node(&mut self, entry: NodeEntry) {
        self.nodes.push(entry);
    }
}

impl Sink for SeriesCollector {
    fn workload_sample(&mut self, mut row: WorkloadSample) {
        let name = std::mem::take(&mut row.workload);
        let at = match self.index.get(&name) {
            Some(&at) => at,
            None => {
                self.index.insert(name.clone(), self.workloads.len());
                self.workloads.push((name, Points::new(self.limits.points)));
                self.workloads.len() - 1
            }
        };
        if let Some((_, points)) = self.workloads.get_mut(at) {
            points.push(row);
        }
    }

    fn cluster_sample(&mut self, row: ClusterSample) {
        self.cluster.push(row);
    }

    fn decision(&mut self, row: DecisionRow) {
        self.add_decision(row.into());
    }

    fn pod(&mut self, row: PodRow) {
        self.add_pod(row.into());
    }

    fn node(&mut self, row: NodeRow) {
        self.add_node(row.into());
    }
}

/// A sample that can take in the next one: rates and shares become means, latencies and queues the worst of both,
/// everything else is as at the end.
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
            queued: self.queued.max(later.queued),
            in_service: self.in_service.max(later.in_service),
            replicas_desired: later.replicas_desired,
            replicas_ready: later.replicas_ready,
            replicas_starting: later.replicas_starting,
            utilization: match (self.utilization, later.utilization) {
                (Some(a), Some(b)) => Some(mean(a, b)),
                (a, b) => a.or(b),
            },
            latency_p50_s: worst(self.latency_p50_s, later.latency_p50_s),
            latency_p95_s: worst(self.latency_p95_s, later.latency_p95_s),
            latency_p99_s: worst(self.latency_p99_s, later.latency_p99_s),
        };
    }
}

impl Merge for ClusterSample {
    fn merge(&mut self, _weight: f64, later: &Self, _later_weight: f64) {
        let pods_pending = self.pods_pending.max(later.pods_pending);
        *self = Self {
            pods_pending,
            ..later.clone()
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
struct Points<T> {
    limit: usize,
    // How many samples a whole point stands for.
    stride: u64,
    whole: Vec<T>,
    open: Option<(T, u64)>,
}

impl<T: Merge> Points<T> {
    fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(2),
            stride: 1,
            whole: Vec::new(),
            open: None,
        }
    }

    fn push(&mut self, sample: T) {
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

    fn finish(mut self) -> Vec<T> {
        self.whole.extend(self.open.take().map(|(open, _)| open));
        self.whole
    }
}

/// Every item until `limit`, then every second, every fourth …: evenly spread over all, whatever their number.
#[derive(Clone, Debug)]
struct Sampler<T> {
    limit: usize,
    stride: u64,
    total: u64,
    kept: Vec<T>,
}

impl<T> Sampler<T> {
    fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            stride: 1,
            total: 0,
            kept: Vec::new(),
        }
    }

    fn push(&mut self, item: T) {
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

    fn excerpt(self) -> Excerpt<T> {
        Excerpt {
            kept: self.kept,
            total: self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_long_run_stays_within_the_limits_and_keeps_its_peak_and_mean() {
        let limits = Limits {
            points: 100,
            ..Limits::default()
        };
        let mut collector = SeriesCollector::new(limits);
        for i in 0..100_001u32 {
            let mut row = sample::workload_sample(f64::from(i), "w");
            row.arrivals_per_s = f64::from(i % 2) * 10.0;
            row.latency_p99_s = Some(if i == 54_321 { 9.0 } else { 0.1 });
            collector.workload_sample(row);
        }
        let series = collector.finish();
        let points = &series.workloads[0].points;
        assert!((50..=101).contains(&points.len()), "{}", points.len());
        assert!(points.last().is_some_and(|last| last.time_s > 99_999.5));
        assert!(
            points.iter().any(|p| p.latency_p99_s == Some(9.0)),
            "the worst moment was thinned away"
        );
        assert!(
            (points[0].arrivals_per_s - 5.0).abs() < 1e-9,
            "{}",
            points[0].arrivals_per_s
        );
        assert!(points.is_sorted_by(|a, b| a.time_s < b.time_s));
    }

    #[test]
    fn of_many_pods_those_shown_are_spread_over_the_run() {
        let mut collector = SeriesCollector::new(Limits {
            pods: 100,
            ..Limits::default()
        });
        for i in 0..31_415u32 {
            collector.pod(sample::pod(&format!("w-{i}"), "w", f64::from(i)));
        }
        let pods = collector.finish().pods;
        assert!((50..=100).contains(&pods.kept.len()), "{}", pods.kept.len());
        assert!(
            pods.kept.last().unwrap().created_s > 30_000.0,
            "only the first were kept"
        );
        assert_eq!(
            pods.note(pods.kept.len(), "pods", "pods.csv").unwrap(),
            format!(
                "Showing {} of 31,415 pods, evenly picked; all are in pods.csv.",
                pods.kept.len()
            )
        );
    }

    #[test]
    fn bindings_do_not_crowd_out_scaling_and_every_decision_is_counted() {
        let limits = Limits {
            others: 10,
            ..Limits::default()
        };
        let mut collector = SeriesCollector::new(limits);
        for i in 0..5000u32 {
            collector.decision(sample::decision(
                f64::from(i),
                if i % 500 == 0 { "scale" } else { "bind" },
            ));
        }
        let series = collector.finish();
        assert_eq!(
            series
                .decisions
                .kept
                .iter()
                .filter(|d| d.action == "scale")
                .count(),
            10
        );
        assert!(series.decisions.kept.len() <= 20);
        assert_eq!(series.tally.iter().map(|t| t.decisions).sum::<u64>(), 5000);
    }
}
