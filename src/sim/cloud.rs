//! The cloud side of a run: which launches fail, and which machines the provider takes back.
//!
//! Knows: offers, quotas, streams of chance. Must not know: what anybody does because of it.

use super::event::Control;
use super::faults::Fall;
use super::fleet::node_subject;
use super::world::World;
use crate::engine::{Span, StreamKey, Time};
use crate::model::cluster::NodeId;
use crate::model::offer::{CloudQuota, Interruptions, LaunchFailures, concerns};
use crate::policy::node_scaling::{self as policy, NodeEvent};
use crate::policy::reason::{Reason, ReasonKind, Value};
use crate::stats::{Distribution, Sampler};
use rand::RngExt;

/// From a launch in a zone that cannot be reached to its failure.
const ZONE_ANSWERS_AFTER: Span = Span::from_secs(10);

/// The chances of a pool's machines.
#[derive(Clone, Debug)]
pub(super) struct Chances {
    failing: Option<(f64, Sampler)>,
    notice: Option<Sampler>,
}

impl Chances {
    pub(super) fn new(
        launch_failures: Option<&LaunchFailures>,
        interruptions: Option<&Interruptions>,
    ) -> Self {
        let mean = interruptions.and_then(|one| one.mean_between);
        Self {
            failing: launch_failures.map(|one| (one.probability, one.after.compile())),
            notice: mean.and_then(|mean| {
                let law = Distribution::exponential(mean.secs_f64()).ok()?;
                Some(law.compile())
            }),
        }
    }

    /// How long after its launch a machine fails by chance, if it does. `of` names its pool and zone, `place` is its place
    /// among the launches there.
    fn fails(&self, key: StreamKey, of: &str, place: u64) -> Option<Span> {
        let (probability, after) = self.failing.as_ref()?;
        let mut stream = key.entity_stream(&format!("launch/{of}"), place);
        let drawn: f64 = stream.random();
        (drawn < *probability).then(|| after.sample_span(&mut stream).max(Span::from_nanos(1_000_000)))
    }

    /// How long after its launch a machine gets its notice, if chance brings it one.
    fn notice(&self, key: StreamKey, of: &str, place: u64) -> Option<Span> {
        let mut stream = key.entity_stream(&format!("interruption/{of}"), place);
        self.notice.as_ref().map(|law| law.sample_span(&mut stream))
    }
}

/// Why a launch fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LaunchFailure {
    /// The provider has no such machine there.
    Stock,
    /// By chance.
    Chance,
    /// Its zone cannot be reached.
    Zone,
    /// The quota, by its index, is used up.
    Quota(usize),
}

static NO_STOCK: ReasonKind = ReasonKind {
    code: "out_of_stock",
    sentence: "the provider has no {shape} in {zone}",
};
static NO_START: ReasonKind = ReasonKind {
    code: "launch_failed",
    sentence: "the machine did not come up",
};
static NO_ZONE: ReasonKind = ReasonKind {
    code: "zone_down",
    sentence: "{zone} cannot be reached",
};
static NO_QUOTA: ReasonKind = ReasonKind {
    code: "quota_used_up",
    sentence: "the provider's quota {quota} is used up",
};
static TAKEN_BACK: ReasonKind = ReasonKind {
    code: "spot_interruption",
    sentence: "the provider wants it back in {span}",
};

/// Something that the scenario sets for a time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Planned {
    /// A pool's price changes.
    Price(usize),
    /// A wave of a pool's interruptions, by both their indices.
    Wave(usize, usize),
    /// The outage of a zone, by its place among all.
    ZoneOut(usize),
    /// A fault, by its index.
    FaultBegins(usize),
    /// The same.
    FaultEnds(usize),
}

