//! Docker: what its daemon decides about containers on one host.
//!
//! Knows: one rule a file. Must not know: hosts, events, or time that passes. There is little to know: Docker places
//! nothing, moves nothing and scales nothing.

pub mod restart;
