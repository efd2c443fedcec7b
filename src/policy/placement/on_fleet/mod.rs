//! Which machine of a fleet that fills and empties takes this pod?
//!
//! Knows: what machines have free, through [`Fleet`], and the rules of its siblings. Must not know: time, queues, or who
//! waits.
//!
//! [`Fleet`]: crate::model::fleet::Fleet

mod by_order;
mod by_rule;

pub use by_order::ByOrder;
pub use by_rule::{ByRule, bin};

use crate::engine::Stream;
use crate::model::fleet::{Fleet, PodRequest};
use crate::model::gpu::Taken;
use std::fmt;

/// A pod that asks for a machine.
pub struct Ask<'a> {
    /// The machines.
    pub fleet: &'a Fleet,
    /// What it asks for.
    pub request: &'a PodRequest,
    /// Which machines it may go to if they have room.
    pub may_go: &'a dyn Fn(usize) -> bool,
    /// Pods on a machine that are of the same kind as it.
    pub alike: &'a dyn Fn(usize) -> u32,
}

impl fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask")
            .field("request", self.request)
            .finish_non_exhaustive()
    }
}

impl Ask<'_> {
    /// Whether the pod may go to the machine, which has room for it.
    #[must_use]
    pub fn takes(&self, machine: usize) -> bool {
        self.fleet.fits(machine, self.request) && (self.may_go)(machine)
    }
}

/// A placement policy over a fleet.
pub trait FleetChooser: Send + fmt::Debug {
    /// The machine the pod goes to and the devices it gets there; `None` if no machine takes it.
    fn choose(&mut self, ask: &Ask<'_>, stream: &mut Stream) -> Option<(usize, Taken)>;

    /// Told that a pod has come to a machine.
    fn came(&mut self, _machine: usize, _request: &PodRequest) {}

    /// Told that a pod has gone from a machine.
    fn went(&mut self, _machine: usize, _request: &PodRequest) {}
}
