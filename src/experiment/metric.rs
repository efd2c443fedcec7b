//! The numbers by which variants are compared, and which way is better.
//!
//! Knows outcomes. Must not know how many of them there are. `summary.csv` has every number; this is the short list that
//! answers "which is better?".

use crate::sim::Outcome;
use crate::sim::outcome::FaultedWorkload;

/// What steps by hand are called.
pub const BY_HAND: &str = "steps by hand";

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
    /// Whether it is left out where it is the same everywhere: what tells nothing unless it differs.
    pub quiet: bool,
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
            quiet: false,
        });
    };
    let has_jobs = outcome.workloads.iter().any(|workload| workload.batch.is_some());
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
        add(name("p50 latency"), "s", Lower, some(latency.p50));
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
    for fault in outcome.faults.iter().filter(|fault| fault.occurrences > 0) {
        let name = |what: &str| format!("{}: {what}", fault.name);
        let of_all = |count: fn(&FaultedWorkload) -> f64| fault.workloads.iter().map(count).sum::<f64>();
        let recovered = fault.time_to_recover_s.map(|times| times.mean);
        let failed = of_all(|own| own.requests_failed as f64);
        let work = has_jobs.then(|| of_all(|own| own.work_lost_s));
        add(name("time to recover"), "s", Lower, recovered);
        add(name("requests failed"), "count", Lower, Some(failed));
        add(name("work lost"), "s", Lower, work);
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
    let place = list.iter().position(|metric| metric.name == "cost");
    let place = place.unwrap_or(list.len());
    // Beside what it costs: before it what never came back, after it what else has to be paid.
    let [unrecovered, steps, start] = quiet(outcome);
    list.insert(place, unrecovered);
    let place = (place + 2).min(list.len());
    list.insert(place, steps);
    list.insert(place + 1, start);
    list
}

/// What is worth a line only where it differs.
fn quiet(outcome: &Outcome) -> [Metric; 3] {
    let unrecovered = outcome.faults.iter().map(|fault| fault.unrecovered).sum::<u64>();
    let start = f64::from(outcome.cluster.nodes_start);
    let all = [
        (
            "faults not recovered from",
            "count",
            Better::Lower,
            unrecovered as f64,
        ),
        (BY_HAND, "count", Better::Lower, outcome.steps_by_hand() as f64),
        ("nodes at the start", "nodes", Better::Neither, start),
    ];
    let metric = |(name, unit, better, value): (&str, _, _, _)| Metric {
        name: name.to_owned(),
        unit,
        better,
        value: Some(value),
        quiet: true,
    };
    all.map(metric)
}
