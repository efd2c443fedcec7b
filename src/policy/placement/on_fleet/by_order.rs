//! First, best and worst fit: machines in an order that does not depend on the pod, so that an index answers.

use super::{Ask, FleetChooser};
use crate::engine::Stream;
use crate::model::fleet::{DIMENSIONS, Fleet, PodRequest};
use crate::model::gpu::{Taken, hand_out};
use crate::model::packing::index::{FleetIndex, Order};

/// The first machine in an order that takes the pod.
#[derive(Clone, Debug)]
pub struct ByOrder {
    index: FleetIndex<DIMENSIONS>,
}

impl ByOrder {
    /// Over these machines, which are empty.
    #[must_use]
    pub fn new(fleet: &Fleet, order: Order) -> Self {
        let capacities: Vec<_> = (0..fleet.len()).map(|machine| *fleet.capacity(machine)).collect();
        Self {
            index: FleetIndex::new(&capacities, order),
        }
    }
}

fn amounts(request: &PodRequest) -> [u64; DIMENSIONS] {
    [request.cpu_milli, request.memory_mib, request.gpus.total_milli()]
}

impl FleetChooser for ByOrder {
    fn choose(&mut self, ask: &Ask<'_>, _: &mut Stream) -> Option<(usize, Taken)> {
        // Devices, models and what else stands in its way is asked only of machines with room in sum.
        let machine = self
            .index
            .find_where(&amounts(ask.request), |machine| ask.takes(machine))?;
        Some((machine, hand_out(ask.fleet.idle(machine), ask.request.gpus)))
    }

    fn came(&mut self, machine: usize, request: &PodRequest) {
        self.index.take(machine, &amounts(request));
    }

    fn went(&mut self, machine: usize, request: &PodRequest) {
        self.index.give_back(machine, &amounts(request));
    }
}
