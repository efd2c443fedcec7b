//! Which pod serves this request?
//!
//! Called once a request: static dispatch over a closed enum; only [`Routing::Custom`] pays for a virtual call.
//! A router sees the replicas that take requests and how many each has, nothing else.

mod join_shortest_queue;
mod least_request;
mod power_of_two;
mod random;
mod round_robin;

pub use join_shortest_queue::JoinShortestQueue;
pub use least_request::LeastRequest;
pub use power_of_two::PowerOfTwo;
pub use random::Random;
pub use round_robin::RoundRobin;

use crate::engine::{Stream, Time};
use crate::model::request_queue::ReplicaLoads;
use std::fmt;

/// A routing policy. Positions returned must be below `replicas.len()`; `None` only if there are no replicas.
pub trait Router: Send + Sync + fmt::Debug {
    /// Chooses the replica for the request that comes `now`. `stream` is this workload's randomness for routing.
    fn pick(&mut self, now: Time, replicas: &ReplicaLoads, stream: &mut Stream) -> Option<usize>;

    /// A copy with the same private memory.
    fn clone_box(&self) -> Box<dyn Router>;
}

impl Clone for Box<dyn Router> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// The routers Tonnage ships, and a door for others.
#[derive(Clone, Debug)]
pub enum Routing {
    /// Any replica, equally likely.
    Random(Random),
    /// Each replica in turn.
    RoundRobin(RoundRobin),
    /// The replica with fewest requests in flight, in turn among equals.
    LeastRequest(LeastRequest),
    /// The less loaded of a few drawn at random.
    PowerOfTwo(PowerOfTwo),
    /// The replica with fewest requests in flight, at random among equals.
    JoinShortestQueue(JoinShortestQueue),
    /// A router from outside this crate.
    Custom(Box<dyn Router>),
}

impl Routing {
    /// Chooses the replica for the request that comes `now`; `None` if there is none.
    #[inline]
    pub fn pick(&mut self, now: Time, replicas: &ReplicaLoads, stream: &mut Stream) -> Option<usize> {
        match self {
            Self::Random(router) => router.pick(replicas, stream),
            Self::RoundRobin(router) => router.pick(replicas),
            Self::LeastRequest(router) => router.pick(replicas),
            Self::PowerOfTwo(router) => router.pick(replicas, stream),
            Self::JoinShortestQueue(router) => router.pick(replicas, stream),
            Self::Custom(router) => router
                .pick(now, replicas, stream)
                .filter(|&place| place < replicas.len()),
        }
    }

    /// Whether the router asks for the least loaded replica, so that an index of loads pays.
    #[must_use]
    pub const fn wants_least_loaded(&self) -> bool {
        matches!(self, Self::LeastRequest(_) | Self::JoinShortestQueue(_))
    }
}

impl<R: Router + 'static> From<R> for Routing {
    fn from(router: R) -> Self {
        Self::Custom(Box::new(router))
    }
}

impl From<Random> for Routing {
    fn from(router: Random) -> Self {
        Self::Random(router)
    }
}

impl From<RoundRobin> for Routing {
    fn from(router: RoundRobin) -> Self {
        Self::RoundRobin(router)
    }
}

impl From<LeastRequest> for Routing {
    fn from(router: LeastRequest) -> Self {
        Self::LeastRequest(router)
    }
}

impl From<PowerOfTwo> for Routing {
    fn from(router: PowerOfTwo) -> Self {
        Self::PowerOfTwo(router)
    }
}

impl From<JoinShortestQueue> for Routing {
    fn from(router: JoinShortestQueue) -> Self {
        Self::JoinShortestQueue(router)
    }
}
