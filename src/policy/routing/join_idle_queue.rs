//! Join the idle queue (Lu et al. 2011): replicas that have nothing to do tell one of the proxies, and each proxy sends its
//! requests to those that told it; if there is none, anywhere. Nothing has to be asked when a request comes.

use super::asking::Asking;
use crate::engine::Stream;
use crate::engine::random::mix;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A replica that has nothing to do and said so, or any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JoinIdleQueue {
    /// Proxies that requests come through, each with a queue of idle replicas of its own.
    #[schemars(range(min = 1, max = 10_000))]
    pub proxies: u32,
    #[serde(skip)]
    idle: Vec<VecDeque<u32>>,
    /// By station: whether it is in one of the queues.
    #[serde(skip)]
    listed: Vec<bool>,
    #[serde(skip)]
    told: u64,
    #[serde(skip)]
    version: Option<u64>,
}

/// Set the two choices of a proxy apart.
const ASKED: u64 = 0x61_73_6b;
const TOLD: u64 = 0x74_65_6c_6c;

impl Default for JoinIdleQueue {
    fn default() -> Self {
        Self {
            proxies: 1,
            idle: Vec::new(),
            listed: Vec::new(),
            told: 0,
            version: None,
        }
    }
}

impl JoinIdleQueue {
    #[inline(never)]
    pub(super) fn pick(
        &mut self,
        asking: Asking,
        replicas: &ReplicaLoads,
        stream: &mut Stream,
    ) -> Option<usize> {
        if replicas.is_empty() {
            return None;
        }
        if self.version != Some(replicas.version()) {
            self.version = Some(replicas.version());
            (0..replicas.len()).for_each(|place| self.changed(replicas.station(place), replicas.load(place)));
        }
        let proxy = asking.one_of(self.proxies.max(1), ASKED) as usize;
        while let Some(station) = self.idle.get_mut(proxy).and_then(VecDeque::pop_front) {
            let station = station as usize;
            self.listed[station] = false;
            let place = replicas.place_of(station);
            // It may have got a request through another proxy meanwhile, or have gone.
            if let Some(place) = place.filter(|&place| replicas.load(place) == 0) {
                return Some(place);
            }
        }
        Some(stream.random_range(0..replicas.len()))
    }

    /// `station` has `load` requests now.
    pub(super) fn changed(&mut self, station: usize, load: u32) {
        if self.listed.len() <= station {
            self.listed.resize(station + 1, false);
        }
        if load > 0 || std::mem::replace(&mut self.listed[station], true) {
            return;
        }
        self.idle.resize(self.proxies.max(1) as usize, VecDeque::new());
        self.told += 1;
        let proxy = mix(self.told ^ TOLD) % u64::from(self.proxies.max(1));
        self.idle[proxy as usize].push_back(station as u32);
    }
}

impl Parameters for JoinIdleQueue {}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::{asks, replicas, stream};
    use super::*;

    #[test]
    fn idle_replicas_are_taken_in_the_order_they_told_and_then_any() {
        let (mut router, mut all, mut stream) = (JoinIdleQueue::default(), replicas(3), stream());
        for station in 0..3 {
            assert_eq!(router.pick(asks(0), &all, &mut stream), Some(station));
            all.increase(station);
        }
        all.decrease(1);
        router.changed(1, 0);
        assert_eq!(
            router.pick(asks(0), &all, &mut stream),
            Some(1),
            "the only idle one"
        );
        all.increase(1);
        let others: std::collections::BTreeSet<_> =
            (0..50).map(|_| router.pick(asks(0), &all, &mut stream)).collect();
        assert_eq!(others.len(), 3, "none is idle: any");
    }
}
