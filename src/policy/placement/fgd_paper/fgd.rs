//! `06-FGD`: fragmentation gradient descent, the machine on which the pod leaves the least GPU useless to the pods that
//! usually come.

use crate::engine::Stream;
use crate::model::fleet::{CPU, TypicalPods};
use crate::model::gpu::Taken;
use crate::policy::parameters::Parameters;
use crate::policy::placement::descent::descend;
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
        let fragmented = |cpu, idle: &[u16]| self.typical.fragmented(cpu, idle, machine.model);
        descend(idle, need.gpus, fragmented(free_cpu, idle), |idle| {
            fragmented(left_cpu, idle)
        })
    }
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
