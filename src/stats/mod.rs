//! Floor 2: numbers.
