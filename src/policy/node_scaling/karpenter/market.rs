//! The scenario's pools as instance types on offer.
//!
//! A pool is an instance type in the pool's zones. Pools that differ in nothing but zones, price and the way they are
//! bought are one instance type, so that Karpenter sees an on-demand and a spot pool of one shape as it sees EC2.

use super::allowed_values::AllowedValues;
use super::instance_type::{CapacityType, InstanceType, Offering};
use super::requirements::{CAPACITY_TYPE_LABEL, Requirements};
use crate::engine::Time;
use crate::model::labels::Labels;
use crate::model::placement_rules::{HOSTNAME_LABEL, ZONE_LABEL};
use crate::model::pool::PoolSpec;
use crate::policy::node_scaling::{self, PoolView};
use std::collections::BTreeMap;

/// Offerings that have just failed, and until when they are not asked for again.
pub(super) type Unavailable = BTreeMap<node_scaling::Offering, Time>;

/// Instance types, and which of them each pool is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Market {
    pub(super) types: Vec<InstanceType>,
    pub(super) of_pool: Vec<usize>,
}

impl Market {
    /// What is on offer at `now`.
    pub(super) fn read(pools: &[PoolView<'_>], unavailable: &Unavailable, now: Time) -> Self {
        let specs: Vec<&PoolSpec> = pools.iter().map(|pool| pool.spec).collect();
        Self::of(&specs, unavailable, now)
    }

    /// What these pools offer at `now`.
    pub(super) fn of(pools: &[&PoolSpec], unavailable: &Unavailable, now: Time) -> Self {
        let mut market = Self::default();
        let mut first: Vec<usize> = Vec::new();
        for (pool, &spec) in pools.iter().enumerate() {
            let known = first.iter().position(|&other| is_same_type(spec, pools[other]));
            let index = known.unwrap_or(first.len());
            if known.is_none() {
                first.push(pool);
                market.types.push(InstanceType {
                    name: spec.shape.name.as_str().into(),
                    capacity: spec.shape.capacity.clone(),
                    allocatable: spec.allocatable(),
                    requirements: Requirements::default(),
                    taints: spec.taints.clone(),
                    offerings: Vec::new(),
                });
            }
            market.of_pool.push(index);
            let offerings = &mut market.types[index].offerings;
            for zone in 0..spec.zones.len().max(1) {
                let offering = node_scaling::Offering { pool, zone };
                offerings.push(Offering {
                    zone: zone_name(spec, zone).into(),
                    capacity_type: capacity_type(spec),
                    price: spec.price_at(now).usd(),
                    available: unavailable.get(&offering).is_none_or(|&until| until <= now),
                    pool,
                    zone_index: zone,
                });
            }
        }
        for (index, instance_type) in market.types.iter_mut().enumerate() {
            let own = market
                .of_pool
                .iter()
                .enumerate()
                .filter(|(_, own)| **own == index);
            let labels = own.flat_map(|(pool, _)| labels_of(pools[pool]));
            instance_type.requirements = open_labels(&labels.collect::<Vec<_>>());
        }
        market
    }
}

fn is_same_type(one: &PoolSpec, other: &PoolSpec) -> bool {
    let own = |spec: &PoolSpec| {
        let mut labels = spec.labels.clone();
        labels.remove(CAPACITY_TYPE_LABEL);
        labels
    };
    one.shape.name == other.shape.name
        && one.shape.capacity == other.shape.capacity
        && one.allocatable() == other.allocatable()
        && one.taints == other.taints
        && own(one) == own(other)
}

/// How a pool's nodes are bought: as their label says, which is as the pool offers them unless it sets that itself.
pub(super) fn capacity_type(spec: &PoolSpec) -> CapacityType {
    let own = spec.labels.get(CAPACITY_TYPE_LABEL).map(String::as_str);
    if own.unwrap_or(spec.offer.capacity.name()) == CapacityType::Spot.label() {
        CapacityType::Spot
    } else {
        CapacityType::OnDemand
    }
}

fn zone_name(spec: &PoolSpec, zone: usize) -> &str {
    spec.zones.get(zone).map_or("", String::as_str)
}

/// The labels of a pool's nodes, zone by zone.
fn labels_of(spec: &PoolSpec) -> Vec<Labels> {
    let in_zone = |zone| {
        let mut labels = spec.node_labels("", zone);
        labels.remove(HOSTNAME_LABEL);
        if spec.zones.is_empty() {
            labels.remove(ZONE_LABEL);
        }
        labels.insert(
            CAPACITY_TYPE_LABEL.to_owned(),
            capacity_type(spec).label().to_owned(),
        );
        labels
    };
    (0..spec.zones.len().max(1)).map(in_zone).collect()
}

/// The labels that all have, each with every value that one has.
fn open_labels(all: &[Labels]) -> Requirements {
    let mut open = Requirements::default();
    for key in all.first().into_iter().flat_map(Labels::keys) {
        let values: Option<Vec<&str>> = all
            .iter()
            .map(|labels| labels.get(key).map(String::as_str))
            .collect();
        if let Some(values) = values {
            open.narrow(key, &AllowedValues::only(values));
        }
    }
    open
}
