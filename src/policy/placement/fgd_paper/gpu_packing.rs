//! `04-GpuPacking`: begun devices first, then begun machines, then the smallest idle machine (Weng et al., MLaaS in the
//! Wild, NSDI 2022).

use crate::policy::parameters::Parameters;
use crate::policy::placement::fleet::{FleetPolicy, Machine};
use crate::policy::placement::gpu_packing::GpuPacking;
use crate::policy::placement::rule::{Need, Rule};
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
        GpuPacking {}.score(&machine.bin, need)
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(*self)
    }
}
