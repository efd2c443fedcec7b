//! Peak EWMA: the cheaper of two replicas drawn at random, by how long they take and how much they have to do. Finagle's
//! and Linkerd's balancer.
//!
//! A replica's cost is a moving average of its response times that jumps up to a peak at once and comes down slowly, times
//! the requests it has in flight and one more. The average slides towards zero while nothing is heard, so that a replica
//! that was slow is tried again; one that has never answered and has requests in flight is the last choice. As there, a
//! failure counts as an answer: a replica that fails fast looks cheap.
//!
//! Source: Finagle's `PeakEwma.scala`; Linkerd's proxy is of the same design.

use super::asking::Ended;
use crate::engine::{Stream, Time};
use crate::model::request_queue::ReplicaLoads;
use crate::model::units::Duration;
use crate::policy::parameters::Parameters;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The cheaper of two replicas drawn at random, by recent response times and requests in flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeakEwma {
    /// How long it takes until a response time counts for 1/e.
    pub decay: Duration,
    #[serde(skip)]
    seen: Vec<Seen>,
}

/// What is remembered of a station.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    ordinal: Option<u64>,
    /// ns.
    average: f64,
    at: Time,
    pending: u32,
}

/// Cost of a replica that has not answered yet.
const PENALTY: f64 = i64::MAX as f64 / 65_536.0;

impl Default for PeakEwma {
    fn default() -> Self {
        Self {
            decay: Duration::from_secs(10),
            seen: Vec::new(),
        }
    }
}

impl Seen {
    fn observe(&mut self, now: Time, took: f64, decay: f64) {
        let weight = (-(now.since(self.at).nanos() as f64) / decay).exp();
        self.average = if took > self.average {
            took
        } else {
            self.average * weight + took * (1.0 - weight)
        };
        self.at = now;
    }

    fn cost(&mut self, now: Time, decay: f64) -> f64 {
        self.observe(now, 0.0, decay);
        if self.average == 0.0 && self.pending > 0 {
            return PENALTY + f64::from(self.pending);
        }
        self.average * f64::from(self.pending + 1)
    }
}

impl PeakEwma {
    #[inline(never)]
    pub(super) fn pick(&mut self, now: Time, replicas: &ReplicaLoads, stream: &mut Stream) -> Option<usize> {
        let count = replicas.len();
        let mut best = match count {
            0 => return None,
            1 => 0,
            _ => stream.random_range(0..count),
        };
        if count > 1 {
            let other = stream.random_range(0..count - 1);
            let other = other + usize::from(other >= best);
            if self.cost(now, replicas, other) < self.cost(now, replicas, best) {
                best = other;
            }
        }
        self.seen(replicas, best).pending += 1;
        Some(best)
    }

    /// An attempt has ended.
    pub(super) fn ended(&mut self, ended: &Ended) {
        let decay = self.decay_nanos();
        if let Some(seen) = self.seen.get_mut(ended.station) {
            seen.pending = seen.pending.saturating_sub(1);
            seen.observe(ended.now, ended.took.nanos() as f64, decay);
        }
    }

    fn cost(&mut self, now: Time, replicas: &ReplicaLoads, place: usize) -> f64 {
        let decay = self.decay_nanos();
        self.seen(replicas, place).cost(now, decay)
    }

    fn decay_nanos(&self) -> f64 {
        self.decay.span().nanos().max(1) as f64
    }

    /// What is remembered of the replica at `place`; nothing of one that was there before it.
    fn seen(&mut self, replicas: &ReplicaLoads, place: usize) -> &mut Seen {
        let (station, ordinal) = (replicas.station(place), replicas.facts(place).ordinal);
        if self.seen.len() <= station {
            self.seen.resize(station + 1, Seen::default());
        }
        let seen = &mut self.seen[station];
        if seen.ordinal != Some(ordinal) {
            *seen = Seen {
                ordinal: Some(ordinal),
                ..Seen::default()
            };
        }
        seen
    }
}

impl Parameters for PeakEwma {
    fn problems(&self) -> Vec<String> {
        match self.decay == Duration::ZERO {
            true => vec!["`decay` must be longer than zero".to_owned()],
            false => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::asking::End;
    use super::super::test_replicas::{asks, replicas, stream};
    use super::*;
    use crate::engine::Span;

    const SECOND: u64 = 1_000_000_000;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn is(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9
    }

    #[test]
    fn the_average_jumps_to_a_peak_and_comes_down_by_e_in_ten_seconds() {
        let (mut seen, decay) = (Seen::default(), 10.0 * SECOND as f64);
        seen.observe(at(0), 100.0, decay);
        assert!(is(seen.average, 100.0));
        seen.observe(at(10), 0.0, decay);
        assert!(is(seen.average, 100.0 / std::f64::consts::E));
        seen.observe(at(11), 400.0, decay);
        assert!(is(seen.average, 400.0), "a peak counts whole");
        seen.pending = 2;
        assert!(
            is(seen.cost(at(11), decay), 1200.0),
            "times the requests in flight and this one"
        );
    }

    /// Two replicas, one ten times as slow: with one request at a time, the fast one gets nearly all.
    #[test]
    fn the_slow_replica_gets_few_requests_and_one_that_never_answered_none_while_it_is_asked() {
        let (mut router, all, mut stream) = (PeakEwma::default(), replicas(2), stream());
        let mut counts = [0; 2];
        for request in 0..1000_u64 {
            let now = Time::ZERO + Span::from_nanos(request * SECOND / 10);
            let place = router.pick(now, &all, &mut stream).unwrap();
            counts[place] += 1;
            router.ended(&Ended {
                now,
                asking: asks(request),
                station: place,
                took: Span::from_nanos([10_000_000, 100_000_000][place]),
                end: End::Answered,
            });
        }
        assert!(counts[1] < 60, "{counts:?}");
        assert!(counts[1] > 1, "it is tried again now and then");

        let mut fresh = PeakEwma::default();
        assert!(fresh.pick(at(0), &all, &mut stream).is_some());
        let first = usize::from(fresh.seen[0].pending == 0);
        assert_eq!(
            fresh.pick(at(0), &all, &mut stream),
            Some(1 - first),
            "the other is not asked yet"
        );
    }
}
