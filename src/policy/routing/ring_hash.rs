//! Ring hash: requests about the same thing go to the same replica, as Envoy's `RING_HASH` and ketama do it. For caches
//! and sessions; the load is as even as the keys are.

use super::asking::Asking;
use super::keys::Keys;
use super::ring::Ring;
use super::weights::Weights;
use crate::engine::Stream;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The replica that the request's key belongs to on a hash ring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RingHash {
    /// Fewest points of the ring, over all replicas.
    #[schemars(range(min = 1, max = 8_388_608))]
    pub minimum_ring_size: u32,
    /// What requests of open loads are about.
    pub keys: Keys,
    /// What sets the weight of a replica: it has points in proportion.
    pub weights: Weights,
    #[serde(skip)]
    ring: Ring,
}

impl Default for RingHash {
    fn default() -> Self {
        Self {
            minimum_ring_size: 1024,
            keys: Keys::default(),
            weights: Weights::default(),
            ring: Ring::default(),
        }
    }
}

impl RingHash {
    #[inline(never)]
    pub(super) fn pick(
        &mut self,
        asking: Asking,
        replicas: &ReplicaLoads,
        stream: &mut Stream,
    ) -> Option<usize> {
        self.ring.follow(replicas, self.minimum_ring_size);
        let hash = self.keys.hash_of(asking, stream);
        self.ring.from(hash).next()
    }
}

impl Parameters for RingHash {
    fn problems(&self) -> Vec<String> {
        self.keys.problems()
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::{asks, replicas, stream, weighing};
    use super::*;

    /// The station of each of many keys.
    fn owners(router: &mut RingHash, all: &ReplicaLoads) -> Vec<usize> {
        let mut stream = stream();
        let mut owner = |request| {
            let place = router.pick(asks(request), all, &mut stream).unwrap();
            all.station(place)
        };
        (0..20_000).map(&mut owner).collect()
    }

    fn moved_of_others(count: usize) -> (f64, f64) {
        let (mut router, mut all) = (RingHash::default(), replicas(count));
        let before = owners(&mut router, &all);
        let lost = count / 2;
        all.leave(lost);
        let after = owners(&mut router, &all);
        let pairs = || before.iter().zip(&after);
        let own = pairs().filter(|(before, _)| **before == lost).count();
        let others = pairs().filter(|(before, after)| **before != lost && before != after);
        (own as f64 / 20_000.0, others.count() as f64 / 20_000.0)
    }

    #[test]
    fn a_replica_that_leaves_moves_its_own_keys_only() {
        // 1024 points over 200 and over 199 replicas are 6 each.
        assert_eq!(Ring::points_each(1024, 200), Ring::points_each(1024, 199));
        let (own, others) = moved_of_others(200);
        assert!(others <= 0.0, "no key of another replica moves");
        assert!((0.001..0.02).contains(&own), "about one in 200 did: {own}");
    }

    /// Where the others get more points, as Envoy's do in a small ring, those win a share of the keys that is no more
    /// than the share of new points allows.
    #[test]
    fn points_that_the_others_get_take_no_more_than_their_share() {
        // 64 points each of 16, then 69 each of 15: one in 14 is new.
        let (own, others) = moved_of_others(16);
        assert!((0.03..0.11).contains(&own), "about one in 16: {own}");
        assert!(others < 5.0 / 69.0 * 1.5, "{others}");
    }

    #[test]
    fn with_enough_points_even_keys_make_even_loads() {
        let mut router = RingHash {
            minimum_ring_size: 100_000,
            keys: Keys {
                count: 1_000_000,
                zipf: 0.0,
                ..Keys::default()
            },
            ..RingHash::default()
        };
        let mut counts = [0; 10];
        for station in owners(&mut router, &replicas(10)) {
            counts[station] += 1;
        }
        // 10 000 points each: the arcs vary by one in a hundred, the 2000 draws by one in forty-five.
        assert!(
            counts.iter().all(|&count| (1800..2200).contains(&count)),
            "{counts:?}"
        );
    }
    /// Three times the weight is three times the keys, as nearly as the arcs allow.
    #[test]
    fn keys_are_in_proportion_to_weights() {
        let mut router = RingHash {
            minimum_ring_size: 100_000,
            keys: Keys {
                count: 1_000_000,
                zipf: 0.0,
                ..Keys::default()
            },
            ..RingHash::default()
        };
        let mut counts = [0; 3];
        for station in owners(&mut router, &weighing(&[3.0, 1.0, 1.0])) {
            counts[station] += 1;
        }
        assert!((11_600..12_400).contains(&counts[0]), "{counts:?}");
        assert!((3800..4200).contains(&counts[1]), "{counts:?}");
    }
}
