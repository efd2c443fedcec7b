//! Floor 7: from text to what the simulator runs on.
pub mod trace;
