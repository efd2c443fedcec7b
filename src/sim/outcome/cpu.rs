//! What CPU limits and busy nodes have cost a workload.

use serde::{Deserialize, Serialize};

/// Over the measured part of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CpuOutcome {
    /// How limits were kept: `exact` or `fluid`.
    pub mode: String,
    /// Time by which others on their nodes slowed its pods while they had work, summed over pods, seconds.
    pub waited_s: f64,
    /// Its containers that could come to use more than their limits, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<ContainerCpu>,
}

/// What a container's quota has cost, summed over the pods that have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContainerCpu {
    /// Its name.
    pub name: String,
    /// Its limit in the workload's template, cores.
    pub limit_cores: f64,
    /// Periods in which it used CPU; absent in the fluid mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub periods: Option<u64>,
    /// Of these, periods in which it had to stop; absent in the fluid mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub periods_throttled: Option<u64>,
    /// Time for which it stood still, or as much of slower time, seconds.
    pub throttled_s: f64,
}

impl ContainerCpu {
    /// Share of the periods in which it had to stop, 0 to 1; `None` where none was counted.
    #[must_use]
    pub fn throttled_share(&self) -> Option<f64> {
        let (periods, throttled) = (self.periods?, self.periods_throttled?);
        (periods > 0).then(|| throttled as f64 / periods as f64)
    }
}
