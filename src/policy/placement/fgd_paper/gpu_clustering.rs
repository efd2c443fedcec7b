//! `03-GpuClustering`: tasks that ask for the same number of GPUs together (Xiao et al., Gandiva, OSDI 2018).

use crate::policy::parameters::Parameters;
use crate::policy::placement::fleet::{FleetPolicy, Machine};
use crate::policy::placement::gpu_clustering::GpuClustering;
use crate::policy::placement::rule::{Need, Rule};
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
        GpuClustering {}.score(&machine.bin, need)
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(*self)
    }
}
