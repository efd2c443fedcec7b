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

/// A sentence for each kind of part: `A100-40GB of pool gpus, time slicing, 4 at once: 75 % of units held, 61 % of the time at
/// work, 61 % of the GPUs used; memory 21.3 GB of 42.9 GB in the mean, at most 40.1 GB; 2 containers out of memory`.
pub(super) fn parts_told(cluster: &ClusterOutcome) -> impl Iterator<Item = String> + '_ {
    cluster.gpus.iter().map(|gpus| {
        let model = if gpus.model.is_empty() { "GPUs" } else { &gpus.model };
        let [held, at_work, used] = [gpus.held, gpus.at_work, gpus.used].map(format::percent);
        let mut told = format!(
            "{model} of pool {}, {}: {held} of units held, {at_work} of the time at work, {used} of the GPUs used",
            gpus.pool, gpus.sharing
        );
        if gpus.memory_max_bytes > 0 {
            let [mean, most] = [gpus.memory_mean_bytes, gpus.memory_max_bytes as f64].map(format::bytes);
            let all = gpus.memory_bytes.map(|bytes| format!(" of {}", format::bytes(bytes as f64)));
            told += &format!("; memory {mean}{} in the mean, at most {most}", all.unwrap_or_default());
        }
        if gpus.out_of_memory > 0 {
            let times = format::plural(gpus.out_of_memory, "container", "containers");
            told += &format!("; {times} out of memory");
        }
        told
    })
}
