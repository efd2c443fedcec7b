//! Items and bins by themselves: what a packing problem is, whoever asks it and however it is solved.
//!
//! Knows: kinds of bins, items and their sizes, which item went where, and how few bins there can be. Must not know: files,
//! heuristics, or time.

pub mod bounds;
mod instance;
mod solution;

pub use instance::{BinKind, Instance, Item};
pub use solution::{PackedBin, Packing};
