//! Floor 1: time and chance.
//!
//! Knows: a clock of integer nanoseconds, a totally ordered event queue, the run loop and its limits, named random
//! streams, generational arenas, who of many is next, and the digest of facts. Must not know: anything of clusters,
//! pods, requests, files or threads. Every other floor builds on this one.

pub mod arena;
pub mod digest;
pub mod queue;
pub mod random;
pub mod run;
pub mod time;
pub mod winner_tree;

pub use arena::{Arena, Id};
pub use digest::Digest;
pub use queue::{Event, EventQueue};
pub use random::{Stream, StreamKey};
pub use run::{Limits, Run, StopReason, run};
pub use time::{Span, Time};
pub use winner_tree::WinnerTree;
