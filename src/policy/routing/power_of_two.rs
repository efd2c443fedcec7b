//! Power of two choices: the less loaded of two replicas drawn at random (Mitzenmacher 1996). Envoy's
//! `LEAST_REQUEST` default; `choices` generalises to d. Of several `proxies` each knows only its own requests, as proxies
//! beside their clients do: the more there are, the less each knows, down to a choice at random.

use super::asking::{Asking, Ended};
use super::own_counts::OwnCounts;
use crate::engine::Stream;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The less loaded of a few replicas drawn at random, with replacement; the first drawn among equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PowerOfTwo {
    /// Replicas drawn for each request.
    #[schemars(range(min = 1, max = 64))]
    pub choices: u32,
    /// Proxies that requests come through, each of which knows only the requests it has in flight itself. One knows all.
    #[schemars(range(min = 1, max = 10_000))]
    pub proxies: u32,
}

impl Default for PowerOfTwo {
    fn default() -> Self {
        Self {
            choices: 2,
            proxies: 1,
        }
    }
}

impl PowerOfTwo {
    #[inline]
    pub(super) fn pick(self, replicas: &ReplicaLoads, stream: &mut Stream) -> Option<usize> {
        self.pick_among(replicas.len(), |place| replicas.load(place), stream)
    }

    /// Chooses among `count` replicas whose requests in flight `load` tells.
    #[inline]
    pub fn pick_among(
        self,
        count: usize,
        mut load: impl FnMut(usize) -> u32,
        stream: &mut Stream,
    ) -> Option<usize> {
        if count == 0 {
            return None;
        }
        let mut best = stream.random_range(0..count);
        let mut least = load(best);
        for _ in 1..self.choices {
            let other = stream.random_range(0..count);
            let load = load(other);
            if load < least {
                (best, least) = (other, load);
            }
        }
        Some(best)
    }
}

impl Parameters for PowerOfTwo {}

/// The same of several proxies that do not know of each other.
#[derive(Clone, Debug)]
pub struct ProxiedPowerOfTwo {
    policy: PowerOfTwo,
    counts: OwnCounts,
}

impl From<PowerOfTwo> for ProxiedPowerOfTwo {
    fn from(policy: PowerOfTwo) -> Self {
        Self {
            policy,
            counts: OwnCounts::new(policy.proxies),
        }
    }
}

impl ProxiedPowerOfTwo {
    #[inline(never)]
    pub(super) fn pick(
        &mut self,
        asking: Asking,
        replicas: &ReplicaLoads,
        stream: &mut Stream,
    ) -> Option<usize> {
        let proxy = self.counts.proxy_of(asking);
        let own = |place| self.counts.at(proxy, replicas.station(place));
        let place = self.policy.pick_among(replicas.len(), own, stream)?;
        self.counts.sent(proxy, replicas.station(place));
        Some(place)
    }

    pub(super) fn ended(&mut self, ended: &Ended) {
        self.counts.ended(ended);
    }
}
