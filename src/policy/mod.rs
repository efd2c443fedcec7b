//! Floor 4: pure decisions, one folder a question, one file a policy.
//!
//! Knows: the model's read-only views. Must not know: mutable state, other questions' policies (`node_scaling` may ask
//! `placement`), workloads, the event queue, or the future.

pub mod admission;
pub mod catalog;
pub mod node_scaling;
pub mod parameters;
pub mod placement;
pub mod pod_scaling;
pub mod reason;
pub mod routing;
