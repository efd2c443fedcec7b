//! What a cloud offers a pool, and the quotas over pools.
//!
//! Knows: names of pools and zones. Must not know: which nodes run.

use super::super::raw::cluster::Pool;
use super::super::raw::offer::{Capacity, CloudQuota as RawQuota, PriceChange as RawChange};
use super::super::spot::Spot;
use super::Lowering;
use crate::engine::{Span, Time};
use crate::input::unknown_name;
use crate::model::offer::{CapacityKind, CloudQuota, Interruptions, LaunchFailures, Offer, StockOut, Wave};
use crate::model::price::{Money, PriceChange};
use crate::model::units::{CpuQuantity, Duration, Usd};

/// Picodollars in a millionth of a dollar.
const PICOS_PER_MICRO: u128 = 1_000_000;
/// Were a launch to fail at the instant it is asked for, who asks again would do so for ever at that instant.
const FAILURE_MIN: Span = Span::from_nanos(1_000_000);

/// An amount of dollars.
pub(super) fn money(usd: Usd) -> Money {
    Money::from_picos(u128::from(usd.micros()) * PICOS_PER_MICRO)
}

impl Lowering<'_> {
    /// What the cloud offers the pool at `spot`.
    pub(super) fn offer(&mut self, spot: &Spot<'_>, pool: &Pool) -> Option<Offer> {
        let price_changes = self.price_changes(&spot.at("shape").at("price").at("changes"));
        let zones = |lowering: &mut Self, spot: &Spot<'_>, names: &[String]| {
            lowering.zones_of(&spot.at("zones"), names, &pool.zones, &pool.name)
        };
        let mut stock_outs = Vec::new();
        for (item, raw) in spot.at("stock_outs").items().iter().zip(&pool.stock_outs) {
            let (from, until) = self.window(item, raw.from, raw.length);
            stock_outs.push(StockOut {
                from,
                until,
                zones: zones(self, item, &raw.zones),
                after: self.fails_after(&item.at("after"), raw.after),
            });
        }
        let failures = spot.at("launch_failures");
        let launch_failures = match &pool.launch_failures {
            None => None,
            Some(raw) => Some(LaunchFailures {
                probability: raw.probability.get(),
                after: self.law(&failures.at("after"), &raw.after)?,
            }),
        };
        let at = spot.at("interruptions");
        let interruptions = pool.interruptions.as_ref().map(|raw| {
            let mut waves = Vec::new();
            for (item, wave) in at.at("waves").items().iter().zip(&raw.waves) {
                self.begins_in_time(&item.at("at"), wave.at);
                waves.push(Wave {
                    at: Time::ZERO + wave.at.span(),
                    share: wave.share.get(),
                    zones: zones(self, item, &wave.zones),
                });
            }
            if raw.mean_between.is_some_and(|mean| mean.span().is_zero()) {
                self.push(
                    at.at("mean_between")
                        .error("machines would be gone before they come"),
                );
            }
            if raw.mean_between.is_none() && waves.is_empty() {
                let error = at.key_error("this interrupts nothing");
                self.push(error.help("expected `mean_between`, such as `8h`, or `waves`"));
            }
            Interruptions {
                mean_between: raw.mean_between.map(Duration::span),
                notice: raw.notice.span(),
                drains: raw.drain,
                waves,
            }
        });
        let capacity = match pool.capacity {
            Capacity::OnDemand => CapacityKind::OnDemand,
            Capacity::Spot => CapacityKind::Spot,
        };
        if capacity == CapacityKind::OnDemand && interruptions.is_some() {
            let error = at.key_error("the provider takes no on-demand machines back");
            self.push(error.help("say `capacity: spot`"));
        }
        Some(Offer {
            capacity,
            price_changes,
            stock_outs,
            launch_failures,
            interruptions,
        })
    }

    fn price_changes(&mut self, spot: &Spot<'_>) -> Vec<PriceChange> {
        let mut changes: Vec<PriceChange> = Vec::new();
        for item in spot.items() {
            let Some(raw) = self.read::<RawChange>(&item) else {
                continue;
            };
            let at = Time::ZERO + raw.at.span();
            if changes.last().is_some_and(|before| before.at >= at) {
                let error = item.at("at").error("this change is not after the one before it");
                self.push(error.help("expected the changes in the order of time"));
            }
            self.begins_in_time(&item.at("at"), raw.at);
            changes.push(PriceChange {
                at,
                price_per_hour: money(raw.usd_per_hour),
            });
        }
        changes
    }

    /// When something at `spot` begins and ends that lasts for a while.
    pub(super) fn window(&mut self, spot: &Spot<'_>, from: Duration, length: Duration) -> (Time, Time) {
        if length.span().is_zero() {
            self.push(spot.at("for").error("this must last longer than zero"));
        }
        self.begins_in_time(&spot.at("from"), from);
        let from = Time::ZERO + from.span();
        (from, from + length.span())
    }

    /// Warns of a time at `spot` that the run does not reach.
    pub(super) fn begins_in_time(&mut self, spot: &Spot<'_>, time: Duration) {
        if self.duration.is_some_and(|duration| time.span() >= duration) {
            self.push(spot.warning("the run is over by then"));
        }
    }

    fn fails_after(&mut self, spot: &Spot<'_>, after: Duration) -> Span {
        if after.span() < FAILURE_MIN {
            let error = spot.error("a launch takes some time to fail");
            self.push(error.help("expected at least 1ms"));
        }
        after.span().max(FAILURE_MIN)
    }

    /// The indices of zones that are named at `spot`; empty if none is, which means all.
    pub(super) fn zones_of(
        &mut self,
        spot: &Spot<'_>,
        names: &[String],
        zones: &[String],
        pool: &str,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        for (name, place) in names.iter().zip(spot.items()) {
            match zones.iter().position(|zone| zone == name) {
                Some(zone) => found.push(zone),
                None => {
                    let kind = format!("zone of the pool {pool}");
                    let error = unknown_name(
                        place.cursor.place(),
                        &kind,
                        name,
                        zones.iter().map(String::as_str),
                    );
                    self.push(error.path(&place.path));
                }
            }
        }
        found
    }

    /// The quotas at `spot` over the pools `names`.
    pub(super) fn cloud_quotas(&mut self, spot: &Spot<'_>, names: &[Option<&str>]) -> Vec<CloudQuota> {
        self.unique(spot, "quota");
        let mut quotas = Vec::new();
        for item in spot.items() {
            let Some(raw) = self.read::<RawQuota>(&item) else {
                continue;
            };
            if raw.nodes.is_none() && raw.vcpu.is_none() {
                let error = item.key_error("this limits nothing");
                self.push(error.help("expected `nodes` or `vcpu`"));
            }
            let mut pools = Vec::new();
            for (name, place) in raw.pools.iter().zip(item.at("pools").items()) {
                match names.iter().position(|known| *known == Some(name)) {
                    Some(pool) => pools.push(pool),
                    None => {
                        let known = names.iter().copied().flatten();
                        let error = unknown_name(place.cursor.place(), "pool", name, known);
                        self.push(error.path(&place.path));
                    }
                }
            }
            pools.sort_unstable();
            pools.dedup();
            if raw.pools.is_empty() {
                pools = (0..names.len()).collect();
            }
            quotas.push(CloudQuota {
                name: raw.name,
                pools,
                nodes: raw.nodes,
                cpu_milli: raw.vcpu.map(CpuQuantity::millis),
                after: self.fails_after(&item.at("after"), raw.after),
            });
        }
        quotas
    }
}
