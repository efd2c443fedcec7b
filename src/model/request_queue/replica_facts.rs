//! What a router may know of a replica beside how many requests it has.

use crate::engine::{Span, Time};

/// A replica, as whoever spreads requests is told of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReplicaFacts {
    /// Its number in the order in which replicas first came; no other replica of the workload ever has it.
    pub ordinal: u64,
    /// Its share of the requests relative to that of others, more than zero; heeded by routers that weigh.
    pub weight: f64,
    /// Its zone among those that the router knows.
    pub zone: Option<u16>,
    /// Since when it takes requests.
    pub since: Time,
}

impl Default for ReplicaFacts {
    fn default() -> Self {
        Self {
            ordinal: 0,
            weight: 1.0,
            zone: None,
            since: Time::ZERO,
        }
    }
}

/// Service that a replica still owes to its requests. Exact until the next of them comes or goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// When it was counted.
    pub at: Time,
    /// How much it was then, over all its requests.
    pub work: Span,
    /// How many requests are worked on at full speed at a time.
    pub running: u32,
}

impl Owed {
    /// How much it is at `now`, ns.
    #[must_use]
    pub const fn left(&self, now: Time) -> u64 {
        let done = now.since(self.at).nanos().saturating_mul(self.running as u64);
        self.work.nanos().saturating_sub(done)
    }
}
