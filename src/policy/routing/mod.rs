//! Which pod serves this request?
//!
//! Called once a request: static dispatch over a closed enum; only [`Routing::Custom`] pays for a virtual call.
//! A router sees the replicas that take requests, how many each has and what each is; those that [ask for
//! it](Routing::needs) are told how each attempt ended. It never sees the future, [`LeastWorkLeft`] alone excepted.

mod asking;
mod balanced;
mod balancing;
mod bounded_load;
mod connections;
mod join_idle_queue;
mod join_shortest_queue;
mod keys;
mod kube_proxy;
mod least_request;
mod least_work_left;
mod locality;
mod maglev;
mod outlier_ejection;
mod own_counts;
mod peak_ewma;
mod power_of_two;
mod random;
mod ring;
mod ring_hash;
mod round_robin;
mod slow_start;
mod smooth_turns;
#[cfg(test)]
mod test_replicas;
mod weighted_least_connections;
mod weighted_least_request;
mod weighted_round_robin;
mod weights;

pub use asking::{Asking, End, Ended};
pub use balanced::{Balanced, BalancingRecord};
pub use balancing::Balancing;
pub use bounded_load::BoundedLoad;
pub use join_idle_queue::JoinIdleQueue;
pub use join_shortest_queue::JoinShortestQueue;
pub use keys::Keys;
pub use kube_proxy::{KubeProxy, ProxyMode, SessionAffinity};
pub use least_request::{LeastRequest, ProxiedLeastRequest};
pub use least_work_left::LeastWorkLeft;
pub use locality::{Locality, TrafficDistribution};
pub use maglev::Maglev;
pub use outlier_ejection::OutlierEjection;
pub use peak_ewma::PeakEwma;
pub use power_of_two::{PowerOfTwo, ProxiedPowerOfTwo};
pub use random::Random;
pub use ring_hash::RingHash;
pub use round_robin::RoundRobin;
pub use slow_start::SlowStart;
pub use weighted_least_connections::WeightedLeastConnections;
pub use weighted_least_request::WeightedLeastRequest;
pub use weighted_round_robin::WeightedRoundRobin;
pub use weights::{ReplicaTraits, Weight, Weights};

use crate::engine::{Stream, Time};
use crate::model::request_queue::ReplicaLoads;
use std::fmt;

/// A routing policy. Positions returned must be below `replicas.len()`; `None` only if there are no replicas.
pub trait Router: Send + Sync + fmt::Debug {
    /// Chooses the replica for the request that comes `now`. `stream` is this workload's randomness for routing.
    fn pick(&mut self, now: Time, replicas: &ReplicaLoads, stream: &mut Stream) -> Option<usize>;

    /// The same for a router that heeds who asks.
    fn pick_for(
        &mut self,
        now: Time,
        _asking: Asking,
        replicas: &ReplicaLoads,
        stream: &mut Stream,
    ) -> Option<usize> {
        self.pick(now, replicas, stream)
    }

    /// Whether it is told how attempts [end](Self::ended).
    fn hears_ends(&self) -> bool {
        false
    }

    /// An attempt that was sent to a replica has ended.
    fn ended(&mut self, _ended: &Ended) {}

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
    /// A replica for each connection.
    KubeProxy(Box<KubeProxy>),
    /// By the request's key, on a ring.
    RingHash(Box<RingHash>),
    /// By the request's key, in a table.
    Maglev(Box<Maglev>),
    /// By the request's key, on a ring, unless too busy.
    BoundedLoad(Box<BoundedLoad>),
    /// The cheaper of two by response times.
    PeakEwma(Box<PeakEwma>),
    /// Turns in proportion to weights.
    WeightedRoundRobin(Box<WeightedRoundRobin>),
    /// Fewest in flight for its weight.
    WeightedLeastConnections(Box<WeightedLeastConnections>),
    /// Earliest deadline by weight and requests in flight.
    WeightedLeastRequest(Box<WeightedLeastRequest>),
    /// One that said it has nothing to do.
    JoinIdleQueue(Box<JoinIdleQueue>),
    /// The one that owes the least service.
    LeastWorkLeft(LeastWorkLeft),
    /// [`Self::LeastRequest`] of several proxies that do not know of each other.
    ProxiedLeastRequest(Box<ProxiedLeastRequest>),
    /// [`Self::PowerOfTwo`] of several proxies that do not know of each other.
    ProxiedPowerOfTwo(Box<ProxiedPowerOfTwo>),
    /// One of these behind ejection, slow start and locality.
    Balanced(Box<Balanced>),
}

/// What a router must be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Requests in flight at each replica.
    pub loads: bool,
    /// The least loaded replica, so that an index of loads pays.
    pub least: bool,
    /// Every change of a replica's requests in flight, at once.
    pub changes: bool,
    /// Service owed by each replica.
    pub work: bool,
    /// How every attempt ended.
    pub ends: bool,
}

