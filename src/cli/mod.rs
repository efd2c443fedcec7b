//! Floor 8: x
