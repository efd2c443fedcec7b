//! `06-FGD`: fragmentation gradient descent, the machine on which the pod leaves the least GPU useless to the pods that
//! usually come.

use crate::engine::Stream;
use crate::model::fleet::{CPU, TypicalPods};
use crate::model::gpu::{DEVICES_MAX, GpuRequest, Taken, hand_out};
use crate::policy::parameters::Parameters;
use crate::policy::placement::fleet::{FleetPolicy, Machine};
use crate::policy::placement::rule::Need;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// The machine, and of a share the device, whose fragmented GPU grows least with the pod there.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperFgd {
    #[serde(skip)]
    typical: Arc<TypicalPods>,
}

impl Parameters for PaperFgd {}

impl PaperFgd {
    /// The best score on a machine, and the devices that give it.
    pub(super) fn best(&self, machine: &Machine<'_>, need: &Need<'_>) -> (f64, Taken) {
        let idle = machine.bin.gpus.idle;
        let free_cpu = machine.bin.free[CPU];
        let left_cpu = free_cpu.saturating_sub(need.sizes[CPU]);
        let before = self.typical.fragmented(free_cpu, idle, machine.model);
        let mut after = [0; DEVICES_MAX];
        let after = &mut after[..idle.len()];
        after.copy_from_slice(idle);
        let mut score = |taken: Taken| {
            taken.take_from(after);
            let now = self.typical.fragmented(left_cpu, after, machine.model);
            taken.give_back(after);
            (100.0 * sigmoid((before - now) / 1000.0)).trunc()
        };
        if !need.gpus.is_share() {
            let taken = hand_out(idle, need.gpus);
            return (score(taken), taken);
        }
        let mut best = (f64::NEG_INFINITY, Taken::NONE);
        for device in shared_devices(idle, need.gpus) {
            let taken = Taken::of([device], need.gpus.milli());
            let score = score(taken);
            if score > best.0 {
                best = (score, taken);
            }
        }
        best
    }
}

/// The devices with enough idle for a share, but of those with the same idle only the lowest: the others are no better.
fn shared_devices(idle: &[u16], gpus: GpuRequest) -> impl Iterator<Item = usize> {
    (0..idle.len())
        .filter(move |&device| idle[device] >= gpus.milli() && !idle[..device].contains(&idle[device]))
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl FleetPolicy for PaperFgd {
    fn learn(&mut self, typical: &Arc<TypicalPods>) {
        self.typical = Arc::clone(typical);
    }

    fn weighs_memory(&self) -> bool {
        false
    }

    fn score(&self, machine: &Machine<'_>, need: &Need<'_>) -> f64 {
        self.best(machine, need).0
    }

    fn devices(&self, machine: &Machine<'_>, need: &Need<'_>, _: &mut Stream) -> Taken {
        self.best(machine, need).1
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(self.clone())
    }
}
