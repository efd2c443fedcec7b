//! One packing: pods onto a fleet, under one policy and one seed.
//!
//! Knows: in which order pods come, which machine a policy scores best, and what is measured on the way. Must not know:
//! files, threads, or other packings.

pub mod dynamic;
