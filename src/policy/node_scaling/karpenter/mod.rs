//! Karpenter v1.13.
//!
//! Knows: NodePools, instance types, and Karpenter's own planner of pods onto nodes that are there and nodes to be made,
//! which scores nothing; consolidation, budgets, drift, expiry and interruption. Must not know: how a node is launched or
//! emptied. Sources: `pkg/controllers/provisioning`, `pkg/controllers/disruption`, `pkg/scheduling`, `pkg/cloudprovider`.

pub mod allowed_values;
pub mod attachments;
mod batch;
pub mod budgets;
mod candidates;
mod commands;
pub mod consolidation;
pub mod daemon_overhead;
pub mod disruption_cost;
mod doubts;
pub mod existing_nodes;
mod free_tree;
pub mod instance_type;
mod market;
pub mod methods;
pub mod node_pool;
pub mod planned_node;
pub mod planner;
pub mod pod_class;
pub mod pod_queue;
mod policy;
mod provisioning;
pub mod read_spec;
mod reading;
mod reasons;
pub mod relaxation;
pub mod requirements;
mod rounds;
pub mod spec;
mod telling;
pub mod topology;
pub mod topology_group;
pub mod universe;

pub use candidates::DO_NOT_DISRUPT_ANNOTATION;
pub use policy::Karpenter;
