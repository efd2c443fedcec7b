//! Docker: what its daemon, and Compose in front of it, decide about containers on a host.
//!
//! Knows: one rule a file. Must not know: hosts, events, or time that passes. There is little to know: Docker places
//! nothing, moves nothing and scales nothing.

pub mod depends_on;
pub mod health;
pub mod memory;
pub mod pull;
pub mod restart;
