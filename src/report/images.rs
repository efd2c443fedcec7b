//! What nodes pulled, in words.
//!
//! Knows the outcome's counts. Must not know how they came about.

use super::format;
use crate::sim::outcome::{ClusterOutcome, ImagesOutcome};

/// `images: 48 pulled, 61.2 GB from the registry, 12 GB from its cache; 4 pulls failed; 3 deleted from full disks`; `None`
/// where the outcome does not count them.
pub(super) fn told(cluster: &ClusterOutcome) -> Option<String> {
    let ImagesOutcome {
        pulls,
        failed,
        registry_bytes,
        cache_bytes,
        deleted,
    } = cluster.images?;
    let mut told = format!(
        "images: {} pulled, {} from the registry",
        format::count(pulls),
        format::bytes(registry_bytes as f64)
    );
    if cache_bytes > 0 {
        told += &format!(", {} from its cache", format::bytes(cache_bytes as f64));
    }
    if failed > 0 {
        told += &format!("; {} failed", format::plural(failed, "pull", "pulls"));
    }
    if deleted > 0 {
        told += &format!("; {} deleted from full disks", format::count(deleted));
    }
    Some(told)
}
