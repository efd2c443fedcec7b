//! Limits of the whole cluster: nodes, CPUs and memory (`core/scaleup/resource/manager.go`, `core/scaledown/resource`).
//!
//! Knows: what there is, and what a node brings. Must not know: who asks.

use crate::model::resources::Resources;

const GIB: u64 = 1 << 30;

/// From the least to the most of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: u64,
    pub(super) max: u64,
}

impl Range {
    /// Reads `min:max`.
    pub(super) fn read(said: &str) -> Option<Self> {
        let (min, max) = said.split_once(':')?;
        let (min, max) = (min.trim().parse().ok()?, max.trim().parse().ok()?);
        (min <= max).then_some(Self { min, max })
    }
}

/// What the whole cluster may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// CPUs.
    pub(super) cores: Range,
    /// Memory, GiB.
    pub(super) memory_gib: Range,
}

/// What there is: whole CPUs and whole bytes of all nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) cpu_milli: u64,
    pub(super) memory_bytes: u64,
}

impl Total {
    /// `nodes` nodes with `capacity` each come.
    pub(super) fn add(&mut self, capacity: &Resources, nodes: u64) {
        self.cpu_milli += capacity.cpu_milli * nodes;
        self.memory_bytes += capacity.memory_bytes * nodes;
    }

    /// One node with `capacity` goes.
    pub(super) fn subtract(&mut self, capacity: &Resources) {
        self.cpu_milli = self.cpu_milli.saturating_sub(capacity.cpu_milli);
        self.memory_bytes = self.memory_bytes.saturating_sub(capacity.memory_bytes);
    }
}

impl Limits {
    /// How many nodes with `capacity` may still come; and what they would have too much of.
    pub(super) fn room_for(&self, total: Total, capacity: &Resources) -> (u32, &'static str) {
        let room = |max: u64, used: u64, each: u64| match each {
            0 => u64::MAX,
            each => max.saturating_sub(used) / each,
        };
        let cores = room(
            self.cores.max.saturating_mul(1000),
            total.cpu_milli,
            capacity.cpu_milli,
        );
        let memory = room(
            self.memory_gib.max.saturating_mul(GIB),
            total.memory_bytes,
            capacity.memory_bytes,
        );
        let name = if cores <= memory { "cpu" } else { "memory" };
        (u32::try_from(cores.min(memory)).unwrap_or(u32::MAX), name)
    }

    /// What the cluster would have too little of without a node with `capacity`.
    pub(super) fn too_little_without(&self, total: Total, capacity: &Resources) -> Option<&'static str> {
        let mut left = total;
        left.subtract(capacity);
        if left.cpu_milli < self.cores.min.saturating_mul(1000) {
            return Some("cpu");
        }
        (left.memory_bytes < self.memory_gib.min.saturating_mul(GIB)).then_some("memory")
    }
}
