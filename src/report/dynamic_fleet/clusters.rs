//! The virtual clusters of the best run, as rows for terminal and page.

use super::csv_file::limit;
use super::runs::DynamicTable;
use crate::report::{format, text_table};
use crate::sim::packing::dynamic::{ClusterOutcome, Quota};

/// What is said above the rows; `None` where there are no virtual clusters.
pub(super) fn title(table: &DynamicTable) -> Option<String> {
    let best = table.best()?;
    let any = !best.outcome.clusters.is_empty();
    any.then(|| format!("Virtual clusters under {}", best.name()))
}

/// The header and a row a cluster of the best run, those that wait longest first: texts, then numbers.
pub(super) fn rows(table: &DynamicTable) -> (Vec<&'static str>, Vec<text_table::Row>) {
    let mut header = vec!["cluster"];
    let Some(best) = table.best() else {
        return (header, Vec::new());
    };
    let mut clusters: Vec<&ClusterOutcome> = best.outcome.clusters.iter().collect();
    clusters.sort_by(|a, b| b.waits.mean_s.total_cmp(&a.waits.mean_s));
    let has = |of: fn(&Quota) -> u64| {
        let limited = |outcome: &&ClusterOutcome| of(&outcome.cluster.quota) < Quota::NO_LIMIT;
        best.outcome.clusters.iter().any(|outcome| limited(&outcome))
    };
    let (gpus, cpus) = (has(|quota| quota.gpu_milli), has(|quota| quota.cpu_milli));
    if gpus {
        header.push("GPU quota");
    }
    if cpus {
        header.push("CPU quota");
    }
    header.extend(["pods", "waited", "mean wait", "p95", "slowdown"]);
    let row = |outcome: &ClusterOutcome| {
        let quota = outcome.cluster.quota;
        let mut numbers = Vec::new();
        let limit = |milli: u64| match limit(milli) {
            text if text.is_empty() => format::NOTHING.to_owned(),
            text => text,
        };
        if gpus {
            numbers.push(limit(quota.gpu_milli));
        }
        if cpus {
            numbers.push(limit(quota.cpu_milli));
        }
        numbers.extend([
            format::count(outcome.pods),
            format::count(outcome.waited),
            format::duration(outcome.waits.mean_s),
            format::duration(outcome.waits.p95_s),
            format::number(outcome.waits.slowdown_mean),
        ]);
        (vec![outcome.cluster.name.clone()], numbers)
    };
    let rows = clusters.into_iter().map(row).collect();
    (header, rows)
}
