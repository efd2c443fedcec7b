//! `02-DotProd`: the machine whose free room and the pod's request have the smallest inner product.

use super::{free_shares, shares_of};
use crate::policy::parameters::Parameters;
use crate::policy::placement::fleet::{FleetPolicy, Machine};
use crate::policy::placement::rule::Need;
use schemars::JsonSchema;
use serde::Deserialize;

/// The least inner product of free CPU and GPU with the CPU and GPU asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperDotProduct {}

impl Parameters for PaperDotProduct {}

impl FleetPolicy for PaperDotProduct {
    fn weighs_memory(&self) -> bool {
        false
    }

    fn score(&self, machine: &Machine<'_>, need: &Need<'_>) -> f64 {
        let ([free_cpu, free_gpu], [cpu, gpu]) = (free_shares(machine.bin.free), shares_of(need));
        (100.0 * (1.0 - (free_cpu * cpu + free_gpu * gpu) / 2.0)).trunc()
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(*self)
    }
}
