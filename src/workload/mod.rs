//! Floor 5: what runs in pods, and its private progress.
//!
//! Knows: load, clients, the queues of replicas; may ask policies. Must not know: nodes or how a platform runs
//! containers; it changes the cluster only through decisions.

pub mod batch;
pub mod load;
pub mod serving;
