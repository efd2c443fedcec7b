//! Items and bins by themselves: what a packing problem is, whoever asks it and however it is solved.
//!
//! Knows: kinds of bins, items and their sizes, indices over what is free. Must not know: files, heuristics, or time.

pub mod index;
mod instance;
mod share;

pub use instance::{BinKind, Instance, Item};
pub use share::{MeanShare, Share};
