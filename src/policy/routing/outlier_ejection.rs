//! Outlier ejection: a replica that fails several requests in a row, or more of them than others do, gets none for a
//! while. Envoy's `outlier_detection` (`source/common/upstream/outlier_detection_impl.cc`).
//!
//! Failures in a row act at once. Rates of success are looked at in each sweep, over the interval before it: of the replicas
//! with enough requests, those that lie far below the mean are ejected, and, where that is enforced, those that fail more
//! than a given part. Failures of the connection and of the answer are one kind here (Envoy's default,
//! `split_external_local_origin_errors: false`).

use super::asking::End;
use crate::engine::Time;
use crate::engine::random::mix;
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
    /// How often, of a hundred times, a replica is ejected for failures in a row.
    #[schemars(range(max = 100))]
    pub enforcing_consecutive_5xx: u32,
    /// Rates of success are compared where so many replicas have had enough requests.
    #[schemars(range(max = 1_000_000))]
    pub success_rate_minimum_hosts: u32,
    /// So many requests within an interval are enough for that.
    #[schemars(range(max = 1_000_000_000))]
    pub success_rate_request_volume: u32,
    /// A replica is ejected whose rate is so many thousandths of a standard deviation below the mean.
    #[schemars(range(max = 1_000_000))]
    pub success_rate_stdev_factor: u32,
    /// How often, of a hundred times, that is done.
    #[schemars(range(max = 100))]
    pub enforcing_success_rate: u32,
    /// A replica is ejected that fails so many percent of its requests.
    #[schemars(range(max = 100))]
    pub failure_percentage_threshold: u32,
    /// How often, of a hundred times, that is done: not at all by Envoy's default.
    #[schemars(range(max = 100))]
    pub enforcing_failure_percentage: u32,
    /// That is looked at where so many replicas have had enough requests.
    #[schemars(range(max = 1_000_000))]
    pub failure_percentage_minimum_hosts: u32,
    /// So many requests within an interval are enough for that.
    #[schemars(range(max = 1_000_000_000))]
    pub failure_percentage_request_volume: u32,
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
            enforcing_consecutive_5xx: 100,
            success_rate_minimum_hosts: 5,
            success_rate_request_volume: 100,
            success_rate_stdev_factor: 1900,
            enforcing_success_rate: 100,
            failure_percentage_threshold: 85,
            enforcing_failure_percentage: 0,
            failure_percentage_minimum_hosts: 5,
            failure_percentage_request_volume: 50,
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
    /// Requests of the interval under way, and of the one before.
    now: Counts,
    before: Counts,
}

/// Requests that have ended.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    all: u32,
    answered: u32,
}

impl Counts {
    /// The share that was answered, percent.
    fn rate(self) -> f64 {
        f64::from(self.answered) * 100.0 / f64::from(self.all)
    }
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