impl World {
    /// How long after its launch a new machine fails, and why, if it does; `place` is its place among the launches of
    /// its zone. The machine itself is counted already.
    pub(super) fn launch_fails(&self, pool: usize, zone: usize, place: u64) -> Option<(Span, LaunchFailure)> {
        let out = |_| (ZONE_ANSWERS_AFTER, LaunchFailure::Zone);
        let over = |(index, after)| (after, LaunchFailure::Quota(index));
        let run = &self.fleet.pools[pool];
        let stock = || run.spec.offer.out_of_stock(self.now, zone);
        let chance = || {
            let fails = run.chances.fails(self.key, &run.spec.place_name(zone), place);
            fails.or_else(|| self.boot_fails(pool, zone, place))
        };
        self.quota_exceeded(pool)
            .map(over)
            .or_else(|| stock().map(|after| (after, LaunchFailure::Stock)))
            .or_else(|| {
                self.zone_is_out_until(run.spec.zones.get(zone).map(String::as_str))
                    .map(out)
            })
            .or_else(|| chance().map(|after| (after, LaunchFailure::Chance)))
    }

    /// The first quota that what there is of its pools exceeds, among those of `pool`.
    fn quota_exceeded(&self, pool: usize) -> Option<(usize, Span)> {
        let exceeded = |quota: &CloudQuota| {
            let (mut nodes, mut cpu) = (0, 0);
            for run in quota.pools.iter().map(|&pool| &self.fleet.pools[pool]) {
                let there = run.nodes.level() - u64::from(run.failing);
                nodes += there;
                cpu += there * run.spec.shape.capacity.cpu_milli;
            }
            quota.nodes.is_some_and(|most| nodes > most.into())
                || quota.cpu_milli.is_some_and(|most| cpu > most)
        };
        let quotas = self.scenario.quotas.iter().enumerate();
        let mut of_pool = quotas.filter(|(_, quota)| quota.pools.contains(&pool));
        let (index, quota) = of_pool.find(|(_, quota)| exceeded(quota))?;
        Some((index, quota.after))
    }

    /// Plans the notice of a new machine, if chance brings it one.
    pub(super) fn plan_notice(&mut self, id: NodeId, pool: usize, zone: usize, place: u64) {
        let run = &self.fleet.pools[pool];
        if let Some(after) = run.chances.notice(self.key, &run.spec.place_name(zone), place) {
            self.plan(self.now + after, Control::Notice(id));
        }
    }

    /// A launch has failed: the machine that was to come does not.
    pub(super) fn on_launch_failed(&mut self, id: NodeId) {
        let Some(why) = self.fleet.failing.get(&id).cloned() else {
            return;
        };
        let Some(node) = self.cluster.node(id) else { return };
        let (pool, name) = (node.view.pool, node.name().to_owned());
        let spec = &self.fleet.pools[pool].spec;
        let (zone, claim) = (node.view.zone, node.claim);
        let region = spec.zones.get(zone).map_or("the region", String::as_str);
        let reason = match why {
            LaunchFailure::Stock => Reason::new(&NO_STOCK)
                .with("shape", Value::Name(spec.shape.name.as_str().into()))
                .with("zone", Value::Name(region.into())),
            LaunchFailure::Chance => Reason::new(&NO_START),
            LaunchFailure::Zone => Reason::new(&NO_ZONE).with("zone", Value::Name(region.into())),
            LaunchFailure::Quota(index) => {
                let quota = self.scenario.quotas[index].name.as_str();
                Reason::new(&NO_QUOTA).with("quota", Value::Name(quota.into()))
            }
        };
        self.log_cloud(&name, "launch_failed", &reason);
        self.fleet.launch_failures += 1;
        self.fleet.pools[pool].launch_failures += 1;
        let event = NodeEvent::LaunchFailed {
            pool,
            zone,
            claim,
            at: self.now,
            why: match why {
                LaunchFailure::Stock => policy::LaunchFailure::OutOfStock,
                LaunchFailure::Quota(_) => policy::LaunchFailure::OverQuota,
                LaunchFailure::Chance | LaunchFailure::Zone => policy::LaunchFailure::DidNotStart,
            },
        };
        self.remove_node(id);
        self.tell_node_scaler(event);
    }

