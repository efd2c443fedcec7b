//! What goes wrong: faults aimed at what there is.
//!
//! Knows: names of machines, pools, zones and workloads. Must not know: what comes of it.

use super::super::raw::MetricSource;
use super::super::raw::faults::{
    ContainerCrash, Fault, NodeCrash as RawCrash, RollingUpgrade as RawUpgrade, SpotInterruption,
    ZoneOutage as RawOutage,
};
use super::super::spot::Spot;
use super::Lowering;
use crate::engine::{Span, Time};
use crate::input::unknown_name;
use crate::model::fault::{
    FaultKind, FaultSpec, Machines, NodeCrash, Occasions, RollingUpgrade, Window, ZoneOutage,
};
use crate::model::observed::{Down, Outage};
use crate::model::offer::{CapacityKind, Interruptions, Wave};
use crate::model::pool::PoolSpec;
use crate::model::units::{Duration, quoted};
use std::collections::BTreeMap;

/// Zones fail no more often: all their outages are drawn before a run.
const OUTAGES_APART: Span = Span::from_secs(60);

/// The faults of a scenario, as far as they could be read.
#[derive(Debug, Default)]
pub(super) struct LoweredFaults {
    pub(super) faults: Vec<FaultSpec>,
    /// Metrics that do not come, by workload.
    pub(super) outages: BTreeMap<usize, Vec<Outage>>,
}