    /// Does the sweeps up to `now`; returns whether somebody came back or was ejected.
    pub(super) fn sweep(&mut self, now: Time) -> bool {
        let mut changed = false;
        while self.next_sweep <= now {
            let at = self.next_sweep;
            let mut idle = true;
            for host in &mut self.hosts {
                (host.before, host.now) = (host.now, Counts::default());
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
                    changed = true;
                }
            }
            if self.look_at_rates(at) {
                (changed, idle) = (true, false);
            }
            let interval = self.rule.interval.span().nanos().max(1);
            // Sweeps with nobody to look after change nothing.
            let steps = match idle {
                true => now.since(at).nanos() / interval + 1,
                false => 1,
            };
            self.next_sweep = Time::from_nanos(at.nanos().saturating_add(interval.saturating_mul(steps)));
        }
        changed
    }

    /// Ejects those whose rate of success over the last interval is too low; returns whether it did.
    fn look_at_rates(&mut self, at: Time) -> bool {
        let rule = self.rule;
        let least = rule
            .success_rate_minimum_hosts
            .min(rule.failure_percentage_minimum_hosts);
        if self.count < least as usize {
            return false;
        }
        let of_volume = |volume: u32| -> Vec<(usize, f64)> {
            let hosts = self.hosts.iter().enumerate();
            let enough = hosts.filter(|(_, host)| {
                let is_there = host.ordinal.is_some() && host.ejected.is_none();
                is_there && host.before.all > 0 && host.before.all >= volume
            });
            enough
                .map(|(station, host)| (station, host.before.rate()))
                .collect()
        };
        let by_rate = of_volume(rule.success_rate_request_volume);
        let by_failures = of_volume(rule.failure_percentage_request_volume);
        let mut ejected = false;
        if !by_rate.is_empty() && by_rate.len() >= rule.success_rate_minimum_hosts as usize {
            let least = threshold(&by_rate, f64::from(rule.success_rate_stdev_factor) / 1000.0);
            for (station, _) in by_rate.into_iter().filter(|(_, rate)| *rate < least) {
                ejected |= self.eject(at, station, rule.enforcing_success_rate);
            }
        }
        if !by_failures.is_empty() && by_failures.len() >= rule.failure_percentage_minimum_hosts as usize {
            let most = f64::from(rule.failure_percentage_threshold);
            for (station, _) in by_failures.into_iter().filter(|(_, rate)| 100.0 - rate >= most) {
                ejected |= self.eject(at, station, rule.enforcing_failure_percentage);
            }
        }
        ejected
    }

    /// Ejects a replica, so many times of a hundred, if that is allowed; returns whether it did.
    fn eject(&mut self, now: Time, station: usize, enforced: u32) -> bool {
        let within = (self.ejected + 1) * 100 <= self.count * self.rule.max_ejection_percent as usize;
        let is_the_one = self.rule.always_eject_one_host && self.ejected == 0;
        let host = &mut self.hosts[station];
        // Which times of the hundred: by a hash of who and when.
        let drawn = mix(mix(host.ordinal.unwrap_or_default()) ^ now.nanos()) % 100;
        if host.ejected.is_some() || (!within && !is_the_one) || drawn >= u64::from(enforced) {
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

    /// An attempt at `station` has ended; returns whether the station is ejected for it.
    pub(super) fn ended(&mut self, now: Time, station: usize, end: End) -> bool {
        let Some(host) = self.hosts.get_mut(station) else {
            return false;
        };
        host.now.all += u32::from(end != End::Left);
        host.now.answered += u32::from(end == End::Answered);
        match end {
            End::Answered => host.failures = 0,
            End::Failed if host.ejected.is_none() && host.ordinal.is_some() => host.failures += 1,
            End::Failed | End::Left => (),
        }
        if host.failures < self.rule.consecutive_5xx.max(1) || host.ejected.is_some() {
            return false;
        }
        host.failures = 0;
        self.eject(now, station, self.rule.enforcing_consecutive_5xx)
    }
}

/// The rate of success below which a replica is ejected: so many standard deviations under the mean
/// (`successRateEjectionThreshold`).
fn threshold(rates: &[(usize, f64)], factor: f64) -> f64 {
    let count = rates.len() as f64;
    let mean = rates.iter().map(|(_, rate)| rate).sum::<f64>() / count;
    let variance = rates.iter().map(|(_, rate)| (rate - mean).powi(2)).sum::<f64>() / count;
    mean - factor * variance.sqrt()
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
    /// The example in Envoy's source: rates of 50, 100, 100, 100 and 100 have a mean of 90 and a deviation of 20.
    #[test]
    fn the_threshold_is_envoys() {
        let rates = [50.0, 100.0, 100.0, 100.0, 100.0];
        let rates: Vec<(usize, f64)> = rates.into_iter().enumerate().collect();
        assert!((threshold(&rates, 1.9) - 52.0).abs() < 1e-9);
    }

    /// Ten replicas with `each` requests of which those of the first fail `percent`, never five in a row.
    fn after_an_interval(rule: OutlierEjection, each: u32, percent: u32) -> Ejector {
        let mut ejector = Ejector::new(rule);
        ejector.follow(&replicas(10));
        for station in 0..10 {
            for request in 0..each {
                let fails = station == 0 && request % 100 < percent;
                let end = if fails { End::Failed } else { End::Answered };
                ejector.ended(at(1), station, end);
                if fails && request % 4 == 3 {
                    // Something between, which counts for nothing.
                    ejector.hosts[0].failures = 0;
                }
            }
        }
        ejector.sweep(at(10));
        ejector
    }

    #[test]
    fn a_replica_far_below_the_mean_is_ejected_at_the_sweep() {
        let rule = OutlierEjection::default();
        assert!(
            after_an_interval(rule, 100, 20).spares(0),
            "80 % where others have 100 %"
        );
        assert!(!after_an_interval(rule, 99, 20).spares(0), "too few requests");
        let never = OutlierEjection {
            enforcing_success_rate: 0,
            ..rule
        };
        assert!(!after_an_interval(never, 100, 20).spares(0));
        let of_many = OutlierEjection {
            success_rate_minimum_hosts: 11,
            ..rule
        };
        assert!(!after_an_interval(of_many, 100, 20).spares(0), "too few replicas");
        let mut ejector = after_an_interval(rule, 100, 20);
        assert!(
            !ejector.sweep(at(39)) && ejector.sweep(at(40)),
            "30 s from the sweep on"
        );
        assert!(
            !ejector.sweep(at(100)) && !ejector.spares(0),
            "what was before counts no more"
        );
    }

    #[test]
    fn a_share_of_failures_ejects_only_where_that_is_enforced() {
        let rule = OutlierEjection {
            enforcing_success_rate: 0,
            enforcing_failure_percentage: 100,
            ..OutlierEjection::default()
        };
        assert!(!after_an_interval(rule, 60, 49).spares(0), "82 % of sixty");
        assert!(after_an_interval(rule, 60, 51).spares(0), "85 % of sixty");
        assert!(!after_an_interval(rule, 49, 49).spares(0), "too few requests");
        assert!(
            !after_an_interval(
                OutlierEjection {
                    enforcing_failure_percentage: 0,
                    ..rule
                },
                60,
                60
            )
            .spares(0)
        );
    }
}
