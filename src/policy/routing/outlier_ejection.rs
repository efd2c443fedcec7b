//! Outlier ejection: a replica that fails several requests in a row gets none for a while. Envoy's `outlier_detection`,
//! as far as consecutive failures go; its statistics of success rates are not modelled.

use super::asking::End;
use crate::engine::Time;
use crate::model::request_queue::ReplicaLoads;
use crate::model::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a replica that fails gets no requests, and for how long. Names and defaults are Envoy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutlierEjection {
    /// Failures in a row after which it is ejected: refused, timed out, or lost with the replica.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub consecutive_5xx: u32,
    /// Time between sweeps, at which ejected replicas come back.
    pub interval: Duration,
    /// A replica is ejected for this, times how often it was ejected of late: each sweep in which it was not takes one off.
    pub base_ejection_time: Duration,
    /// The longest ejection.
    pub max_ejection_time: Duration,
    /// Most replicas ejected at a time, percent.
    #[schemars(range(max = 100))]
    pub max_ejection_percent: u32,
    /// Whether one may be ejected even if that is more.
    pub always_eject_one_host: bool,
}

impl Default for OutlierEjection {
    fn default() -> Self {
        Self {
            consecutive_5xx: 5,
            interval: Duration::from_secs(10),
            base_ejection_time: Duration::from_secs(30),
            max_ejection_time: Duration::from_secs(300),
            max_ejection_percent: 10,
            always_eject_one_host: false,
        }
    }
}

impl OutlierEjection {
    /// What is wrong with it.
    pub(super) fn problems(&self) -> Vec<String> {
        match self.interval == Duration::ZERO {
            true => vec!["outlier_ejection: `interval` must be longer than zero".to_owned()],
            false => Vec::new(),
        }
    }
}

/// What is remembered of a station.
#[derive(Clone, Copy, Debug, Default)]
struct Host {
    ordinal: Option<u64>,
    failures: u32,
    ejected: Option<Time>,
    /// How many times the base it is, or would be, ejected for.
    times: u32,
}

/// Who is ejected.
#[derive(Clone, Debug)]
pub(super) struct Ejector {
    rule: OutlierEjection,
    hosts: Vec<Host>,
    count: usize,
    ejected: usize,
    next_sweep: Time,
    /// Ejections since measuring started.
    pub(super) ejections: u64,
}

impl Ejector {
    pub(super) fn new(rule: OutlierEjection) -> Self {
        Self {
            rule,
            hosts: Vec::new(),
            count: 0,
            ejected: 0,
            next_sweep: Time::ZERO + rule.interval.span(),
            ejections: 0,
        }
    }

    /// Whether `station` gets no requests. Nobody is spared when more than half are ejected (Envoy's panic threshold).
    pub(super) fn spares(&self, station: usize) -> bool {
        let ejected = self.hosts.get(station).is_some_and(|host| host.ejected.is_some());
        ejected && 2 * self.ejected <= self.count
    }

    /// Replicas have come or gone: forgets those that have.
    pub(super) fn follow(&mut self, replicas: &ReplicaLoads) {
        let mut hosts = vec![Host::default(); self.hosts.len()];
        for place in 0..replicas.len() {
            let (station, ordinal) = (replicas.station(place), replicas.facts(place).ordinal);
            if hosts.len() <= station {
                hosts.resize(station + 1, Host::default());
            }
            let known = self.hosts.get(station).copied();
            hosts[station] = known
                .filter(|host| host.ordinal == Some(ordinal))
                .unwrap_or(Host {
                    ordinal: Some(ordinal),
                    ..Host::default()
                });
        }
        self.hosts = hosts;
        self.count = replicas.len();
        self.ejected = self.hosts.iter().filter(|host| host.ejected.is_some()).count();
    }

