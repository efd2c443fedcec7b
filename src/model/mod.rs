//! Floor 3: nouns and physics.

pub mod units;
