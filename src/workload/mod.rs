//! Floor 5.
pub mod load;
