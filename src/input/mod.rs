//! Floor 7: text to scenario.
