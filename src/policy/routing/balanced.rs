//! A router behind ejection, slow start and locality: it chooses among those replicas that are left, and weighs them.
//!
//! Requests that come from different zones meet different proxies: each zone has a router of its own, which sees the
//! replicas its requests may go to.

use super::asking::{Asking, Ended};
use super::balancing::Balancing;
use super::locality::Locality;
use super::outlier_ejection::Ejector;
use super::slow_start::SlowStart;
use super::weights::Weights;
use super::{Needs, Routing};
use crate::engine::{Stream, Time};
use crate::model::request_queue::ReplicaLoads;
use rand::Rng;

/// A router and what stands beside it.
#[derive(Clone, Debug)]
pub struct Balanced {
    /// By zone that requests come from; one without locality.
    views: Vec<View>,
    locality: Option<Locality>,
    bounds: Vec<f64>,
    salt: Option<u64>,
    slow_start: Option<SlowStart>,
    ejector: Option<Ejector>,
    /// Stations that were new when last looked at.
    new: Vec<usize>,
    version: Option<u64>,
    routed: u64,
    cross_zone: u64,
}

/// What ejection and locality came to since measuring started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalancingRecord {
    /// Attempts that were sent to a replica.
    pub routed: u64,
    /// Of these, those that left the zone they came from; `None` without locality.
    pub cross_zone: Option<u64>,
    /// Times a replica was ejected; `None` without ejection.
    pub ejections: Option<u64>,
}

/// What the proxies of one zone see.
#[derive(Clone, Debug)]
struct View {
    replicas: ReplicaLoads,
    router: Routing,
}

impl Balanced {
    /// `routing` with what `balancing` says.
    pub(super) fn new(balancing: &Balancing, routing: Routing) -> Self {
        let locality = balancing.locality.clone();
        let bounds = locality.as_ref().map_or_else(Vec::new, Locality::bounds);
        let view = View {
            replicas: ReplicaLoads::new(routing.needs().least),
            router: routing,
        };
        Self {
            views: vec![view; bounds.len().max(1)],
            locality,
            bounds,
            salt: None,
            slow_start: balancing.slow_start,
            ejector: balancing.outlier_ejection.map(Ejector::new),
            new: Vec::new(),
            version: None,
            routed: 0,
            cross_zone: 0,
        }
    }

    pub(super) fn needs(&self) -> Needs {
        let inner = self.views[0].router.needs();
        Needs {
            loads: true,
            changes: true,
            least: false,
            ends: inner.ends || self.ejector.is_some(),
            ..inner
        }
    }

    pub(super) fn weights(&self) -> Option<&Weights> {
        self.views[0].router.weights()
    }

    pub(super) fn zone_of(&self, zone: &str) -> Option<u16> {
        self.locality.as_ref()?.number_of(zone)
    }

    pub(super) fn record(&self) -> BalancingRecord {
        BalancingRecord {
            routed: self.routed,
            cross_zone: self.locality.as_ref().map(|_| self.cross_zone),
            ejections: self.ejector.as_ref().map(|ejector| ejector.ejections),
        }
    }

    pub(super) fn measured_anew(&mut self) {
        (self.routed, self.cross_zone) = (0, 0);
        if let Some(ejector) = &mut self.ejector {
            ejector.ejections = 0;
        }
    }

    #[inline(never)]
    pub(super) fn pick(
        &mut self,
        now: Time,
        asking: Asking,
        all: &ReplicaLoads,
        stream: &mut Stream,
    ) -> Option<usize> {
        if self.version != Some(all.version()) {
            self.version = Some(all.version());
            if let Some(ejector) = &mut self.ejector {
                ejector.follow(all);
            }
            self.see(all);
        }
        if self.ejector.as_mut().is_some_and(|ejector| ejector.sweep(now)) {
            self.see(all);
        }
        self.weigh(now, all);
        self.salt.get_or_insert_with(|| stream.next_u64());
        let zone = self.zone_asking(asking);
        let view = &mut self.views[zone];
        let place = view.router.pick(now, asking, &view.replicas, stream)?;
        let station = view.replicas.station(place);
        let place = all.place_of(station)?;
        self.routed += 1;
        if self.locality.is_some() && all.facts(place).zone != Some(zone as u16) {
            self.cross_zone += 1;
        }
        Some(place)
    }

