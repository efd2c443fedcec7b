//! What a machine has and what a pod asks of it.

use super::side::Side;
use crate::model::gpu::{GpuRequest, ModelSet};

/// A machine of a fleet, empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetNode {
    /// What it is called.
    pub name: String,
    /// Thousandths of a CPU.
    pub cpu_milli: u64,
    /// Memory, MiB.
    pub memory_mib: u64,
    /// Most pods at a time.
    pub pods: u32,
    /// Its GPUs, [`DEVICES_MAX`](crate::model::gpu::DEVICES_MAX) at most.
    pub gpus: usize,
    /// Their model.
    pub model: ModelSet,
    /// What else it has; [`Side::UNLIMITED`] where nothing is known of it.
    pub side: Side,
}

impl FleetNode {
    /// Thousandths of CPUs that are no limit: twice as much would still be a number.
    pub const CPU_NO_LIMIT: u64 = 1 << 40;
}

/// What a pod asks of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodRequest {
    /// Thousandths of a CPU.
    pub cpu_milli: u64,
    /// Memory, MiB.
    pub memory_mib: u64,
    /// Devices.
    pub gpus: GpuRequest,
    /// Their models, any of these; [`ModelSet::NONE`]: whatever there is.
    pub models: ModelSet,
    /// What else it asks for.
    pub side: Side,
}

/// A pod that comes to a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetPod {
    /// What it is called.
    pub name: String,
    /// What it asks for.
    pub request: PodRequest,
    /// The models it asks for as they were written: pods are alike only if this is the same.
    pub models_text: String,
}
