//! Pods that come to a fleet, run for a time and go: who waits how long, how full is the fleet, and how many machines did it
//! take against how few could have done?
//!
//! Events are in total order: at one instant pods go before pods come; those that go at one instant all go before any of
//! those that wait is looked at; those that come do so in the order of the list.
//!
//! Knows: when pods come and how long they run, gangs, queues, quotas, machines. Must not know: files, or how a policy
//! chooses.

mod by_score;
mod fewest;
mod fleet;
mod kind;
mod levels;
mod line;
mod machines;
mod outcome;
mod plan;
mod pod;
mod profile;
mod promise;
mod reserve;
mod room;
mod run;
mod serve;
mod summary;
#[cfg(test)]
mod tests;
mod virtual_cluster;

pub use by_score::ByScore;
pub use fewest::{Fewest, Limits, Probe, WaitLimit, WaitOf, fewest};
pub use fleet::{DynamicFleet, Run};
pub use levels::{LEVELS, Level, Series};
pub use line::Queue;
pub use outcome::{ClusterOutcome, DynamicOutcome, Fate, Waits};
pub use pod::{DynamicPod, Gang, Spread};
pub use virtual_cluster::{Quota, VirtualCluster};
