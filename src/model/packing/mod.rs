//! Items and bins by themselves: what a packing problem is, whoever asks it and however it is solved.
//!
//! Knows: kinds of bins, items and their sizes. Must not know: files, heuristics, or time.

mod instance;

pub use instance::{BinKind, Instance, Item};
