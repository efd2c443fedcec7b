//! `05-BestFit`: the machine with the least CPU and GPU left.

use super::{free_shares, shares_of};
use crate::policy::parameters::Parameters;
use crate::policy::placement::fleet::{FleetPolicy, Machine};
use crate::policy::placement::rule::Need;
use schemars::JsonSchema;
use serde::Deserialize;

/// The least free CPU and GPU left with the pod there, both alike.
///
/// The original then stretches the scores of all machines with room to 0 to 100, in whole numbers: only the greatest comes
/// to 100, so that nothing is decided by it, and it is left out.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperBestFit {}

impl Parameters for PaperBestFit {}

impl FleetPolicy for PaperBestFit {
    fn weighs_memory(&self) -> bool {
        false
    }

    fn score(&self, machine: &Machine<'_>, need: &Need<'_>) -> f64 {
        let ([free_cpu, free_gpu], [cpu, gpu]) = (free_shares(machine.bin.free), shares_of(need));
        (100.0 * (1.0 - (0.5 * (free_cpu - cpu) + 0.5 * (free_gpu - gpu)))).trunc()
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(*self)
    }
}