    pub(super) fn ended(&mut self, ended: &Ended) {
        let zone = self.zone_asking(ended.asking);
        self.views[zone].router.ended(ended);
        let Some(ejector) = &mut self.ejector else {
            return;
        };
        // Whoever is due comes back before anybody else is ejected; both are seen at the next request.
        let back = ejector.sweep(ended.now);
        if ejector.ended(ended.now, ended.station, ended.end) || back {
            self.version = None;
        }
    }

    pub(super) fn changed(&mut self, station: usize, all: &ReplicaLoads) {
        let Some(place) = all.place_of(station) else {
            return;
        };
        for view in &mut self.views {
            if view.replicas.contains(station) {
                view.replicas.set(station, all.load(place));
                view.replicas.owes(station, all.owed(station));
                view.router.changed(station, &view.replicas);
            }
        }
    }

    /// The zone a request comes from, by number; the only view without zones.
    fn zone_asking(&self, asking: Asking) -> usize {
        if self.bounds.len() < 2 {
            return 0;
        }
        let point = asking.point_by_user(self.salt.unwrap_or(0));
        let zone = self.bounds.iter().position(|&bound| point < bound);
        zone.unwrap_or(self.bounds.len() - 1)
    }

    /// Brings every view up to date with who takes requests.
    fn see(&mut self, all: &ReplicaLoads) {
        let stations = (0..all.len()).map(|place| all.station(place));
        let spared = |station| {
            self.ejector
                .as_ref()
                .is_some_and(|ejector| ejector.spares(station))
        };
        let left: Vec<usize> = stations.filter(|&station| !spared(station)).collect();
        let keeps = self.locality.as_ref().is_some_and(Locality::keeps_to_zones);
        for (zone, view) in self.views.iter_mut().enumerate() {
            let near = |station: &usize| all.facts_of(*station).zone == Some(zone as u16);
            let near_only = keeps && left.iter().any(near);
            let wanted = |station: &usize| !near_only || near(station);
            let seen: Vec<usize> = (0..view.replicas.len())
                .map(|place| view.replicas.station(place))
                .collect();
            for station in seen {
                let same = view.replicas.facts_of(station).ordinal == all.facts_of(station).ordinal;
                if !same || !left.contains(&station) || !wanted(&station) {
                    view.replicas.leave(station);
                }
            }
            for &station in left.iter().filter(|station| wanted(station)) {
                let load = all.place_of(station).map_or(0, |place| all.load(place));
                if view.replicas.contains(station) {
                    // It may have rested meanwhile.
                    view.replicas.set(station, load);
                } else {
                    view.replicas.introduce(station, all.facts_of(station));
                    view.replicas.join(station, load);
                }
                view.replicas.owes(station, all.owed(station));
            }
        }
        if self.slow_start.is_some() {
            self.new = left;
        }
    }

