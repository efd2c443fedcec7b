//! Items and bins by themselves: what a packing problem is, whoever asks it and however it is solved, and how few bins it
//! takes at best.
//!
//! Knows: kinds of bins, items and their sizes, which item went where, indices over what is free, proven bounds. Must not
//! know: files, heuristics, or time.

pub mod bounds;
pub mod index;
mod instance;
mod share;
mod solution;

pub use bounds::{Bound, lower_bound};
pub use instance::{BinKind, Instance, Item};
pub use share::{MeanShare, Share};
pub use solution::{PackedBin, Packing};
