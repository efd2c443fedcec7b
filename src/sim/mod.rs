//! Floor 6: wiring.
pub mod outcome;
pub mod rows;