impl Lowering<'_> {
    /// The faults at `spot`, in a scenario with these workloads and pools; those of spot machines become waves of the pool.
    pub(super) fn faults(
        &mut self,
        spot: &Spot<'_>,
        workloads: &[Option<&str>],
        pools: &mut [Option<PoolSpec>],
    ) -> LoweredFaults {
        let mut lowered = LoweredFaults::default();
        for item in spot.items() {
            let Some(fault) = self.read::<Fault>(&item) else {
                continue;
            };
            let Some((kind, at)) = item.entries().into_iter().next() else {
                continue;
            };
            if pools.is_empty()
                && !matches!(
                    fault,
                    Fault::ContainerCrash(_) | Fault::OomKill(_) | Fault::Metrics(_) | Fault::SlowApi(_)
                )
            {
                let error = at.key_error(format!("there are no machines for {} to hit", quoted(kind)));
                self.push(error.help("describe them under `cluster:`"));
                continue;
            }
            let Some((name, what)) = self.fault(&at, fault, workloads, pools, &mut lowered.outages) else {
                continue;
            };
            let hits = at
                .text("node")
                .or(at.text("pool"))
                .or(at.text("zone"))
                .or(at.text("workload"));
            let own = hits.map_or_else(|| kind.to_owned(), |hits| format!("{kind} {hits}"));
            let name = self.fault_name(&at, name.unwrap_or(own), &lowered.faults);
            lowered.faults.push(FaultSpec { name, kind: what });
        }
        lowered
    }

    /// `name`, told apart from those of faults before it.
    fn fault_name(&mut self, spot: &Spot<'_>, name: String, before: &[FaultSpec]) -> String {
        let taken = |name: &str| before.iter().any(|fault| fault.name == name);
        if !taken(&name) {
            return name;
        }
        if spot.at("name").exists() {
            let error = spot
                .at("name")
                .error(format!("a second fault is named {}", quoted(&name)));
            self.push(error);
        }
        let mut numbered = (2..).map(|number| format!("{name} {number}"));
        numbered.find(|name| !taken(name)).unwrap_or(name)
    }

    fn fault(
        &mut self,
        at: &Spot<'_>,
        fault: Fault,
        workloads: &[Option<&str>],
        pools: &mut [Option<PoolSpec>],
        outages: &mut BTreeMap<usize, Vec<Outage>>,
    ) -> Option<(Option<String>, FaultKind)> {
        Some(match fault {
            Fault::NodeCrash(raw) => {
                let kind = self.node_crash(at, &raw, pools)?;
                (raw.name, kind)
            }
            Fault::ZoneOutage(raw) => {
                let kind = self.zone_outage(at, &raw, pools)?;
                (raw.name, kind)
            }
            Fault::ContainerCrash(raw) => {
                let kind = self.container_crash(at, &raw, workloads, false)?;
                (raw.name, kind)
            }
            Fault::OomKill(raw) => {
                let kind = self.container_crash(at, &raw, workloads, true)?;
                (raw.name, kind)
            }
            Fault::SpotInterruption(raw) => {
                self.spot_interruption(at, &raw, pools);
                return None;
            }
            Fault::RollingUpgrade(raw) => {
                let kind = self.rolling_upgrade(at, &raw, pools)?;
                (raw.name, kind)
            }
            Fault::SlowBoot(raw) => {
                let kind = FaultKind::SlowBoot {
                    pools: self.pools_of(&at.at("pools"), &raw.pools, pools),
                    window: self.fault_window(at, raw.from, raw.length),
                    factor: raw.factor,
                };
                (raw.name, kind)
            }
            Fault::FailingBoot(raw) => {
                let kind = FaultKind::FailingBoot {
                    pools: self.pools_of(&at.at("pools"), &raw.pools, pools),
                    window: self.fault_window(at, raw.from, raw.length),
                    probability: raw.probability.get(),
                    after: self.fails_after(&at.at("after"), raw.after),
                };
                (raw.name, kind)
            }
            Fault::Registry(raw) => {
                let kind = FaultKind::Registry {
                    window: self.fault_window(at, raw.from, raw.length),
                    speed: raw.speed.get(),
                };
                (raw.name, kind)
            }
            Fault::SlowApi(raw) => {
                let kind = FaultKind::SlowApi {
                    window: self.fault_window(at, raw.from, raw.length),
                    delay: raw.delay.span(),
                };
                (raw.name, kind)
            }
            Fault::Metrics(raw) => {
                let window = self.fault_window(at, raw.from, raw.length);
                let places = at.at("workloads").items();
                let named = places.iter().zip(&raw.workloads);
                let mut whose: Vec<usize> = named
                    .filter_map(|(place, name)| self.workload_index(place, name, workloads, false))
                    .collect();
                if raw.workloads.is_empty() {
                    whose = (0..workloads.len()).collect();
                }
                let has = |source| raw.sources.contains(&source);
                let outage = Outage {
                    from: window.from,
                    until: window.until,
                    what: Down {
                        resources: has(MetricSource::Resources),
                        traffic: has(MetricSource::Traffic),
                    },
                };
                for &workload in &whose {
                    outages.entry(workload).or_default().push(outage);
                }
                (
                    raw.name,
                    FaultKind::Metrics {
                        workloads: whose,
                        window,
                    },
                )
            }
        })
    }

    fn fault_window(&mut self, at: &Spot<'_>, from: Duration, length: Duration) -> Window {
        let (from, until) = self.window(at, from, length);
        Window { from, until }
    }

    fn occasions(&mut self, at: &Spot<'_>, times: &[Duration], mean: Option<Duration>) -> Occasions {
        for (time, place) in times.iter().zip(at.at("at").items()) {
            self.begins_in_time(&place, *time);
        }
        if times.is_empty() && mean.is_none() {
            let error = at.key_error("this never happens");
            self.push(error.help("expected `at`, such as `[2h]`, or `mean_between`, such as `30d`"));
        }
        if mean.is_some_and(|mean| mean.span() < Span::from_secs(1)) {
            let error = at.at("mean_between").error("this would happen all the time");
            self.push(error.help("expected at least 1s"));
        }
        let mut at: Vec<Time> = times.iter().map(|time| Time::ZERO + time.span()).collect();
        at.sort_unstable();
        Occasions {
            at,
            mean_between: mean.map(Duration::span),
        }
    }

    fn zone_outage(
        &mut self,
        at: &Spot<'_>,
        raw: &RawOutage,
        pools: &[Option<PoolSpec>],
    ) -> Option<FaultKind> {
        let known = pools.iter().flatten();
        let mut zones: Vec<&str> = known
            .flat_map(|pool| pool.zones.iter().map(String::as_str))
            .collect();
        zones.sort_unstable();
        zones.dedup();
        match &raw.zone {
            Some(zone) if !zones.contains(&zone.as_str()) => {
                let place = at.at("zone");
                let error = unknown_name(place.cursor.place(), "zone", zone, zones.iter().copied());
                self.push(error.path(&place.path));
            }
            Some(zone) => zones.retain(|one| one == zone),
            None if zones.is_empty() => {
                let error = at.key_error("no pool is in a zone");
                self.push(error.help("say `zones: [a, b]` of a pool"));
            }
            None => {}
        }
        if let Some(from) = raw.from {
            self.begins_in_time(&at.at("from"), from);
        } else if raw.mean_between.is_none() {
            let error = at.key_error("this never happens");
            self.push(error.help("expected `from`, such as `2h`, or `mean_between`, such as `30d`"));
        }
        if raw.mean_between.is_some_and(|mean| mean.span() < OUTAGES_APART) {
            let error = at.at("mean_between").error("this would happen all the time");
            self.push(error.help("expected at least 1m"));
        }
        let lasts = self.law(&at.at("for"), &raw.length)?;
        if lasts.mean() <= 0.0 {
            self.push(at.at("for").error("this must last longer than zero"));
        }
        Some(FaultKind::ZoneOutage(ZoneOutage {
            zones: zones.into_iter().map(str::to_owned).collect(),
            when: Occasions {
                at: raw.from.iter().map(|from| Time::ZERO + from.span()).collect(),
                mean_between: raw.mean_between.map(Duration::span),
            },
            lasts,
        }))
    }

    fn node_crash(&mut self, at: &Spot<'_>, raw: &RawCrash, pools: &[Option<PoolSpec>]) -> Option<FaultKind> {
        let when = self.occasions(at, &raw.at, raw.mean_between);
        if raw.node.is_some() && raw.pool.is_some() {
            self.push(at.at("pool").key_error("a machine is named already"));
        }
        let machines = match (&raw.node, &raw.pool) {
            (Some(node), _) => {
                self.machine_may_be(&at.at("node"), node, pools);
                Machines::Named(node.clone())
            }
            (None, Some(pool)) => {
                Machines::Of(self.pool_of(&at.at("pool"), pool, pools).into_iter().collect())
            }
            (None, None) => Machines::Of((0..pools.len()).collect()),
        };
        let repair = match &raw.repair {
            Some(times) => Some(self.law(&at.at("repair"), times)?),
            None => None,
        };
        if raw.repair.is_none() && raw.repair_crews.is_some() {
            self.push(
                at.at("repair_crews")
                    .key_error("there is nothing to do for them without `repair`"),
            );
        }
        Some(FaultKind::NodeCrash(NodeCrash {
            machines,
            when,
            repair,
            repair_crews: raw.repair_crews,
        }))
    }

    /// Reports a machine that cannot come to be: it is neither named nor `pool-number` of a pool.
    fn machine_may_be(&mut self, spot: &Spot<'_>, node: &str, pools: &[Option<PoolSpec>]) {
        if pools.iter().any(Option::is_none) {
            return;
        }
        let known = pools.iter().flatten();
        let mut names: Vec<String> = known
            .clone()
            .flat_map(|pool| pool.named.iter().map(|one| one.name.clone()))
            .collect();
        let numbered = |pool: &PoolSpec| {
            let number = node
                .strip_prefix(pool.name.as_str())
                .and_then(|rest| rest.strip_prefix('-'));
            number
                .and_then(|number| number.parse::<u64>().ok())
                .is_some_and(|number| number >= pool.named.len() as u64)
        };
        if names.iter().any(|name| name == node) || known.clone().any(numbered) {
            return;
        }
        for pool in known.filter(|pool| pool.nodes_max as usize > pool.named.len()) {
            names.push(format!("{}-{}", pool.name, pool.named.len()));
        }
        let error = unknown_name(
            spot.cursor.place(),
            "machine",
            node,
            names.iter().map(String::as_str),
        );
        self.push(
            error
                .path(&spot.path)
                .help("machines of a pool are called `pool-0`, `pool-1` and so on"),
        );
    }

    fn container_crash(
        &mut self,
        at: &Spot<'_>,
        raw: &ContainerCrash,
        workloads: &[Option<&str>],
        out_of_memory: bool,
    ) -> Option<FaultKind> {
        let when = self.occasions(at, &raw.at, raw.mean_between);
        let workload = self.workload_index(&at.at("workload"), &raw.workload, workloads, false)?;
        Some(FaultKind::ContainerCrash {
            workload,
            when,
            share: raw.share.get(),
            out_of_memory,
        })
    }

    fn spot_interruption(&mut self, at: &Spot<'_>, raw: &SpotInterruption, pools: &mut [Option<PoolSpec>]) {
        self.begins_in_time(&at.at("at"), raw.at);
        let Some(index) = self.pool_of(&at.at("pool"), &raw.pool, pools) else {
            return;
        };
        let Some(pool) = &mut pools[index] else { return };
        if pool.offer.capacity != CapacityKind::Spot {
            let error = at
                .at("pool")
                .error("the provider takes no on-demand machines back");
            self.push(error.help("say `capacity: spot` of the pool"));
        }
        let zones = self.zones_of(&at.at("zones"), &raw.zones, &pool.zones, &pool.name);
        let interruptions = pool.offer.interruptions.get_or_insert_with(|| Interruptions {
            mean_between: None,
            notice: Span::from_secs(120),
            drains: true,
            waves: Vec::new(),
        });
        interruptions.waves.push(Wave {
            at: Time::ZERO + raw.at.span(),
            share: raw.share.get(),
            zones,
        });
    }

    fn rolling_upgrade(
        &mut self,
        at: &Spot<'_>,
        raw: &RawUpgrade,
        pools: &[Option<PoolSpec>],
    ) -> Option<FaultKind> {
        self.begins_in_time(&at.at("at"), raw.at);
        let index = self.pool_of(&at.at("pool"), &raw.pool, pools)?;
        let pool = pools[index].as_ref()?;
        let room = pool.nodes_max - pool.nodes_initial;
        if raw.max_unavailable == 0 && raw.max_surge == 0 {
            let error = at.key_error("this upgrade could replace no machine");
            self.push(error.help("expected `max_surge` or `max_unavailable` above zero"));
        } else if raw.max_unavailable == 0 && room == 0 {
            let error = at.key_error(format!(
                "the pool {} has no room for one more machine",
                quoted(&pool.name)
            ));
            self.push(
                error.help("raise the `max` of its `nodes`, or let one be missing: `max_unavailable: 1`"),
            );
        }
        Some(FaultKind::RollingUpgrade(RollingUpgrade {
            pool: index,
            at: Time::ZERO + raw.at.span(),
            surge: raw.max_surge,
            unavailable: raw.max_unavailable,
            timeout: raw.timeout.span(),
        }))
    }

    /// The index of the pool named at `spot`.
    fn pool_of(&mut self, spot: &Spot<'_>, name: &str, pools: &[Option<PoolSpec>]) -> Option<usize> {
        let of = |pool: &Option<PoolSpec>| pool.as_ref().is_some_and(|pool| pool.name == name);
        let found = pools.iter().position(of);
        // One that could not be read may be the one.
        if found.is_none() && pools.iter().all(Option::is_some) {
            let names = pools.iter().flatten().map(|pool| pool.name.as_str());
            let error = unknown_name(spot.cursor.place(), "pool", name, names);
            self.push(error.path(&spot.path));
        }
        found
    }

    /// The indices of pools named at `spot`, in order; all if none is.
    fn pools_of(&mut self, spot: &Spot<'_>, names: &[String], pools: &[Option<PoolSpec>]) -> Vec<usize> {
        if names.is_empty() {
            return (0..pools.len()).collect();
        }
        let places = spot.items();
        let mut found: Vec<usize> = names
            .iter()
            .zip(&places)
            .filter_map(|(name, place)| self.pool_of(place, name, pools))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
