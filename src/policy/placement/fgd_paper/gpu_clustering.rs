//! `03-GpuClustering`: tasks that ask for the same number of GPUs together (Xiao et al., Gandiva, OSDI 2018).

use super::GPU_MILLI;
use crate::model::fleet::GPU;
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
        let all = GPU_MILLI as i64;
        let used = 25 * (all - machine.bin.free[GPU] as i64) / all;
        let hosts = machine.bin.gpus.hosts;
        let base = match (hosts.has(class), hosts.has_other_than(class)) {
            (true, false) => 75,
            (true, true) => 50,
            (false, false) => 25,
            (false, true) => 0,
        };
        (base + used) as f64
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(*self)
    }
}
