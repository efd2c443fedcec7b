//! A zone cannot be reached: its machines run on, and nobody hears of them.
//!
//! Knows: when which zone is out, drawn before the run: no decision of the run changes that. Must not know: how it is
//! found out.

use super::node_loss::Fall;
use crate::engine::{Span, StreamKey, Time};
use crate::model::cluster::{Node, NodeId};
use crate::model::fault::{FaultKind, FaultSpec, Window, ZoneOutage};
use crate::model::placement_rules::ZONE_LABEL;
use crate::sim::world::World;
use crate::stats::Distribution;
use rand::RngExt;

/// An outage that is to come.
#[derive(Clone, Debug)]
pub(super) struct Outage {
    /// Its fault, by index.
    fault: usize,
    zone: String,
    pub(super) window: Window,
}

/// Every outage of a zone that begins before `end`, by its beginning.
pub(super) fn outages(specs: &[FaultSpec], key: StreamKey, end: Time) -> Vec<Outage> {
    let mut all = Vec::new();
    for (fault, spec) in specs.iter().enumerate() {
        if let FaultKind::ZoneOutage(outage) = &spec.kind {
            let of = |(zone, window): (&String, Window)| Outage {
                fault,
                zone: zone.clone(),
                window,
            };
            all.extend(given(outage, &spec.name, key).into_iter().map(of));
            all.extend(by_chance(outage, &spec.name, key, end).into_iter().map(of));
        }
    }
    all.sort_by_key(|outage| outage.window.from);
    all
}

/// Those at given times: chance says which of several zones.
fn given<'a>(outage: &'a ZoneOutage, name: &str, key: StreamKey) -> Vec<(&'a String, Window)> {
    let lasts = outage.lasts.compile();
    let mut all = Vec::new();
    for (number, &from) in outage.when.at.iter().enumerate() {
        let mut stream = key.entity_stream(&format!("zone_outage/{name}"), number as u64);
        let zone = &outage.zones[stream.random_range(0..outage.zones.len())];
        let until = from + lasts.sample_span(&mut stream);
        all.push((zone, Window { from, until }));
    }
    all
}

/// Those by chance: of each zone by itself, one after another.
fn by_chance<'a>(outage: &'a ZoneOutage, name: &str, key: StreamKey, end: Time) -> Vec<(&'a String, Window)> {
    let law = |mean: Span| Distribution::exponential(mean.secs_f64()).ok();
    let Some(between) = outage.when.mean_between.and_then(law) else {
        return Vec::new();
    };
    let (between, lasts) = (between.compile(), outage.lasts.compile());
    let mut all = Vec::new();
    for zone in &outage.zones {
        let mut stream = key.stream(&format!("zone_outages/{name}/{zone}"));
        let mut from = Time::ZERO + between.sample_span(&mut stream);
        while from < end {
            let until = from + lasts.sample_span(&mut stream);
            all.push((zone, Window { from, until }));
            from = until + between.sample_span(&mut stream);
        }
    }
    all
}

impl World {
    /// The outage of a zone, by its place among all, begins: all nodes there fall silent.
    pub(in crate::sim) fn on_zone_out(&mut self, index: usize) {
        let Outage { fault, zone, window } = self.faults.outages[index].clone();
        let until = self.faults.zones_out.entry(zone.clone()).or_insert(window.until);
        *until = window.until.max(*until);
        let until = *until;
        let within = |node: &Node| node.view.label(ZONE_LABEL) == Some(zone.as_str());
        let nodes = self.cluster.nodes().filter(|(_, node)| within(node));
        let nodes: Vec<NodeId> = nodes.map(|(id, _)| id).collect();
        let id = self.faults.account.begin(self.now, fault, zone, false);
        // All that are affected are known before the first loss, so that what they had before is what they had.
        for node in &nodes {
            self.affects_workloads_on(*node, Some(id));
        }
        for node in nodes {
            let fall = Fall {
                gone: false,
                restarts: false,
                back: until,
                occurrence: Some(id),
            };
            self.machine_falls_silent(node, fall);
        }
    }

    /// When the zone called `zone` is to be reached again, if it is not now.
    pub(in crate::sim) fn zone_is_out_until(&self, zone: Option<&str>) -> Option<Time> {
        let until = self.faults.zones_out.get(zone?).copied();
        until.filter(|&until| self.now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fault::Occasions;

    /// Half of the time out, half not: over a thousand outages a zone is out for half of the time, and no two outages of
    /// one zone overlap.
    #[test]
    fn by_chance_a_zone_is_out_for_its_share_of_time() {
        let hour = Span::from_secs(3600);
        let outage = ZoneOutage {
            zones: vec!["a".into(), "b".into()],
            when: Occasions {
                at: Vec::new(),
                mean_between: Some(hour),
            },
            lasts: Distribution::exponential(3600.0).unwrap(),
        };
        let end = Time::ZERO + Span::from_secs(3600 * 4000);
        let all = by_chance(&outage, "o", StreamKey::new(1, 0), end);
        for zone in ["a", "b"] {
            let own: Vec<Window> = all
                .iter()
                .filter(|(name, _)| *name == zone)
                .map(|&(_, window)| window)
                .collect();
            assert!(own.windows(2).all(|pair| pair[0].until <= pair[1].from));
            let out: f64 = own
                .iter()
                .map(|window| window.until.min(end).since(window.from).secs_f64())
                .sum();
            let share = out / end.secs_f64();
            // The share's standard deviation is about 0.011.
            assert!((share - 0.5).abs() < 0.05, "{zone}: {share}");
        }
    }
}
