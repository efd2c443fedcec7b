//! `04-GpuPacking`: begun devices first, then begun machines, then the smallest idle machine (Weng et al., MLaaS in the
//! Wild, NSDI 2022).

use crate::model::gpu::{DEVICES_MAX, MILLI};
use crate::policy::parameters::Parameters;
use crate::policy::placement::fleet::{FleetPolicy, Machine};
use crate::policy::placement::rule::Need;
use schemars::JsonSchema;
use serde::Deserialize;

/// Shares on devices that are in use, then devices of machines that are in use, then idle machines with few devices. Pods
/// without GPU go to the first machine with room.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperGpuPacking {}

impl Parameters for PaperGpuPacking {}

impl FleetPolicy for PaperGpuPacking {
    fn weighs_memory(&self) -> bool {
        false
    }

    fn score(&self, machine: &Machine<'_>, need: &Need<'_>) -> f64 {
        let (idle, gpus) = (machine.bin.gpus.idle, need.gpus);
        if gpus.is_none() {
            return 0.0;
        }
        if idle.iter().all(|&idle| idle == MILLI) {
            let count = idle.len() as i64;
            return (33 - count).max(count) as f64;
        }
        let mut chosen = [0; DEVICES_MAX];
        let mut able = 0;
        for &idle in idle.iter().filter(|&&idle| idle >= gpus.milli()) {
            chosen[able] = idle;
            able += 1;
        }
        chosen[..able].sort_unstable();
        let chosen = &chosen[..able.min(usize::from(gpus.count()))];
        let fresh = chosen.iter().filter(|&&idle| idle == MILLI).count() as i64;
        if fresh > 0 {
            return (50 - fresh).max(33) as f64;
        }
        let left: i64 = chosen.iter().map(|&idle| i64::from(idle) * 100 / 1000).sum();
        (100 - left / 10).max(50) as f64
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(*self)
    }
}
