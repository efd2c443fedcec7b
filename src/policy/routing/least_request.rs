//! Least request: the replica with fewest requests in flight, waiting ones included; in turn among equals, as HAProxy's
//! `leastconn` and NGINX's `least_conn` do. (Envoy's `LEAST_REQUEST` draws two at random: that is `power_of_two`.)
//! Of several `proxies` each knows only its own requests, as several load balancers in front of one service do.

use super::asking::{Asking, Ended};
use super::own_counts::OwnCounts;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The replica with fewest requests in flight, in turn among equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeastRequest {
    /// Proxies that requests come through, each of which knows only the requests it has in flight itself. One knows all.
    #[schemars(range(min = 1, max = 10_000))]
    pub proxies: u32,
    #[serde(skip)]
    next: usize,
}

impl Default for LeastRequest {
    fn default() -> Self {
        Self { proxies: 1, next: 0 }
    }
}

impl LeastRequest {
    #[inline]
    pub(super) fn pick(&mut self, replicas: &ReplicaLoads) -> Option<usize> {
        if replicas.is_empty() {
            return None;
        }
        let place = replicas.least_loaded_from(self.next % replicas.len())?;
        self.next = place + 1;
        Some(place)
    }
}

impl Parameters for LeastRequest {}

/// The same of several proxies that do not know of each other.
#[derive(Clone, Debug)]
pub struct ProxiedLeastRequest {
    /// Where each proxy looks first.
    next: Vec<usize>,
    counts: OwnCounts,
}

impl From<LeastRequest> for ProxiedLeastRequest {
    /// Proxies begin at different replicas, as if each had started at a time of its own.
    fn from(policy: LeastRequest) -> Self {
        Self {
            next: (0..policy.proxies.max(1) as usize).collect(),
            counts: OwnCounts::new(policy.proxies),
        }
    }
}

impl ProxiedLeastRequest {
    #[inline(never)]
    pub(super) fn pick(&mut self, asking: Asking, replicas: &ReplicaLoads) -> Option<usize> {
        let (proxy, count) = (self.counts.proxy_of(asking), replicas.len());
        let turns = (0..count).map(|step| (self.next[proxy] + step) % count);
        let place = turns.min_by_key(|&place| self.counts.at(proxy, replicas.station(place)))?;
        self.next[proxy] = place + 1;
        self.counts.sent(proxy, replicas.station(place));
        Some(place)
    }

    pub(super) fn ended(&mut self, ended: &Ended) {
        self.counts.ended(ended);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Routing;
    use super::super::asking::End;
    use super::super::test_replicas::{asks, replicas, stream};
    use super::*;
    use crate::engine::{Span, Time};

    #[test]
    fn a_proxy_knows_its_own_requests_and_forgets_those_that_have_ended() {
        let policy = LeastRequest {
            proxies: 2,
            ..LeastRequest::default()
        };
        let Routing::ProxiedLeastRequest(mut router) = Routing::from(policy) else {
            panic!("two proxies know only their own");
        };
        let all = replicas(3);
        let of = |proxy, router: &ProxiedLeastRequest| {
            let mut requests = (0..).map(asks);
            let found = requests.find(|&asking| router.counts.proxy_of(asking) == proxy);
            found.unwrap()
        };
        let (one, other) = (of(0, &router), of(1, &router));
        let first: Vec<_> = (0..3).map(|_| router.pick(one, &all).unwrap()).collect();
        assert_eq!(first, [0, 1, 2]);
        assert_eq!(
            router.pick(other, &all),
            Some(1),
            "the other proxy sees three idle replicas"
        );
        router.ended(&Ended {
            now: Time::ZERO,
            asking: one,
            station: 1,
            took: Span::ZERO,
            end: End::Answered,
        });
        assert_eq!(
            router.pick(one, &all),
            Some(1),
            "the only one without a request of its own"
        );
        let mut plain = Routing::from(LeastRequest::default());
        assert_eq!(plain.pick(Time::ZERO, one, &all, &mut stream()), Some(0));
    }
}
