//! `01-Random`: any machine with room, equally likely.

use crate::engine::Stream;
use crate::model::gpu::{Taken, hand_out};
use crate::policy::parameters::Parameters;
use crate::policy::placement::fleet::{FleetPolicy, Machine};
use crate::policy::placement::rule::Need;
use rand::RngExt;
use schemars::JsonSchema;
use serde::Deserialize;

/// Any machine with room, and any of its devices that take a share.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperRandom {}

impl Parameters for PaperRandom {}

impl FleetPolicy for PaperRandom {
    fn draws(&self) -> bool {
        true
    }

    fn weighs_memory(&self) -> bool {
        false
    }

    fn score(&self, _: &Machine<'_>, _: &Need<'_>) -> f64 {
        0.0
    }

    fn devices(&self, machine: &Machine<'_>, need: &Need<'_>, stream: &mut Stream) -> Taken {
        let (idle, gpus) = (machine.bin.gpus.idle, need.gpus);
        if !gpus.is_share() {
            return hand_out(idle, gpus);
        }
        let able = || (0..idle.len()).filter(|&device| idle[device] >= gpus.milli());
        match able().count() {
            0 => Taken::NONE,
            count => Taken::of(able().nth(stream.random_range(0..count)), gpus.milli()),
        }
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(*self)
    }
}
