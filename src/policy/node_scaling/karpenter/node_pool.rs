//! NodePools: which nodes may be made for which pods, and when they may be disrupted.

use super::budgets::Budget;
use super::requirements::Requirements;
use crate::engine::Span;
use crate::model::labels::{Labels, Taint};
use crate::model::resources::Resources;
use std::sync::Arc;

/// When nodes may be consolidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsolidationPolicy {
    /// Only when nothing on them has to move.
    WhenEmpty,
    /// Also when what is on them fits elsewhere, or into something cheaper.
    WhenEmptyOrUnderutilized,
}

/// When nodes of a NodePool may be disrupted.
#[derive(Clone, Debug, PartialEq)]
pub struct Disruption {
    /// What they are consolidated for.
    pub policy: ConsolidationPolicy,
    /// How long after the last pod came or went; `None` for never.
    pub consolidate_after: Option<Span>,
    /// How many at a time.
    pub budgets: Vec<Budget>,
}

/// A NodePool, ready to plan nodes of.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePool {
    /// Its name.
    pub name: Arc<str>,
    /// Greater is tried first.
    pub weight: u32,
    /// What is asked of its nodes: its requirements, its labels and its name.
    pub requirements: Requirements,
    /// Labels of its nodes.
    pub labels: Labels,
    /// Annotations of its nodes.
    pub annotations: Labels,
    /// Taints of its nodes.
    pub taints: Vec<Taint>,
    /// Taints its nodes have until something has taken them away.
    pub startup_taints: Vec<Taint>,
    /// How much its nodes may have together.
    pub limits: Limits,
    /// When its nodes may be disrupted.
    pub disruption: Disruption,
    /// How old a node may become; `None` for any age.
    pub expire_after: Option<Span>,
    /// How long a node may take to go before its pods are stopped; `None` for as long as they take.
    pub termination_grace: Option<Span>,
}

/// The order in which NodePools are tried: greater weight first, then by name, the last one first.
pub fn sort_by_weight(pools: &mut [NodePool]) {
    pools.sort_by(|one, other| {
        let by_weight = other.weight.cmp(&one.weight);
        by_weight.then_with(|| other.name.cmp(&one.name))
    });
}

/// A resource that a NodePool may be limited in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Thousandths of a CPU.
    Cpu,
    /// Bytes of memory.
    Memory,
    /// Pod slots.
    Pods,
    /// Bytes of ephemeral storage.
    EphemeralStorage,
    /// Nodes.
    Nodes,
    /// A named extended resource.
    Extended(Arc<str>),
}

impl Limited {
    pub(super) fn of(&self, capacity: &Resources) -> i128 {
        match self {
            Self::Cpu => capacity.cpu_milli.into(),
            Self::Memory => capacity.memory_bytes.into(),
            Self::Pods => capacity.pods.into(),
            Self::EphemeralStorage => capacity.ephemeral_bytes.into(),
            Self::Nodes => 1,
            Self::Extended(name) => capacity.extended(name).into(),
        }
    }
}

/// How much of some resources is left; less than nothing where more is in use than may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(pub Vec<(Limited, i128)>);

impl Limits {
    /// Whether a node of this capacity is within them.
    #[must_use]
    pub fn allow(&self, capacity: &Resources) -> bool {
        self.0.iter().all(|(limited, left)| limited.of(capacity) <= *left)
    }

    /// A node of this capacity is there.
    pub fn charge(&mut self, capacity: &Resources) {
        for (limited, left) in &mut self.0 {
            *left -= limited.of(capacity);
        }
    }

    /// A node of this capacity is gone.
    pub fn give_back(&mut self, capacity: &Resources) {
        for (limited, left) in &mut self.0 {
            *left += limited.of(capacity);
        }
    }
}