    /// Weighs the replicas that are new; forgets those that no longer are.
    fn weigh(&mut self, now: Time, all: &ReplicaLoads) {
        let Some(rule) = self.slow_start else { return };
        let views = &mut self.views;
        self.new.retain(|&station| {
            let facts = all.facts_of(station);
            let factor = rule.factor(now.since(facts.since));
            for view in views.iter_mut() {
                if let Some(place) = view.replicas.place_of(station) {
                    view.replicas.weigh(place, facts.weight * factor);
                }
            }
            factor < 1.0
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::asking::End;
    use super::super::test_replicas::{asks, stream};
    use super::super::{OutlierEjection, RoundRobin, TrafficDistribution};
    use super::*;
    use crate::engine::Span;
    use crate::model::request_queue::ReplicaFacts;
    use crate::model::units::{Duration, Share};

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    /// Replicas in these zones that take requests since the given second.
    fn replicas(zones: &[u16], since: &[u64]) -> ReplicaLoads {
        let mut all = ReplicaLoads::default();
        for (station, (&zone, &since)) in zones.iter().zip(since).enumerate() {
            all.introduce(
                station,
                ReplicaFacts {
                    ordinal: station as u64,
                    zone: Some(zone),
                    since: at(since),
                    ..ReplicaFacts::default()
                },
            );
            all.join(station, 0);
        }
        all
    }

    fn counts(router: &mut Routing, all: &ReplicaLoads, now: Time, requests: u64) -> Vec<u64> {
        let (mut counts, mut stream) = (vec![0; 20], stream());
        for request in 0..requests {
            let place = router.pick(now, asks(request), all, &mut stream).unwrap();
            counts[all.station(place)] += 1;
        }
        counts
    }

    fn locality(distribution: TrafficDistribution) -> Balancing {
        let share = |percent| Share::from_percent(percent);
        Balancing {
            locality: Some(Locality {
                clients: [("a".into(), share(70)), ("b".into(), share(30))].into(),
                traffic_distribution: distribution,
            }),
            ..Balancing::default()
        }
    }

    #[test]
    fn requests_stay_in_their_zone_until_it_has_no_replica() {
        let mut all = replicas(&[0, 0, 1, 1], &[0; 4]);
        let balancing = locality(TrafficDistribution::PreferSameZone);
        let mut router = balancing.beside(RoundRobin::default().into()).unwrap();
        let near = counts(&mut router, &all, at(1), 10_000);
        let in_a = near[0] + near[1];
        assert!((6800..7200).contains(&in_a), "70 % come from a: {near:?}");
        assert_eq!(router.balancing().unwrap().cross_zone, Some(0));
        all.leave(2);
        all.leave(3);
        router.measured_anew();
        counts(&mut router, &all, at(2), 10_000);
        let crossed = router.balancing().unwrap().cross_zone.unwrap();
        assert_eq!(crossed, 10_000 - in_a, "all of b, whose zone has no replica left");
    }

    #[test]
    fn without_a_preference_half_of_the_requests_cross_between_two_equal_zones() {
        let all = replicas(&[0, 1], &[0; 2]);
        let balancing = locality(TrafficDistribution::None);
        let mut router = balancing.beside(super::super::Random::default().into()).unwrap();
        counts(&mut router, &all, at(1), 10_000);
        let crossed = router.balancing().unwrap().cross_zone.unwrap();
        assert!((4800..5200).contains(&crossed), "{crossed}");
    }

    #[test]
    fn a_new_replica_gets_its_part_of_a_part() {
        let balancing = Balancing {
            slow_start: Some(SlowStart {
                window: Duration::from_secs(100),
                aggression: 1.0,
                min_weight_percent: 10,
            }),
            ..Balancing::default()
        };
        let all = replicas(&[0, 0, 0], &[0, 0, 1000]);
        let mut router = balancing.beside(RoundRobin::default().into()).unwrap();
        let new = counts(&mut router, &all, at(1050), 2500)[2];
        assert_eq!(new, 500, "half its weight after half the window: 0.5 of 2.5");
        let mut router = balancing.beside(RoundRobin::default().into()).unwrap();
        let grown = counts(&mut router, &all, at(1100), 300)[2];
        assert_eq!(grown, 100, "its whole part after the window");
        assert!(
            balancing
                .beside(super::super::RingHash::default().into())
                .is_none(),
            "a ring does not weigh"
        );
    }

    #[test]
    fn an_ejected_replica_gets_nothing_until_its_time_is_over() {
        let balancing = Balancing {
            outlier_ejection: Some(OutlierEjection::default()),
            ..Balancing::default()
        };
        let all = replicas(&[0; 10], &[0; 10]);
        let mut router = balancing.beside(RoundRobin::default().into()).unwrap();
        assert_eq!(counts(&mut router, &all, at(1), 100)[4], 10);
        for request in 0..5 {
            router.ended(&Ended {
                now: at(2),
                asking: asks(request),
                station: 4,
                took: Span::ZERO,
                end: End::Failed,
            });
        }
        assert_eq!(counts(&mut router, &all, at(3), 90)[4], 0);
        assert_eq!(counts(&mut router, &all, at(39), 90)[4], 0);
        assert_eq!(counts(&mut router, &all, at(40), 100)[4], 10, "back at the sweep");
        assert_eq!(router.balancing().unwrap().ejections, Some(1));
    }
}
