//! `03-GpuClustering`: tasks that ask for the same number of GPUs together (Xiao et al., Gandiva, OSDI 2018).

use super::GPU_MILLI;
use crate::model::fleet::GPU;
use crate::model::gpu::TaskClass;
use crate::policy::parameters::Parameters;
use crate::policy::placement::fleet::{FleetPolicy, Machine};
use crate::policy::placement::rule::Need;
use schemars::JsonSchema;
use serde::Deserialize;

/// Machines that host only tasks of the pod's kind come first, then mixed ones with its kind, then those without GPU
/// tasks, and the fuller ones of each. Pods without GPU go to the first machine with room.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperGpuClustering {}

impl Parameters for PaperGpuClustering {}

impl FleetPolicy for PaperGpuClustering {
    fn weighs_memory(&self) -> bool {
        false
    }

    fn score(&self, machine: &Machine<'_>, need: &Need<'_>) -> f64 {
        let Some(class) = need.gpus.class() else {
            return 0.0;
        };
        let own = match class {
            TaskClass::Share => 1,
            TaskClass::Whole(count) => 1_u32 << count.min(31),
        };
        let all = GPU_MILLI as i64;
        let used = 25 * (all - machine.bin.free[GPU] as i64) / all;
        let base = match machine.bin.gpus.hosts {
            0 => 25,
            hosts if hosts == own => 75,
            hosts if hosts & own != 0 => 50,
            _ => 0,
        };
        (base + used) as f64
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(*self)
    }
}
