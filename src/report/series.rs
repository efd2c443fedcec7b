//! What the plots and the page need of a run's rows, in bounded memory.
//!
//! Knows rows and how to merge neighbours of them. Must not know how anything is drawn.

use std::collections::BTreeMap;

pub use super::entries::{DecisionEntry, FaultEntry, NodeEntry, PodEntry, Tally};
pub use super::thinning::{Excerpt, thin};
use super::thinning::{Points, Sampler};
use crate::sim::rows::{ClusterSample, DecisionRow, FaultRow, NodeRow, PodRow, Sink, WorkloadSample};

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
    /// Faults that happened.
    pub faults: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            points: 2000,
            actions: 1000,
            others: 500,
            pods: 2000,
            nodes: 2000,
            faults: 200,
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
    /// How many samples one kept point of the longest series stands for.
    pub samples_kept: u64,
    /// The log, in time order.
    pub decisions: Excerpt<DecisionEntry>,
    /// All decisions counted by question, policy, action and reason.
    pub tally: Vec<Tally>,
    /// Pods, by their creation.
    pub pods: Excerpt<PodEntry>,
    /// Nodes, by their launch.
    pub nodes: Excerpt<NodeEntry>,
    /// Faults, by their beginning.
    pub faults: Excerpt<FaultEntry>,
}

impl Series {
    /// How many samples one point stands for where at most `limit` points are drawn.
    #[must_use]
    pub fn samples_per_point(&self, limit: usize) -> u64 {
        let lengths = self
            .workloads
            .iter()
            .map(|workload| workload.points.len())
            .chain([self.cluster.len()]);
        let merged = lengths.max().unwrap_or(0).div_ceil(limit.max(1)).max(1);
        self.samples_kept * merged as u64
    }
}

/// One workload over time.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadSeries {
    /// Its name.
    pub name: String,
    /// Its samples; the name in them is left empty.
    pub points: Vec<WorkloadSample>,
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
    faults: Sampler<FaultEntry>,
    /// The last fault taken in: its other rows, one a workload, say the same of it.
    last_fault: Option<FaultEntry>,
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
            faults: Sampler::new(limits.faults),
            last_fault: None,
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
        let samples_kept = strides.max().unwrap_or(1);
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
        let mut faults = self.faults.excerpt();
        faults.kept.sort_by(|a, b| a.began_s.total_cmp(&b.began_s));
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
            samples_kept,
            decisions,
            tally: tally.collect(),
            pods,
            nodes,
            faults,
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

    pub(super) fn add_fault(&mut self, entry: FaultEntry) {
        if self.last_fault.as_ref() != Some(&entry) {
            self.last_fault = Some(entry.clone());
            self.faults.push(entry);
        }
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

    fn fault(&mut self, row: FaultRow) {
        self.add_fault(row.into());
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

    /// Were each row drawn, a fault of many workloads would darken the chart with each of them.
    #[test]
    fn a_fault_is_kept_once_however_many_workloads_it_affects() {
        let mut collector = SeriesCollector::default();
        for workload in ["shop", "search"] {
            let mut row = sample::fault_row();
            row.workload = workload.into();
            collector.fault(row);
        }
        let mut other = sample::fault_row();
        other.target = "b".into();
        collector.fault(other);
        assert_eq!(collector.finish().faults.total, 2);
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
