//! What a cloud offers as users write it: terms, prices over time, stock, interruptions, quotas.
//!
//! Knows: fields and defaults. Must not know: which nodes run.

use super::distribution::Times;
use crate::model::units::{CpuQuantity, Duration, Share, Usd};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a machine costs while it exists, billed by the second.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    /// The price of one hour.
    pub(crate) usd_per_hour: Usd,
    /// The shortest time that is charged; AWS and Google charge at least a minute.
    #[serde(default = "minute")]
    pub(crate) minimum: Duration,
    /// Later prices, in the order of time: each second costs the price of that second.
    #[serde(default)]
    #[schemars(length(max = 100_000))]
    pub(crate) changes: Vec<PriceChange>,
}

const fn minute() -> Duration {
    Duration::from_secs(60)
}

/// From a time on, an hour costs something else.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceChange {
    /// When, from the start of the run.
    pub(crate) at: Duration,
    /// The price of one hour from then on.
    pub(crate) usd_per_hour: Usd,
}

/// On which terms machines are rented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Capacity {
    /// Until they are given back.
    #[default]
    OnDemand,
    /// Until the provider wants them back.
    Spot,
}

/// How the provider takes spot machines back. Its notice reaches the cluster at once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Interruptions {
    /// Mean time from a machine's launch to its notice, exponentially distributed. Without it, only `waves` come.
    #[serde(default)]
    pub(crate) mean_between: Option<Duration>,
    /// From the notice to the end of the machine. AWS gives two minutes, Google and Azure half a minute.
    #[serde(default = "two_minutes")]
    pub(crate) notice: Duration,
    /// Whether the notice closes the node and asks its pods to go, as managed node groups and termination handlers do.
    /// Without that, the pods are lost with the machine.
    #[serde(default = "yes")]
    pub(crate) drain: bool,
    /// Times at which many machines go at once.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub(crate) waves: Vec<Wave>,
}

const fn two_minutes() -> Duration {
    Duration::from_secs(120)
}

const fn yes() -> bool {
    true
}

/// A time at which the provider wants many machines back.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wave {
    /// When it gives notice, from the start of the run.
    pub(crate) at: Duration,
    /// The share of the machines there are that it wants; chance says which.
    #[serde(default = "whole")]
    pub(crate) share: Share,
    /// In which of the pool's zones; without it, in all.
    #[serde(default)]
    pub(crate) zones: Vec<String>,
}

const fn whole() -> Share {
    Share::ONE
}

/// A time in which launches fail because the provider has no such machine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockOut {
    /// When it begins, from the start of the run.
    pub(crate) from: Duration,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub(crate) length: Duration,
    /// In which of the pool's zones; without it, in all.
    #[serde(default)]
    pub(crate) zones: Vec<String>,
    /// From a launch to its failure.
    #[serde(default = "ten_seconds")]
    pub(crate) after: Duration,
}

const fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

/// Machines that do not come though the provider took the order.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LaunchFailures {
    /// The share of launches that fail.
    pub(crate) probability: Share,
    /// From a launch to its failure.
    #[serde(default = "ten_seconds_always")]
    pub(crate) after: Times,
}

const fn ten_seconds_always() -> Times {
    Times::Always(ten_seconds())
}

/// A limit that the provider sets on what an account has at a time, over some pools. Launches over it fail.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloudQuota {
    /// Its name, unique in the scenario.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// The pools it counts; without it, all.
    #[serde(default)]
    pub(crate) pools: Vec<String>,
    /// Most machines.
    #[serde(default)]
    pub(crate) nodes: Option<u32>,
    /// Most virtual CPUs.
    #[serde(default)]
    pub(crate) vcpu: Option<CpuQuantity>,
    /// From a launch to its failure.
    #[serde(default = "ten_seconds")]
    pub(crate) after: Duration,
}
