//! The numbers by which variants are compared, and which way is better.
//!
//! Knows outcomes. Must not know how many of them there are. `summary.csv` has every number; this is the short list that
//! answers "which is better?".

use crate::sim::Outcome;

/// Which way a number should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Less is better: latency, cost.
    Lower,
    /// More is better: success.
    Higher,
    /// Neither by itself: replicas, scalings.
    Neither,
}

/// One number of an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// What it is, for people: `shop p99 latency`.
    pub name: String,
    /// Its unit as in `summary.csv`: `s`, `ratio`, `usd`, `count`, `nodes`, `replicas`.
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    /// The number; `None` where there is nothing to measure.
    pub value: Option<f64>,
}

/// The numbers to compare by: what users feel, then what it costs, then how it came about.
#[must_use]
pub fn metrics(outcome: &Outcome) -> Vec<Metric> {
    use Better::{Higher, Lower, Neither};
    let mut list = Vec::new();
    let mut add = |name: String, unit, better, value| {
        list.push(Metric {
            name,
            unit,
            better,
            value,
        });
    };
    if !outcome.objectives.is_empty() {
        let met = outcome.objectives.iter().filter(|it| it.met).count();
        add("objectives met".to_owned(), "count", Higher, Some(met as f64));
    }
    for workload in &outcome.workloads {
        let name = |what: &str| format!("{} {what}", workload.name);
        if let Some(batch) = &workload.batch {
            let took = (batch.duration.count > 0).then_some(batch.duration);
            let lost = (batch.work_s > 0.0).then_some(batch.work_lost_s);
            add(
                name("Jobs complete"),
                "count",
                Higher,
                Some(batch.succeeded as f64),
            );
            add(name("Jobs failed"), "count", Lower, Some(batch.failed as f64));
            add(name("mean Job duration"), "s", Lower, took.map(|took| took.mean));
            add(name("p95 Job duration"), "s", Lower, took.map(|took| took.p95));
            add(name("work lost"), "s", Lower, lost);
            continue;
        }
        let latency = workload.latency;
        let some = |value: f64| (latency.count > 0).then_some(value);
        add(
            name("success"),
            "ratio",
            Higher,
            workload.requests.success_ratio(),
        );
        add(name("mean latency"), "s", Lower, some(latency.mean));
        add(name("p95 latency"), "s", Lower, some(latency.p95));
        add(name("p99 latency"), "s", Lower, some(latency.p99));
        if let Some(cpu) = &workload.cpu {
            for container in &cpu.containers {
                let what = format!("{} stopped by its CPU limit", container.name);
                if container.periods.is_some() {
                    add(name(&what), "ratio", Lower, container.throttled_share());
                }
            }
            add(name("waited for CPU"), "s", Lower, Some(cpu.waited_s));
        }
    }
    let cluster = &outcome.cluster;
    if !cluster.pools.is_empty() {
        add("cost".to_owned(), "usd", Lower, Some(cluster.cost_usd));
        add(
            "mean nodes".to_owned(),
            "nodes",
            Neither,
            Some(cluster.nodes_mean),
        );
        add(
            "nodes at most".to_owned(),
            "nodes",
            Neither,
            Some(f64::from(cluster.nodes_max)),
        );
        add(
            "CPU reserved".to_owned(),
            "ratio",
            Neither,
            Some(cluster.cpu_reserved),
        );
        if cluster.gpu_reserved.is_some() {
            add("GPU reserved".to_owned(), "ratio", Neither, cluster.gpu_reserved);
            add(
                "GPU fragmented".to_owned(),
                "ratio",
                Lower,
                cluster.gpu_fragmented,
            );
        }
        if cluster.gpu_used.is_some() {
            let failed: u64 = cluster.gpus.iter().map(|gpus| gpus.out_of_memory).sum();
            add("GPU used".to_owned(), "ratio", Neither, cluster.gpu_used);
            add(
                "out of GPU memory".to_owned(),
                "count",
                Lower,
                Some(failed as f64),
            );
        }
        if let Some(images) = &cluster.images {
            add(
                "bytes from the registry".to_owned(),
                "bytes",
                Lower,
                Some(images.registry_bytes as f64),
            );
        }
        add(
            "nodes launched".to_owned(),
            "count",
            Neither,
            Some(cluster.launches as f64),
        );
        add(
            "pods evicted".to_owned(),
            "count",
            Lower,
            Some(cluster.evictions as f64),
        );
        let pending = cluster.pod_pending;
        let waited = (pending.count > 0).then_some(pending.p95);
        add("p95 wait for a node".to_owned(), "s", Lower, waited);
    }
    for workload in &outcome.workloads {
        let name = |what: &str| format!("{} {what}", workload.name);
        if workload.batch.is_some() {
            continue;
        }
        let scalings = workload.scale_ups + workload.scale_downs;
        add(
            name("mean replicas"),
            "replicas",
            Neither,
            Some(workload.replicas.ready_mean),
        );
        add(name("scalings"), "count", Neither, Some(scalings as f64));
    }
    list
}
