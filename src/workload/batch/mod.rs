//! Batch: pods that work until they are done, and what of their work is kept when they are not.
//!
//! Knows: pieces of work, checkpoints, chance of failure. Must not know: who starts pods and how often, nodes, or why a
//! pod goes.

mod pieces;
mod spec;
mod toil;

pub use pieces::{Piece, Pieces};
pub use spec::{BatchSpec, FailureSpec};
pub use toil::{End, Toil};