impl Routing {
    /// Chooses the replica for the attempt that comes `now`; `None` if there is none.
    #[inline]
    pub fn pick(
        &mut self,
        now: Time,
        asking: Asking,
        replicas: &ReplicaLoads,
        stream: &mut Stream,
    ) -> Option<usize> {
        match self {
            Self::Random(router) => router.pick(replicas, stream),
            Self::RoundRobin(router) => router.pick(replicas),
            Self::LeastRequest(router) => router.pick(replicas),
            Self::PowerOfTwo(router) => router.pick(replicas, stream),
            Self::JoinShortestQueue(router) => router.pick(replicas, stream),
            Self::Custom(router) => router
                .pick_for(now, asking, replicas, stream)
                .filter(|&place| place < replicas.len()),
            Self::KubeProxy(router) => router.pick(now, asking, replicas, stream),
            Self::RingHash(router) => router.pick(asking, replicas, stream),
            Self::Maglev(router) => router.pick(asking, replicas, stream),
            Self::BoundedLoad(router) => router.pick(asking, replicas, stream),
            Self::PeakEwma(router) => router.pick(now, replicas, stream),
            Self::WeightedRoundRobin(router) => router.pick(replicas),
            Self::WeightedLeastConnections(router) => router.pick(replicas),
            Self::WeightedLeastRequest(router) => router.pick(replicas, stream),
            Self::JoinIdleQueue(router) => router.pick(asking, replicas, stream),
            Self::LeastWorkLeft(router) => router.pick(now, replicas),
            Self::ProxiedLeastRequest(router) => router.pick(asking, replicas),
            Self::ProxiedPowerOfTwo(router) => router.pick(asking, replicas, stream),
            Self::Balanced(router) => router.pick(now, asking, replicas, stream),
        }
    }

    /// What it must be told to decide.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let none = Needs::default();
        let loads = Needs { loads: true, ..none };
        match self {
            Self::Random(_)
            | Self::RoundRobin(_)
            | Self::KubeProxy(_)
            | Self::RingHash(_)
            | Self::Maglev(_)
            | Self::WeightedRoundRobin(_) => none,
            Self::PowerOfTwo(_)
            | Self::BoundedLoad(_)
            | Self::WeightedLeastConnections(_)
            | Self::WeightedLeastRequest(_) => loads,
            Self::LeastRequest(_) | Self::JoinShortestQueue(_) => Needs { least: true, ..loads },
            Self::Custom(router) => Needs {
                ends: router.hears_ends(),
                ..loads
            },
            Self::PeakEwma(_) | Self::ProxiedLeastRequest(_) | Self::ProxiedPowerOfTwo(_) => {
                Needs { ends: true, ..none }
            }
            Self::JoinIdleQueue(_) => Needs {
                changes: true,
                ..loads
            },
            Self::LeastWorkLeft(_) => Needs { work: true, ..loads },
            Self::Balanced(router) => router.needs(),
        }
    }

    /// Whether it decides by nothing but who asks, when, and which replicas there are.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.needs() == Needs::default()
    }

    /// An attempt that was sent to a replica has ended.
    pub fn ended(&mut self, ended: &Ended) {
        match self {
            Self::PeakEwma(router) => router.ended(ended),
            Self::ProxiedLeastRequest(router) => router.ended(ended),
            Self::ProxiedPowerOfTwo(router) => router.ended(ended),
            Self::Custom(router) => router.ended(ended),
            Self::Balanced(router) => router.ended(ended),
            _ => (),
        }
    }

    /// The requests in flight at `station`, or what it owes, have changed.
    pub fn changed(&mut self, station: usize, replicas: &ReplicaLoads) {
        match self {
            Self::JoinIdleQueue(router) => {
                if let Some(place) = replicas.place_of(station) {
                    router.changed(station, replicas.load(place));
                }
            }
            Self::Balanced(router) => router.changed(station, replicas),
            _ => (),
        }
    }

    /// What sets the weights of replicas, if it weighs them.
    #[must_use]
    pub fn weights(&self) -> Option<&Weights> {
        match self {
            Self::WeightedRoundRobin(router) => Some(&router.weights),
            Self::WeightedLeastConnections(router) => Some(&router.weights),
            Self::WeightedLeastRequest(router) => Some(&router.weights),
            Self::RingHash(router) => Some(&router.weights),
            Self::Maglev(router) => Some(&router.weights),
            Self::Balanced(router) => router.weights(),
            _ => None,
        }
    }

    /// The weight of a replica and the number of its zone, as far as the router cares.
    #[must_use]
    pub fn know(&self, replica: &ReplicaTraits<'_>) -> (f64, Option<u16>) {
        let weight = self.weights().map_or(1.0, |weights| weights.of(replica));
        let zone = match self {
            Self::Balanced(router) => router.zone_of(replica.zone),
            _ => None,
        };
        (weight, zone)
    }

    /// What ejection and locality came to, where there are some.
    #[must_use]
    pub fn balancing(&self) -> Option<BalancingRecord> {
        match self {
            Self::Balanced(router) => Some(router.record()),
            _ => None,
        }
    }

    /// Measuring starts anew.
    pub fn measured_anew(&mut self) {
        if let Self::Balanced(router) = self {
            router.measured_anew();
        }
    }
}

impl<R: Router + 'static> From<R> for Routing {
    fn from(router: R) -> Self {
        Self::Custom(Box::new(router))
    }
}

impl From<LeastRequest> for Routing {
    fn from(router: LeastRequest) -> Self {
        match router.proxies {
            0 | 1 => Self::LeastRequest(router),
            _ => Self::ProxiedLeastRequest(Box::new(router.into())),
        }
    }
}

impl From<PowerOfTwo> for Routing {
    fn from(router: PowerOfTwo) -> Self {
        match router.proxies {
            0 | 1 => Self::PowerOfTwo(router),
            _ => Self::ProxiedPowerOfTwo(Box::new(router.into())),
        }
    }
}

macro_rules! plain {
    ($($router:ident)*) => {$(
        impl From<$router> for Routing {
            fn from(router: $router) -> Self {
                Self::$router(router)
            }
        }
    )*};
}

macro_rules! boxed {
    ($($router:ident)*) => {$(
        impl From<$router> for Routing {
            fn from(router: $router) -> Self {
                Self::$router(Box::new(router))
            }
        }
    )*};
}

plain!(Random RoundRobin JoinShortestQueue LeastWorkLeft);
boxed!(KubeProxy RingHash Maglev BoundedLoad PeakEwma JoinIdleQueue);
boxed!(WeightedRoundRobin WeightedLeastConnections WeightedLeastRequest);
