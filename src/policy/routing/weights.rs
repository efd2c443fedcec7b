//! How much of the requests a replica is to get: by what it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What sets the weight of a replica. One that is not named weighs 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Weights {
    /// All weigh the same.
    #[default]
    Equal,
    /// The CPU that its pod reserves.
    Cpu,
    /// The version of its pod's template, by name: `{v1: 9, v2: 1}`.
    Version(BTreeMap<String, Weight>),
    /// The zone of its node, by name.
    Zone(BTreeMap<String, Weight>),
    /// The pool of its node, by name.
    Pool(BTreeMap<String, Weight>),
}

/// A whole number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Weight(#[schemars(range(min = 1, max = 1_000_000))] pub u32);

/// What a replica is, for whoever gives it a weight or a zone.
#[derive(Clone, Copy, Debug)]
pub struct ReplicaTraits<'a> {
    /// Name of its version, `v1` where there is one only.
    pub version: &'a str,
    /// Zone of its node; empty without one.
    pub zone: &'a str,
    /// Pool of its node; empty without one.
    pub pool: &'a str,
    /// CPU its pod reserves, thousandths.
    pub cpu_milli: u64,
}

impl Weights {
    /// The weight of a replica.
    #[must_use]
    pub fn of(&self, replica: &ReplicaTraits<'_>) -> f64 {
        let named = |weights: &BTreeMap<String, Weight>, name| {
            weights.get(name).map_or(1.0, |weight| f64::from(weight.0.max(1)))
        };
        match self {
            Self::Equal => 1.0,
            Self::Cpu => replica.cpu_milli.max(1) as f64,
            Self::Version(weights) => named(weights, replica.version),
            Self::Zone(weights) => named(weights, replica.zone),
            Self::Pool(weights) => named(weights, replica.pool),
        }
    }
}
