//! What requests are about: the key by which consistent hashing sends them.

use super::asking::Asking;
use crate::engine::Stream;
use crate::engine::random::mix;
use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The keys of requests of open loads. A user of a closed load is a key of its own.
///
/// A request keeps its key when it is tried again, and the n-th request has the same one under every policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// How many there are.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: u32,
    /// How much more often the popular ones come: the k-th is asked for in proportion to 1 / k^zipf. 0 makes all alike;
    /// 0.99 is what the YCSB benchmark takes.
    #[schemars(range(min = 0, max = 10))]
    pub zipf: f64,
    #[serde(skip)]
    pub(super) drawn: Option<Drawn>,
}

/// What is drawn once a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawn {
    salt: u64,
    /// Σ of shares up to each key.
    bounds: Vec<f64>,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            count: 10_000,
            zipf: 0.99,
            drawn: None,
        }
    }
}

impl Keys {
    /// A hash of the key of this request.
    pub(super) fn hash_of(&mut self, asking: Asking, stream: &mut Stream) -> u64 {
        if let Some(user) = asking.user {
            return mix(mix(u64::from(user)) ^ USERS);
        }
        let (count, zipf) = (self.count.max(1), self.zipf);
        let drawn = self.drawn.get_or_insert_with(|| Drawn {
            salt: stream.next_u64(),
            bounds: bounds(count, zipf),
        });
        let point = (mix(mix(asking.request) ^ drawn.salt) >> 11) as f64 / (1_u64 << 53) as f64;
        let key = drawn.bounds.partition_point(|&bound| bound <= point);
        mix(mix(key.min(count as usize - 1) as u64) ^ KEYS)
    }

    /// What is wrong with them.
    pub(super) fn problems(&self) -> Vec<String> {
        let zipf = self.zipf;
        if (0.0..=10.0).contains(&zipf) {
            return Vec::new();
        }
        vec![format!("keys: `zipf` must be from 0 to 10, not {zipf}")]
    }
}

/// Set the hashes of users and keys apart.
const USERS: u64 = 0x75_73_65_72;
const KEYS: u64 = 0x6b_65_79;

fn bounds(count: u32, zipf: f64) -> Vec<f64> {
    let shares = (1..=count).map(|rank| f64::from(rank).powf(-zipf));
    let total: f64 = shares.clone().sum();
    let bounds = shares.scan(0.0, |sum, share| {
        *sum += share / total;
        Some(*sum)
    });
    bounds.collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::{asks, stream};
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_most_popular_key_comes_as_often_as_zipf_says_and_a_retry_has_the_same_key() {
        let mut keys = Keys {
            count: 100,
            zipf: 1.0,
            ..Keys::default()
        };
        let mut stream = stream();
        let mut counts = BTreeMap::new();
        for request in 0..20_000 {
            let hash = keys.hash_of(asks(request), &mut stream);
            assert_eq!(hash, keys.hash_of(asks(request), &mut stream));
            *counts.entry(hash).or_insert(0) += 1;
        }
        // 1 / H_100 = 19.28 %.
        let most = *counts.values().max().unwrap();
        assert!((3700..4020).contains(&most), "{most} of 20 000");
        assert_eq!(counts.len(), 100);
    }
}
