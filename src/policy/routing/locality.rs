//! Locality: requests stay in the zone they come from while a replica there takes requests, as a Service of Kubernetes
//! with a `trafficDistribution` has it. It saves transfer between zones, and loads zones as unevenly as clients are.

use crate::model::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where requests come from, and whether they stay there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Locality {
    /// The share of the requests that comes from each zone, in proportion: `{a: 50%, b: 30%, c: 20%}`. A user of a closed
    /// load stays in one zone.
    #[schemars(length(min = 1, max = 1000))]
    pub clients: BTreeMap<String, Share>,
    /// Whether requests stay in their zone; `None` only counts those that do not.
    #[serde(default, rename = "trafficDistribution")]
    pub traffic_distribution: TrafficDistribution,
}

/// The Service's `trafficDistribution`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TrafficDistribution {
    /// To replicas of the same zone where it has some that take requests, otherwise to any.
    #[default]
    PreferSameZone,
    /// The same, by its older name.
    PreferClose,
    /// To any replica.
    None,
}

impl Locality {
    /// The number of a zone among those that clients are in; zones without clients have none.
    pub(super) fn number_of(&self, zone: &str) -> Option<u16> {
        let number = self.clients.keys().position(|name| name == zone)?;
        u16::try_from(number).ok()
    }

    /// Cumulative shares of the zones, of one.
    pub(super) fn bounds(&self) -> Vec<f64> {
        let total: f64 = self.clients.values().map(|share| share.get()).sum();
        let shares = self.clients.values().scan(0.0, |sum, share| {
            *sum += share.get() / total;
            Some(*sum)
        });
        shares.collect()
    }

    /// Whether requests stay in their zone.
    pub(super) fn keeps_to_zones(&self) -> bool {
        self.traffic_distribution != TrafficDistribution::None
    }

    /// What is wrong with it.
    pub(super) fn problems(&self) -> Vec<String> {
        match self.clients.values().all(|share| share.get() <= 0.0) {
            true => vec!["locality: `clients` give no zone a share of the requests".to_owned()],
            false => Vec::new(),
        }
    }
}
