//! A fleet as policies and rules see it.

use crate::model::fleet::{Fleet, FleetNode, PodRequest};
use crate::policy::placement::fleet::Machine;
use crate::policy::placement::{Bin, Bins, on_fleet};

/// What a pod asks for, in the dimensions of a fleet.
pub(super) fn sizes(request: &PodRequest) -> [u64; 3] {
    [request.cpu_milli, request.memory_mib, request.gpus.total_milli()]
}

/// One machine.
pub(super) fn machine(fleet: &Fleet, node: usize) -> Machine<'_> {
    Machine {
        bin: on_fleet::bin(fleet, node, 0),
        model: fleet.model(node),
    }
}

/// All machines for one pod, in the order of their ranks.
pub(super) struct Machines<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) nodes: &'a [FleetNode],
    /// Which of `nodes` each is.
    pub(super) ranked: &'a [usize],
    pub(super) request: &'a PodRequest,
}

impl Bins for Machines<'_> {
    fn count(&self) -> usize {
        self.fleet.len()
    }

    fn with_room(&mut self, place: usize) -> Option<Bin<'_>> {
        self.has_room(place).then(|| machine(self.fleet, place).bin)
    }

    fn has_room(&mut self, place: usize) -> bool {
        self.fleet.fits(place, self.request)
    }

    fn name(&self, place: usize) -> &str {
        &self.nodes[self.ranked[place]].name
    }
}
