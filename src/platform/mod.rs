//! Floor 5: how a platform runs containers.
//!
//! Knows: the rules by which a platform's controllers and node agents start, replace, restart, evict and end pods. Must
//! not know: the cluster itself. Each rule gets a view and returns what it would do; `sim` does it.

pub mod by_hand;
pub mod docker;
pub mod kubernetes;
pub mod plain_job;
pub mod swarm;
