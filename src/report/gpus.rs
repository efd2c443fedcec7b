//! How the fleet's GPUs were used, in words.
//!
//! Knows the outcome's shares. Must not know how they came about.

use super::format;
use crate::sim::outcome::ClusterOutcome;

/// `GPUs: 81 % reserved; 6.2 % idle in pieces of no use to pods like those that run`; `None` without GPUs.
pub(super) fn told(cluster: &ClusterOutcome) -> Option<String> {
    let reserved = format::percent(cluster.gpu_reserved?);
    let fragmented = cluster.gpu_fragmented.map(|share| {
        let share = format::percent(share);
        format!("; {share} idle in pieces of no use to pods like those that run")
    });
    Some(format!(
        "GPUs: {reserved} reserved{}",
        fragmented.unwrap_or_default()
    ))
}
