//! Docker Swarm: what its managers decide about services and their tasks.
//!
//! Knows: one rule a file. Must not know: the live cluster, events, or time that passes.

pub mod heartbeat;
pub mod restart;
pub mod update;
