//! Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam 2018): a key's replica, unless it has more
//! than 1 + ε times its fair part of the requests in flight; then the next one on the ring that has not. HAProxy's
//! `hash-balance-factor`.

use super::asking::Asking;
use super::keys::Keys;
use super::ring::Ring;
use crate::engine::Stream;
use crate::model::request_queue::ReplicaLoads;
use crate::model::units::Ratio;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The replica that the request's key belongs to on a hash ring, or the next one that is not too busy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BoundedLoad {
    /// How much more than its fair part of the requests in flight a replica may have.
    pub epsilon: Ratio,
    /// Fewest points of the ring, over all replicas.
    #[schemars(range(min = 1, max = 8_388_608))]
    pub minimum_ring_size: u32,
    /// What requests of open loads are about.
    pub keys: Keys,
    #[serde(skip)]
    ring: Ring,
}

impl Default for BoundedLoad {
    fn default() -> Self {
        Self {
            epsilon: Ratio::from_percent(25),
            minimum_ring_size: 1024,
            keys: Keys::default(),
            ring: Ring::default(),
        }
    }
}

impl BoundedLoad {
    #[inline(never)]
    pub(super) fn pick(
        &mut self,
        asking: Asking,
        replicas: &ReplicaLoads,
        stream: &mut Stream,
    ) -> Option<usize> {
        self.ring.follow(replicas, self.minimum_ring_size);
        let hash = self.keys.hash_of(asking, stream);
        let most = self.most(replicas);
        let mut along = self.ring.from(hash);
        along.find(|&place| f64::from(replicas.load(place)) < most)
    }

    /// Requests in flight that a replica may have, this one included. At least one replica has fewer without it.
    fn most(&self, replicas: &ReplicaLoads) -> f64 {
        let in_flight: u64 = (0..replicas.len())
            .map(|place| u64::from(replicas.load(place)))
            .sum();
        let fair = (in_flight + 1) as f64 / replicas.len().max(1) as f64;
        ((1.0 + self.epsilon.get()) * fair).ceil()
    }
}

impl Parameters for BoundedLoad {
    fn problems(&self) -> Vec<String> {
        self.keys.problems()
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::{asks, replicas, stream};
    use super::*;

    #[test]
    fn no_replica_has_more_than_its_part_and_a_quarter_however_popular_a_key_is() {
        let mut router = BoundedLoad {
            keys: Keys {
                count: 50,
                zipf: 2.0,
                ..Keys::default()
            },
            ..BoundedLoad::default()
        };
        let (mut all, mut stream) = (replicas(7), stream());
        for request in 0..1000_u32 {
            let place = router.pick(asks(request.into()), &all, &mut stream).unwrap();
            all.increase(all.station(place));
            let most = (1.25 * f64::from(request + 1) / 7.0).ceil();
            assert!(f64::from(all.load(place)) <= most, "request {request}");
        }
    }

    #[test]
    fn below_the_bound_it_is_the_ring() {
        let mut bounded = BoundedLoad {
            epsilon: Ratio::from_percent(60_000),
            ..BoundedLoad::default()
        };
        let mut ring = super::super::RingHash::default();
        let (all, mut one, mut other) = (replicas(9), stream(), stream());
        for request in 0..500 {
            assert_eq!(
                bounded.pick(asks(request), &all, &mut one),
                ring.pick(asks(request), &all, &mut other)
            );
        }
    }
}
