//! Heuristics on small instances by hand, and what holds of every packing.
