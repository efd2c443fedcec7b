//! `fleet_runs.csv`, a row for every run, and `fleet_timeseries.csv`, a row for every run and interval.

use super::runs::{DynamicRun, DynamicTable};
use crate::sim::packing::dynamic::{Level, Quota, Waits};

/// The columns of runs. Waits are of pods that got a machine, seconds; `alloc` columns are percent of the fleet, means
/// from the first arrival to the last, and empty where the fleet has none of it or nobody asks for any; `nodes_bound` is how few machines could
/// have had what was in use, `demand_bound_nodes` how few the pods need at their peak if nobody waits.
pub const COLUMNS: [&str; 37] = [
    "policy",
    "queue",
    "seed",
    "pods",
    "started",
    "waited",
    "gangs",
    "too_large",
    "over_quota",
    "never_room",
    "wait_mean_s",
    "wait_p50_s",
    "wait_p95_s",
    "wait_p99_s",
    "wait_max_s",
    "slowdown_mean",
    "slowdown_p95",
    "cpu_alloc_mean_pct",
    "cpu_alloc_max_pct",
    "memory_alloc_mean_pct",
    "memory_alloc_max_pct",
    "gpu_alloc_mean_pct",
    "gpu_alloc_max_pct",
    "disk_alloc_mean_pct",
    "disk_alloc_max_pct",
    "rdma_alloc_mean_pct",
    "rdma_alloc_max_pct",
    "gpu_frag_mean_pct",
    "gpu_frag_max_pct",
    "waiting_mean",
    "waiting_max",
    "nodes_mean",
    "nodes_max",
    "nodes_bound_mean",
    "nodes_bound_max",
    "demand_bound_nodes",
    "end_s",
];

/// The columns of virtual clusters; quotas are empty where there is no limit, `too_large` counts pods over it as well.
pub const CLUSTER_COLUMNS: [&str; 19] = [
    "policy",
    "queue",
    "cluster",
    "quota_gpus",
    "quota_cpus",
    "pods",
    "started",
    "waited",
    "too_large",
    "never_room",
    "wait_mean_s",
    "wait_p50_s",
    "wait_p95_s",
    "wait_p99_s",
    "wait_max_s",
    "slowdown_mean",
    "slowdown_p95",
    "gpu_hours",
    "cpu_hours",
];

/// The columns of intervals: their end, seconds from the first arrival, and means over them.
pub const SERIES_COLUMNS: [&str; 10] = [
    "policy",
    "queue",
    "time_s",
    "cpu_alloc_pct",
    "memory_alloc_pct",
    "gpu_alloc_pct",
    "gpu_frag_pct",
    "waiting",
    "nodes",
    "nodes_bound",
];

fn text(writer: csv::Writer<Vec<u8>>) -> String {
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The runs.
#[must_use]
pub fn to_csv(table: &DynamicTable) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for run in &table.runs {
        let _ = writer.write_record(row(table, run));
    }
    text(writer)
}

fn row(table: &DynamicTable, run: &DynamicRun) -> Vec<String> {
    let outcome = &run.outcome;
    let waits = &outcome.waits;
    let mut row = vec![
        run.policy.clone(),
        outcome.queue.name().to_owned(),
        table.seed.to_string(),
    ];
    let counts = [
        outcome.pods,
        outcome.started,
        outcome.waited,
        outcome.gangs,
        outcome.too_large,
        outcome.over_quota,
        outcome.never_room,
    ];
    row.extend(counts.map(|count| count.to_string()));
    row.extend(of_waits(waits));
    let levels = [
        Level::Cpu,
        Level::Memory,
        Level::Gpu,
        Level::Disk,
        Level::Rdma,
        Level::Fragmented,
    ];
    for level in levels {
        for amount in [outcome.mean(level), outcome.peak(level) as f64] {
            row.push(table.percent(level, amount).map_or(String::new(), decimal));
        }
    }
    for level in [Level::Waiting, Level::Nodes, Level::NodesBound] {
        row.extend([decimal(outcome.mean(level)), outcome.peak(level).to_string()]);
    }
    row.extend([
        outcome.demand_bound.to_string(),
        decimal(outcome.span_s.1 - outcome.span_s.0),
    ]);
    row
}

/// The intervals.
#[must_use]
pub fn to_series_csv(table: &DynamicTable) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let _ = writer.write_record(SERIES_COLUMNS);
    for run in &table.runs {
        let series = &run.outcome.series;
        for (end, means) in series.intervals() {
            let percent = |level: Level| {
                table
                    .percent(level, means[level as usize])
                    .map_or(String::new(), decimal)
            };
            let number = |level: Level| decimal(means[level as usize]);
            let _ = writer.write_record([
                run.policy.clone(),
                run.outcome.queue.name().to_owned(),
                decimal(end.since(series.start()).secs_f64()),
                percent(Level::Cpu),
                percent(Level::Memory),
                percent(Level::Gpu),
                percent(Level::Fragmented),
                number(Level::Waiting),
                number(Level::Nodes),
                number(Level::NodesBound),
            ]);
        }
    }
    text(writer)
}

/// Waits and slowdowns, in the order of their columns.
fn of_waits(waits: &Waits) -> [String; 7] {
    [
        waits.mean_s,
        waits.p50_s,
        waits.p95_s,
        waits.p99_s,
        waits.max_s,
        waits.slowdown_mean,
        waits.slowdown_p95,
    ]
    .map(decimal)
}

/// The virtual clusters of every run.
#[must_use]
pub fn to_clusters_csv(table: &DynamicTable) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let _ = writer.write_record(CLUSTER_COLUMNS);
    for run in &table.runs {
        for outcome in &run.outcome.clusters {
            let mut row = vec![
                run.policy.clone(),
                run.outcome.queue.name().to_owned(),
                outcome.cluster.name.clone(),
            ];
            let quota = outcome.cluster.quota;
            row.extend([quota.gpu_milli, quota.cpu_milli].map(limit));
            let counts = [
                outcome.pods,
                outcome.started,
                outcome.waited,
                outcome.too_large,
                outcome.never_room,
            ];
            row.extend(counts.map(|count| count.to_string()));
            row.extend(of_waits(&outcome.waits));
            row.extend([outcome.gpu_hours, outcome.cpu_hours].map(decimal));
            let _ = writer.write_record(row);
        }
    }
    text(writer)
}

/// Whole devices of a limit; empty where there is none.
pub(super) fn limit(milli: u64) -> String {
    if milli == Quota::NO_LIMIT {
        String::new()
    } else {
        decimal(milli as f64 / 1000.0)
    }
}

pub(in crate::report) fn decimal(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}