    /// Does the sweeps up to `now`; returns whether somebody came back.
    pub(super) fn sweep(&mut self, now: Time) -> bool {
        let mut back = false;
        while self.next_sweep <= now {
            let at = self.next_sweep;
            let mut idle = true;
            for host in &mut self.hosts {
                let Some(since) = host.ejected else {
                    host.times = host.times.saturating_sub(1);
                    idle &= host.times == 0;
                    continue;
                };
                let base = self.rule.base_ejection_time.span();
                let most = self.rule.max_ejection_time.span().max(base);
                let lasts = base.scaled(f64::from(host.times)).min(most);
                idle = false;
                if at.since(since) >= lasts {
                    (host.ejected, host.failures) = (None, 0);
                    self.ejected -= 1;
                    back = true;
                }
            }
            let interval = self.rule.interval.span().nanos().max(1);
            // Sweeps with nobody to look after change nothing.
            let steps = match idle {
                true => now.since(at).nanos() / interval + 1,
                false => 1,
            };
            self.next_sweep = Time::from_nanos(at.nanos().saturating_add(interval.saturating_mul(steps)));
        }
        back
    }

    /// An attempt at `station` has ended; returns whether the station is ejected for it.
    pub(super) fn ended(&mut self, now: Time, station: usize, end: End) -> bool {
        let Some(host) = self.hosts.get_mut(station) else {
            return false;
        };
        match end {
            End::Answered => host.failures = 0,
            End::Failed if host.ejected.is_none() && host.ordinal.is_some() => host.failures += 1,
            End::Failed | End::Left => (),
        }
        if host.failures < self.rule.consecutive_5xx.max(1) || host.ejected.is_some() {
            return false;
        }
        host.failures = 0;
        let within = (self.ejected + 1) * 100 <= self.count * self.rule.max_ejection_percent as usize;
        let is_the_one = self.rule.always_eject_one_host && self.ejected == 0;
        if !within && !is_the_one {
            return false;
        }
        host.ejected = Some(now);
        let base = self.rule.base_ejection_time.span();
        let most = self.rule.max_ejection_time.span();
        if base.scaled(f64::from(host.times + 1)) < most + base {
            host.times += 1;
        }
        self.ejected += 1;
        self.ejections += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::replicas;
    use super::*;
    use crate::engine::Span;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn ejector(count: usize, always_one: bool) -> Ejector {
        let mut ejector = Ejector::new(OutlierEjection {
            always_eject_one_host: always_one,
            ..OutlierEjection::default()
        });
        ejector.follow(&replicas(count));
        ejector
    }

    fn fails(ejector: &mut Ejector, now: Time, station: usize) -> bool {
        (0..5).any(|_| ejector.ended(now, station, End::Failed))
    }

    #[test]
    fn five_failures_in_a_row_eject_for_thirty_seconds_then_sixty() {
        let mut ejector = ejector(10, false);
        for _ in 0..3 {
            (0..4).for_each(|_| assert!(!ejector.ended(at(1), 3, End::Failed)));
            assert!(
                !ejector.ended(at(1), 3, End::Answered),
                "an answer starts the count anew"
            );
        }
        assert!(fails(&mut ejector, at(1), 3));
        assert!(ejector.spares(3));
        assert!(!ejector.sweep(at(39)), "31 s are over at the sweep of 40 s only");
        assert!(ejector.sweep(at(40)) && !ejector.spares(3));
        assert!(fails(&mut ejector, at(41), 3));
        assert!(!ejector.sweep(at(100)), "the second time for 60 s");
        assert!(ejector.sweep(at(110)));
        // Two quiet sweeps forget both.
        ejector.sweep(at(130));
        assert!(fails(&mut ejector, at(131), 3));
        assert!(ejector.sweep(at(170)), "30 s again");
    }

    #[test]
    fn at_most_a_tenth_is_ejected_and_of_few_none_unless_one_always_may_be() {
        let mut ten = ejector(10, false);
        assert!(fails(&mut ten, at(1), 0));
        assert!(!fails(&mut ten, at(1), 1), "a second would be a fifth");
        let mut few = ejector(5, false);
        assert!(!fails(&mut few, at(1), 0), "one in five is more than a tenth");
        let mut always = ejector(5, true);
        assert!(fails(&mut always, at(1), 0));
        assert!(!fails(&mut always, at(1), 1));
    }

    #[test]
    fn a_replica_that_goes_makes_room_for_another_ejection() {
        let mut ejector = ejector(10, false);
        assert!(fails(&mut ejector, at(1), 0));
        let mut all = replicas(11);
        all.leave(0);
        ejector.follow(&all);
        assert!(fails(&mut ejector, at(2), 1));
    }
}