    /// Something that the scenario set for now.
    pub(super) fn on_planned(&mut self, index: u32) {
        self.plan_next(index as usize + 1);
        match self.fleet.planned[index as usize].1 {
            Planned::Price(pool) => {
                let run = &mut self.fleet.pools[pool];
                run.meter.reprice(self.now, run.spec.price_at(self.now));
            }
            Planned::Wave(pool, wave) => self.on_wave(pool, wave),
            Planned::ZoneOut(index) => self.on_zone_out(index),
            Planned::FaultBegins(fault) => self.on_fault_begins(fault),
            Planned::FaultEnds(fault) => self.on_fault_ends(fault),
        }
    }

    /// The provider wants some of a pool's machines back.
    fn on_wave(&mut self, pool: usize, wave: usize) {
        let run = &self.fleet.pools[pool];
        let waves = run.spec.offer.interruptions.as_ref().map(|one| &one.waves);
        let Some(of) = waves.and_then(|waves| waves.get(wave)) else {
            return;
        };
        let name = format!("wave/{}/{wave}", run.spec.name);
        let hit = self.cluster.nodes().filter(|(_, node)| {
            let drawn: f64 = self.key.entity_stream(&name, node.ordinal).random();
            node.view.pool == pool && concerns(&of.zones, node.view.zone) && drawn < of.share
        });
        let hit: Vec<NodeId> = hit.map(|(id, _)| id).collect();
        for id in hit {
            self.on_notice(id);
        }
    }

    /// The provider says that it takes a machine back.
    pub(super) fn on_notice(&mut self, id: NodeId) {
        let Some(node) = self.cluster.node(id) else { return };
        let pool = node.view.pool;
        let offer = &self.fleet.pools[pool].spec.offer;
        let Some(interruptions) = offer.interruptions.as_ref() else {
            return;
        };
        if self.fleet.failing.contains_key(&id) || self.fleet.noticed.contains_key(&id) {
            return;
        }
        let (notice, drains) = (interruptions.notice, interruptions.drains);
        let (name, subject) = (node.name().to_owned(), node_subject(pool, node.ordinal));
        let occurrence = self.faults.interruption(self.now, pool, &name);
        self.fleet.noticed.insert(id, occurrence);
        self.affects_workloads_on(id, occurrence);
        self.fleet.interruptions += 1;
        self.fleet.pools[pool].interruptions += 1;
        self.changed(subject, 3);
        let reason = Reason::new(&TAKEN_BACK).with("span", Value::Span(notice));
        self.log_cloud(&name, "interrupted", &reason);
        let gone_at = self.now + notice;
        self.plan(gone_at, Control::Reclaim(id));
        self.tell_node_scaler(NodeEvent::Interrupted {
            node: id,
            at: self.now,
            gone_at,
        });
        if drains && !notice.is_zero() {
            self.drain_interrupted(id, notice);
        }
    }

    /// The notice of a machine is over.
    pub(super) fn on_reclaim(&mut self, id: NodeId) {
        let Some(&occurrence) = self.fleet.noticed.get(&id) else {
            return;
        };
        occurrence
            .into_iter()
            .for_each(|one| self.faults.account.over(one));
        let fall = Fall {
            gone: true,
            restarts: true,
            back: Time::NEVER,
            occurrence,
        };
        self.machine_falls_silent(id, fall);
    }

    /// Every time that offers set, in order; to be planned.
    pub(super) fn plan_offers(&mut self) {
        let mut planned: Vec<(Time, Planned)> = Vec::new();
        for (pool, run) in self.fleet.pools.iter().enumerate() {
            let offer = &run.spec.offer;
            planned.extend(
                offer
                    .price_changes
                    .iter()
                    .map(|change| (change.at, Planned::Price(pool))),
            );
            let waves = offer.interruptions.iter().flat_map(|one| &one.waves);
            planned.extend(
                waves
                    .enumerate()
                    .map(|(index, wave)| (wave.at, Planned::Wave(pool, index))),
            );
        }
        planned.extend(self.faults.agenda());
        planned.sort_by_key(|&(at, _)| at);
        self.fleet.planned = planned;
        self.plan_next(0);
    }

    /// Plans the item `index` of what the scenario sets; one is planned at a time.
    pub(super) fn plan_next(&mut self, index: usize) {
        if let Some(&(at, _)) = self.fleet.planned.get(index) {
            self.plan(at, Control::Planned(index as u32));
        }
    }
}
