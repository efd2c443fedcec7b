//! A hash ring: each replica at many points of a circle; a key belongs to the first point after its hash.
//!
//! Sized as Envoy does it (`ring_hash_lb.cc`): the lightest replica has the least whole number of points that make a ring
//! of the asked size, and the others have points in proportion to their weights.
//! A point's place depends on its replica and its number alone, so a replica that leaves hands on its own keys only, as
//! long as the number of points of the others stays. The hash is SplitMix64's finaliser (Envoy's is xxHash64).

use crate::engine::random::mix;
use crate::model::request_queue::ReplicaLoads;

/// Points of a circle and whose they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ring {
    points: Vec<Point>,
    built: Option<(u64, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    hash: u64,
    ordinal: u64,
    place: u32,
}

/// Envoy's `maximum_ring_size`.
const SIZE_MAX: u32 = 8 << 20;

impl Ring {
    /// Points of one replica in a ring of at least `size` for `count` replicas.
    pub(super) fn points_each(size: u32, count: usize) -> u64 {
        u64::from(size.min(SIZE_MAX)).div_ceil(count.max(1) as u64).max(1)
    }

    /// Points of each replica in a ring of at least `size`.
    fn points_of(size: u32, replicas: &ReplicaLoads) -> Vec<u64> {
        let weights: Vec<f64> = (0..replicas.len())
            .map(|place| replicas.facts(place).weight)
            .collect();
        let Some(least) = weights.iter().copied().reduce(f64::min) else {
            return Vec::new();
        };
        if weights.iter().all(|&weight| weight <= least) {
            return vec![Self::points_each(size, weights.len()); weights.len()];
        }
        let sum: f64 = weights.iter().sum();
        let (size, least) = (f64::from(size.min(SIZE_MAX)), least / sum);
        let scale = ((least * size).ceil() / least).min(f64::from(SIZE_MAX));
        // Whole numbers of points whose sum keeps up with that of the parts.
        let (mut given, mut due) = (0.0, 0.0);
        let counts = weights.iter().map(|weight| {
            due += scale * weight / sum;
            let more = f64::max(due - given, 0.0).ceil();
            given += more;
            more as u64
        });
        counts.collect()
    }

    /// Makes the ring anew if replicas have come or gone.
    pub(super) fn follow(&mut self, replicas: &ReplicaLoads, size: u32) {
        let version = (replicas.version(), replicas.weights_version());
        if self.built == Some(version) {
            return;
        }
        self.built = Some(version);
        let counts = Self::points_of(size, replicas);
        self.points.clear();
        for (place, points) in counts.into_iter().enumerate() {
            let ordinal = replicas.facts(place).ordinal;
            self.points.extend((0..points).map(|number| Point {
                hash: mix(mix(ordinal) ^ mix(number ^ POINTS)),
                ordinal,
                place: place as u32,
            }));
        }
        self.points.sort_unstable();
    }

    /// The replica a key belongs to, and those that come after it on the circle, some of them more than once.
    pub(super) fn from(&self, hash: u64) -> impl Iterator<Item = usize> {
        let first = self.points.partition_point(|point| point.hash < hash);
        let (before, after) = self.points.split_at(first);
        after.iter().chain(before).map(|point| point.place as usize)
    }
}

/// Sets points of replicas apart from other hashes.
const POINTS: u64 = 0x72_69_6e_67;
