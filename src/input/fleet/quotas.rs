//! What virtual clusters may use at a time.

use super::table::{self, Ids, Names};
use crate::input::{Diagnostic, Diagnostics, Place, Sources, list_names, nearest};
use crate::model::units::quoted;
use crate::sim::packing::dynamic::{Quota, VirtualCluster};
use std::collections::BTreeMap;
use std::path::Path;

const NAME: Names = &["cluster", "virtual_cluster", "vc", "tenant", "name"];
const GPUS: Names = &["gpus", "gpu", "quota_gpus"];
const CPUS: Names = &["cpus", "cpu", "quota_cpus"];

/// Reads the quotas of these clusters: a row a cluster, an empty field or no row for no limit. Says in `diagnostics` what is
/// wrong with the file, and which of its clusters no pod is of.
pub fn read_quotas(
    path: &Path,
    clusters: &[String],
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<VirtualCluster>> {
    let id = table::load(path, sources, diagnostics)?;
    let (header, rows) = table::rows(id, sources, diagnostics)?;
    let (name, gpus, cpus) = (
        header.require(NAME, diagnostics)?,
        header.find(GPUS),
        header.find(CPUS),
    );
    if gpus.is_none() && cpus.is_none() {
        header.require(GPUS, diagnostics)?;
    }
    let (mut ids, mut quotas) = (Ids::default(), BTreeMap::new());
    for row in &rows {
        let mut amount = |column: Option<usize>, what: &str| match row.text(column) {
            "" => Some(Quota::NO_LIMIT),
            _ => row.number(column, what, None, 1000, diagnostics),
        };
        let (gpu_milli, cpu_milli) = (amount(gpus, "GPUs"), amount(cpus, "CPUs"));
        let Some(cluster) = ids.new_one(row, Some(name), "cluster", diagnostics) else {
            continue;
        };
        if !clusters.contains(&cluster) {
            let message = format!("no pod is of the cluster {}", quoted(&cluster));
            let warning = Diagnostic::warning(row.place_of(Some(name)), message);
            diagnostics.push(warning.suggest(nearest(&cluster, clusters.iter().map(String::as_str))));
        }
        if let (Some(gpu_milli), Some(cpu_milli)) = (gpu_milli, cpu_milli) {
            quotas.insert(cluster, Quota { cpu_milli, gpu_milli });
        }
    }
    let without: Vec<&str> = clusters
        .iter()
        .filter(|cluster| !quotas.contains_key(*cluster))
        .map(String::as_str)
        .collect();
    if !without.is_empty() && !diagnostics.has_errors() {
        let message = format!("no quota for {}: no limit", list_names(without.iter().copied()));
        diagnostics.push(Diagnostic::warning(Place::whole(id), message));
    }
    let cluster = |name: &String| VirtualCluster {
        name: name.clone(),
        quota: quotas.get(name).copied().unwrap_or(Quota::UNLIMITED),
    };
    Some(clusters.iter().map(cluster).collect())
}
