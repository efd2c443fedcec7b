//! Floor 3: nouns and physics.
//!
//! Knows: what things are and how they behave when nobody decides anything. Must not know: any policy, workload,
//! platform or file.

pub mod image;
pub mod price;
