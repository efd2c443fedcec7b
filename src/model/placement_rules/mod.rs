//! What a pod asks of its node beyond resources, and what other pods' wishes mean for it; Kubernetes' rules.
//!
//! Knows: selectors, affinity, spread, host ports, priority, disruption budgets, and when one matches labels. Must not
//! know: nodes, pods, or who decides.

mod disruption_budget;
mod host_port;
mod node_affinity;
mod pod_affinity;
mod selector;
mod spread;

pub use disruption_budget::{Allowed, BudgetRule, DisruptionBudget};
pub use host_port::{HostPort, Protocol};
pub use node_affinity::{NodeAffinity, NodeSelectorTerm, PreferredNodes};
pub use pod_affinity::{AffinityTerm, PodAffinity, PreferredTerm};
pub use selector::{LabelSelector, Operator, Requirement};
pub use spread::{NodeInclusion, SpreadConstraint, WhenUnsatisfiable};

/// The label every Kubernetes node has its name in.
pub const HOSTNAME_LABEL: &str = "kubernetes.io/hostname";
/// The label Kubernetes has a node's zone in.
pub const ZONE_LABEL: &str = "topology.kubernetes.io/zone";
/// The label Kubernetes has a node's region in.
pub const REGION_LABEL: &str = "topology.kubernetes.io/region";
/// The label Kubernetes has a namespace's name in.
pub const NAMESPACE_LABEL: &str = "kubernetes.io/metadata.name";

/// Whether a pod may take the place of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PreemptionPolicy {
    /// It may push out pods of lower priority.
    #[default]
    PreemptLowerPriority,
    /// It waits.
    Never,
}

/// What a pod asks of its node, apart from resources, node selector and tolerations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlacementRules {
    /// The node it must go to.
    pub node_name: Option<String>,
    /// Which nodes it needs and prefers.
    pub node_affinity: NodeAffinity,
    /// Which pods it needs and prefers near it.
    pub pod_affinity: PodAffinity,
    /// Which pods it must and would rather not have near it.
    pub pod_anti_affinity: PodAffinity,
    /// How evenly its like must and should be spread.
    pub spread: Vec<SpreadConstraint>,
    /// Ports of the node it takes.
    pub host_ports: Vec<HostPort>,
    /// Greater goes first and may push out lesser.
    pub priority: i32,
    /// The priority class that its priority is of; empty for none. Quotas count by it.
    pub priority_class: String,
    /// Whether it pushes out pods of lower priority.
    pub preemption: PreemptionPolicy,
    /// What must be lifted before anybody looks for a node for it; while there is one, it waits.
    pub scheduling_gates: Vec<String>,
    /// The most of its like that a node takes (Swarm's `max_replicas_per_node`).
    pub max_per_node: Option<u32>,
    /// Labels over whose values its like are spread evenly, the later ones within the earlier (Swarm's
    /// `placement.preferences`).
    pub preferences: Vec<String>,
    /// The selector of what owns the pod (a ReplicaSet, a StatefulSet); default spreading counts by it.
    pub owner: Option<LabelSelector>,
}

impl PlacementRules {
    /// Whether it needs or prefers pods near it or away from it.
    #[must_use]
    pub fn has_pod_affinity(&self) -> bool {
        !self.pod_affinity.is_empty() || !self.pod_anti_affinity.is_empty()
    }
}
