//! When the platform finds out that a node is silent, and how fast Kubernetes taints such nodes.
//!
//! Knows: the rules of the node lifecycle controller and of Swarm's dispatcher, asked with what a node would have written. Must not know: why a
//! node is silent.

use crate::engine::{Span, StreamKey, Time};
use crate::platform::kubernetes::node_health::{
    GRACE, LEASE_RENEWAL, MONITOR_PERIOD, NodeHealth, ReadyCondition, STARTUP_GRACE, Written,
};
use crate::platform::kubernetes::zone_disruption::{Passage, Zone, ZoneNodes, ZoneRule, pass};
use crate::platform::swarm::heartbeat;
use rand::RngExt;
use std::collections::BTreeMap;

/// The kubelet posts its status so often where nothing changes (`nodeStatusReportFrequency`).
const STATUS_PERIOD: Span = Span::from_secs(300);
/// The cloud's node controller asks so often whether the machine of a node that is not ready still exists
/// (`--node-monitor-period`).
const CLOUD_PERIOD: Span = MONITOR_PERIOD;
/// The garbage collector of pods looks so often, and waits so long before it believes that a node is gone
/// (`gcCheckPeriod`, `quarantineTime` in pkg/controller/podgc).
const GC_PERIOD: Span = Span::from_secs(20);
const GC_QUARANTINE: Span = Span::from_secs(40);

/// The node lifecycle controller.
#[derive(Clone, Debug)]
pub(super) struct Monitor {
    key: StreamKey,
    phase: Span,
    cloud_phase: Span,
    gc_phase: Span,
    rule: ZoneRule,
    zones: BTreeMap<String, Zone>,
    /// When the next node of a zone may be tainted.
    next_taint: BTreeMap<String, Time>,
}

/// The first time at or after `time` of a loop with this period and phase.
fn turn(time: Time, period: Span, phase: Span) -> Time {
    let since = time.since(Time::ZERO + phase).nanos();
    let first = Time::ZERO + phase;
    if time <= first {
        return first;
    }
    first + Span::from_nanos(since.div_ceil(period.nanos()) * period.nanos())
}

impl Monitor {
    pub(super) fn new(key: StreamKey) -> Self {
        let phase = |name: &str, period: Span| {
            let part: f64 = key.stream(&format!("phase/{name}")).random();
            period.scaled(part)
        };
        Self {
            key,
            phase: phase("node_monitor", MONITOR_PERIOD),
            cloud_phase: phase("cloud_node_lifecycle", CLOUD_PERIOD),
            gc_phase: phase("pod_gc", GC_PERIOD),
            rule: ZoneRule::default(),
            zones: BTreeMap::new(),
            next_taint: BTreeMap::new(),
        }
    }

    /// When the controller marks a node unreachable that was ready since `ready` and falls silent at `silent`: the looks
    /// around that time are gone through. The node is number `ordinal` of the pool `pool`, which draws its phases.
    pub(super) fn finds_out(&self, pool: &str, ordinal: u64, ready: Time, silent: Time) -> Time {
        let mut stream = self.key.entity_stream(&format!("lease/{pool}"), ordinal);
        let (lease, status): (f64, f64) = (stream.random(), stream.random());
        // The last time, at or before `time`, that something was written with this period and phase.
        let last = |time: Time, period: Span, part: f64| {
            let first = ready + period.scaled(part);
            let since = time.since(first).nanos();
            (time >= first).then(|| first + Span::from_nanos(since - since % period.nanos()))
        };
        let mut health = NodeHealth::new(ready);
        let steady = GRACE;
        let from = if silent > ready + steady {
            Time::from_nanos(silent.nanos() - steady.nanos())
        } else {
            ready
        };
        let mut look = turn(from, MONITOR_PERIOD, self.phase);
        loop {
            let known = look.min(silent);
            let written = Written {
                lease: last(known, LEASE_RENEWAL, lease),
                status: last(known, STATUS_PERIOD, status).or(Some(ready)),
            };
            let ready = health.look(written, look, GRACE, STARTUP_GRACE);
            if look > silent && ready == ReadyCondition::Unknown {
                return look;
            }
            look += MONITOR_PERIOD;
        }
    }

    /// When the managers of a Swarm find such a node down.
    pub(super) fn finds_down(&self, pool: &str, ordinal: u64, ready: Time, silent: Time) -> Time {
        let name = format!("heartbeat/{pool}/{}", silent.nanos());
        let mut stream = self.key.entity_stream(&name, ordinal);
        heartbeat::found_down(ready, silent, || stream.random())
    }

    /// When the cloud has deleted a node whose machine is gone and that was found not ready at `found`, and the pods that
    /// were on it are collected.
    pub(super) fn collects(&self, found: Time) -> Time {
        let deleted = turn(found, CLOUD_PERIOD, self.cloud_phase);
        turn(deleted, GC_PERIOD, self.gc_phase) + GC_QUARANTINE
    }

    /// The zones have these nodes now.
    pub(super) fn zones_are(&mut self, nodes: &BTreeMap<String, ZoneNodes>) -> Passage {
        pass(&mut self.zones, &self.rule, nodes)
    }

    /// Whether nodes of a zone are tainted at all.
    pub(super) fn evicts(&self, zone: &str) -> bool {
        let rate = |zone: &Zone| zone.evictions_per_second;
        self.zones.get(zone).map_or(self.rule.eviction_rate, rate) > 0.0
    }

    /// When a node of a zone may be tainted that waits for it from `now` on; `None` while nothing is evicted there.
    pub(super) fn may_taint(&mut self, zone: &str, now: Time) -> Option<Time> {
        let rate = self
            .zones
            .get(zone)
            .map_or(self.rule.eviction_rate, |zone| zone.evictions_per_second);
        if rate <= 0.0 {
            return None;
        }
        let next = self.next_taint.entry(zone.to_owned()).or_insert(now);
        let at = (*next).max(now);
        *next = at + Span::from_secs_f64(1.0 / f64::from(rate));
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::{Monitor, Span, StreamKey, Time};

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// A lease is renewed every ten seconds and looked for every five: whoever falls silent is found out after 40 to 65
    /// seconds (up to ten seconds since the last renewal count for the grace of fifty, up to five come on top, and five
    /// more after a status post).
    #[test]
    fn silence_is_found_out_after_the_grace() {
        for seed in 1..50 {
            let monitor = Monitor::new(StreamKey::new(seed, 0));
            let silent = at(1000) + Span::from_nanos(seed * 777_777_777);
            let found = monitor
                .finds_out("p", seed, at(0), silent)
                .since(silent)
                .secs_f64();
            assert!((40.0..=65.0).contains(&found), "seed {seed}: {found}");
            let collected = monitor.collects(at(2000)).since(at(2000)).secs_f64();
            assert!((40.0..=65.0).contains(&collected), "seed {seed}: {collected}");
        }
    }

    #[test]
    fn nodes_of_a_zone_are_tainted_one_in_ten_seconds() {
        let mut monitor = Monitor::new(StreamKey::new(1, 0));
        let times: Vec<_> = (0..3).map(|_| monitor.may_taint("a", at(100))).collect();
        assert_eq!(times[0], Some(at(100)));
        let gap = times[1].unwrap().since(at(100)).secs_f64();
        assert!((gap - 10.0).abs() < 1e-6, "{gap}");
        assert_eq!(monitor.may_taint("b", at(100)), Some(at(100)));
    }
}
