//! Fleets: many machines with GPUs and the pods that come to them, as columns of numbers.
//!
//! Knows: what a machine has and has free, down to the device; what a pod asks for; which pods usually come, and how much
//! idle GPU is of no use to them. Must not know: time, files, or which machine a pod should go to.

mod columns;
mod fragmentation;
mod request;
mod side;
mod typical;

pub use columns::{CPU, DIMENSIONS, Fleet, GPU, MEMORY, NAMES};
pub use fragmentation::Fragmentation;
pub use request::{FleetNode, FleetPod, PodRequest};
pub use side::{Role, Side};
pub use typical::TypicalPods;
