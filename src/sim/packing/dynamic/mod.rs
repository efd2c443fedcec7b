//! Pods that come to a fleet, run for a time and go: who waits how long, how full is the fleet, and how many machines did it
//! take against how few could have done?
//!
//! Events are in total order: at one instant pods go before pods come; those that go at one instant all go before any of
//! those that wait is looked at; those that come do so in the order of the list.
//!
//! Knows: when pods come and how long they run, queues, machines. Must not know: files, or how a policy chooses.

mod by_score;
mod levels;
mod line;
mod machines;
mod outcome;
mod pod;
mod promise;
mod run;
#[cfg(test)]
mod tests;

pub use by_score::ByScore;
pub use levels::{LEVELS, Level, Series};
pub use line::Queue;
pub use outcome::{DynamicOutcome, Fate, Waits};
pub use pod::{DynamicPod, Spread};
pub use run::{DynamicFleet, Run};
