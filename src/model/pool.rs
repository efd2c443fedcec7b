//! Shapes and pools: which machines there can be, how many, and how long one takes to come.

use super::gpu::GpuPlan;
use super::image::PoolImages;
use super::instance_labels::instance_labels;
use super::labels::{CAPACITY_TYPE_LABEL, INSTANCE_TYPE_LABEL, Labels, Taint};
use super::offer::Offer;
use super::placement_rules::{HOSTNAME_LABEL, ZONE_LABEL};
use super::price::{Billing, Money};
use super::resources::Resources;
use crate::engine::Time;
use crate::stats::Distribution;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A machine type.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its name, for example `m6i.2xlarge`.
    pub name: String,
    /// What it has.
    pub capacity: Resources,
    /// Swap space, bytes; not part of its memory.
    pub swap_bytes: u64,
    /// How many times as long again work takes that has all its memory in swap, thousandths.
    pub swap_slowdown_milli: u64,
    /// What it costs.
    pub billing: Billing,
    /// Its GPUs, where more is known of them than their number.
    pub gpus: Option<Arc<GpuPlan>>,
}

/// A node that was there before the run began, with a name and whatever else sets it apart from its pool.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedNode {
    /// Its name.
    pub name: String,
    /// Its zone's index in the pool; zero without zones.
    pub zone: usize,
    /// All its labels.
    pub labels: Labels,
    /// All its annotations.
    pub annotations: Labels,
    /// All its taints.
    pub taints: Vec<Taint>,
    /// What pods may reserve on it.
    pub allocatable: Resources,
    /// Whether it is closed to all pods but those that tolerate that (`spec.unschedulable`).
    pub cordoned: bool,
}

/// Nodes of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolSpec {
    /// Its name, unique in a scenario.
    pub name: String,
    /// The machine type of its nodes.
    pub shape: Shape,
    /// Fewest nodes.
    pub nodes_min: u32,
    /// Nodes that are ready when the run starts.
    pub nodes_initial: u32,
    /// Most nodes.
    pub nodes_max: u32,
    /// Zones the nodes are spread over in turn; may be empty.
    pub zones: Vec<String>,
    /// From launch to ready, seconds.
    pub boot: Distribution,
    /// Kept for the system on each node (kubelet, operating system, eviction threshold).
    pub reserved: Resources,
    /// Its first nodes, in the order of their launch, where they are known by name.
    pub named: Vec<NamedNode>,
    /// Labels of its nodes.
    pub labels: Labels,
    /// Annotations of its nodes, which node scalers read.
    pub annotations: Labels,
    /// Taints of its nodes.
    pub taints: Vec<Taint>,
    /// Most volumes that each driver attaches to one of its nodes.
    pub attach_limits: BTreeMap<String, u32>,
    /// On what terms its nodes come.
    pub offer: Offer,
    /// Images its nodes have before any pod needs them.
    pub images: PoolImages,
}

impl PoolSpec {
    /// What pods may reserve on one node.
    #[must_use]
    pub fn allocatable(&self) -> Resources {
        self.shape.capacity.minus(&self.reserved)
    }

    /// A name of the pool and its zone number `zone`, for streams of chance.
    #[must_use]
    pub fn place_name(&self, zone: usize) -> String {
        match self.zones.get(zone) {
            Some(zone) => format!("{}/{zone}", self.name),
            None => self.name.clone(),
        }
    }

    /// What an hour of one of its nodes costs at `time`.
    #[must_use]
    pub fn price_at(&self, time: Time) -> Money {
        self.shape.billing.price_at(&self.offer.price_changes, time)
    }

    /// What a node of it costs that was there from `launched` to `until`.
    #[must_use]
    pub fn cost(&self, launched: Time, until: Time) -> Money {
        self.shape
            .billing
            .cost_between(&self.offer.price_changes, launched, until)
    }

    /// The labels of its node called `name` in its zone number `zone`: its own and, unless it sets them itself, the
    /// node's name, zone, shape and terms, as the kubelet, cloud controllers and node autoscalers do.
    #[must_use]
    pub fn node_labels(&self, name: &str, zone: usize) -> Labels {
        let mut labels = self.labels.clone();
        labels
            .entry(HOSTNAME_LABEL.to_owned())
            .or_insert_with(|| name.to_owned());
        if let Some(zone) = self.zones.get(zone) {
            labels
                .entry(ZONE_LABEL.to_owned())
                .or_insert_with(|| zone.clone());
        }
        labels
            .entry(INSTANCE_TYPE_LABEL.to_owned())
            .or_insert_with(|| self.shape.name.clone());
        labels
            .entry(CAPACITY_TYPE_LABEL.to_owned())
            .or_insert_with(|| self.offer.capacity.name().to_owned());
        for (key, value) in instance_labels(&self.shape) {
            labels.entry(key).or_insert(value);
        }
        labels
    }
}
