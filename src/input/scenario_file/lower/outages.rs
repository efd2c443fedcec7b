//! Times at which sources of metrics do not answer.
//!
//! Knows: whose metrics an outage concerns. Must not know: any policy.

use super::super::raw::{MetricSource, Outage as RawOutage};
use super::super::spot::Spot;
use super::Lowering;
use crate::engine::{Span, Time};
use crate::model::observed::{Down, Outage};
use std::collections::BTreeMap;

impl Lowering<'_> {
    /// The outages at `spot` of each workload that has some, in a run of `duration`.
    pub(super) fn outages(
        &mut self,
        spot: &Spot<'_>,
        names: &[Option<&str>],
        duration: Option<Span>,
    ) -> BTreeMap<usize, Vec<Outage>> {
        let mut outages: BTreeMap<usize, Vec<Outage>> = BTreeMap::new();
        for item in spot.items() {
            let Some(outage) = self.read::<RawOutage>(&item) else {
                continue;
            };
            if outage.length.span().is_zero() {
                self.push(item.at("for").error("an outage must last longer than zero"));
            }
            let from = Time::ZERO + outage.from.span();
            if duration.is_some_and(|duration| outage.from.span() >= duration) {
                let warning = item.at("from").warning("this outage begins when the run is over");
                self.push(warning);
            }
            let has = |source| outage.sources.contains(&source);
            let lowered = Outage {
                from,
                until: from + outage.length.span(),
                what: Down {
                    resources: has(MetricSource::Resources),
                    traffic: has(MetricSource::Traffic),
                },
            };
            let whose = if outage.workloads.is_empty() {
                (0..names.len()).collect()
            } else {
                let places = item.at("workloads").items();
                let named = places.iter().zip(&outage.workloads);
                named
                    .filter_map(|(place, name)| self.workload_index(place, name, names, false))
                    .collect::<Vec<usize>>()
            };
            for index in whose {
                outages.entry(index).or_default().push(lowered);
            }
        }
        outages
    }
}
