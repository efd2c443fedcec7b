//! The cluster as users write it: pools, shapes, prices, images.
//!
//! Knows: fields and defaults. Must not know: how a node pulls, or what a machine type of a price list has.

use super::distribution::Times;
use super::gpus::Gpu;
use super::images::{Images, PoolImages};
use super::offer::{Capacity, CloudQuota, Interruptions, LaunchFailures, Price, StockOut};
use super::volumes::{Claim, CsiNode, StorageClass};
use crate::model::units::{ByteQuantity, CountQuantity, CpuQuantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The machines and what they know of images.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cluster {
    /// Groups of equal machines.
    #[schemars(length(min = 1, max = 1000))]
    pub(crate) pools: Vec<Pool>,
    /// How nodes get images, and how large these are.
    #[serde(default)]
    pub(crate) images: Images,
    /// Kinds of volumes.
    #[serde(default, rename = "storageClasses")]
    #[schemars(length(max = 1000))]
    pub(crate) storage_classes: Vec<StorageClass>,
    /// Volumes that pods share by their names.
    #[serde(default, rename = "persistentVolumeClaims")]
    #[schemars(length(max = 10_000))]
    pub(crate) persistent_volume_claims: Vec<Claim>,
    /// Limits of the provider on what there is at a time.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) quotas: Vec<CloudQuota>,
    /// A price list (CSV) in place of the one that comes with Tonnage; relative to this file.
    #[serde(default)]
    pub(crate) prices: Option<String>,
}

/// Machines of one shape.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pool {
    /// Its name, unique in the scenario.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// The machine type: a name of the price list such as `m6i.2xlarge` (`tonnage shapes` lists them), or what it has.
    pub(crate) shape: Shape,
    /// How many machines: fewest, at the start, most; or one number for a fixed fleet.
    pub(crate) nodes: Nodes,
    /// Machines that are there at the start and known by name, each with what sets it apart; Nodes of `manifests` are such.
    /// Those that come later are like the pool.
    #[serde(default)]
    #[schemars(length(max = 20_000))]
    pub(crate) named: Vec<NamedNode>,
    /// Zones the machines are spread over in turn.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) zones: Vec<String>,
    /// From launch to ready. Without it, machines are ready at once.
    #[serde(default = "Times::zero")]
    pub(crate) boot: Times,
    /// Images that machines have before any pod needs them.
    #[serde(default)]
    pub(crate) images: PoolImages,
    /// On which terms the machines are rented; the label `karpenter.sh/capacity-type` of a machine says it.
    #[serde(default)]
    pub(crate) capacity: Capacity,
    /// How the provider takes spot machines back.
    #[serde(default)]
    pub(crate) interruptions: Option<Interruptions>,
    /// Times in which launches fail because the provider has no such machine.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub(crate) stock_outs: Vec<StockOut>,
    /// Launches that fail by chance.
    #[serde(default)]
    pub(crate) launch_failures: Option<LaunchFailures>,
    /// Kept from pods on each machine, for the kubelet and the operating system: capacity minus this is allocatable.
    #[serde(default)]
    pub(crate) reserved: Amounts,
    /// Labels of the machines.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// Annotations of the machines: `cluster-autoscaler.kubernetes.io/scale-down-disabled: "true"` and
    /// `karpenter.sh/do-not-disrupt: "true"` keep them.
    #[serde(default)]
    pub(crate) annotations: BTreeMap<String, String>,
    /// Taints of the machines.
    #[serde(default)]
    pub(crate) taints: Vec<Taint>,
    /// How many volumes a machine can attach, by driver.
    #[serde(default, rename = "csiNode")]
    pub(crate) csi_node: CsiNode,
}

/// A machine that is known by name. What it does not say is the pool's.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedNode {
    /// Its name, unique in the scenario.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Its labels, beside the pool's.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// Its annotations, beside the pool's.
    #[serde(default)]
    pub(crate) annotations: BTreeMap<String, String>,
    /// Its taints, in place of the pool's.
    #[serde(default)]
    pub(crate) taints: Option<Vec<Taint>>,
    /// What pods may reserve on it.
    #[serde(default)]
    pub(crate) allocatable: Option<Amounts>,
    /// Most pods on it.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) pods: Option<u32>,
    /// Whether it takes no new pods, but for those that tolerate that.
    #[serde(default)]
    pub(crate) unschedulable: bool,
}

/// A machine type: a name of the price list, or what it has.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Shape {
    /// A machine type of the price list.
    Listed(String),
    /// What it has and costs.
    Own(Box<OwnShape>),
}

/// What a machine has and costs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnShape {
    /// A machine type of the price list to start from; the other fields then replace what the list says.
    #[serde(default, rename = "type")]
    pub(crate) listed: Option<String>,
    /// What to call it; by default the `type`, or the pool's name.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// CPU. Needed unless there is a `type`.
    #[serde(default)]
    pub(crate) cpu: Option<CpuQuantity>,
    /// Memory. Needed unless there is a `type`.
    #[serde(default)]
    pub(crate) memory: Option<ByteQuantity>,
    /// Swap space, for containers under `platform: docker` and `swarm`; a kubelet gives none to pods.
    #[serde(default)]
    pub(crate) swap: Option<ByteQuantity>,
    /// What swap costs: with a share s of its memory in swap, a container's work goes on at 1 / (1 + this · s) of its speed.
    /// The default is a guess, for working sets of which a small part is used all the time: a page of an SSD comes a
    /// thousand times later than one of memory. Measure yours.
    #[serde(default = "default_swap_slowdown")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub(crate) swap_slowdown: f64,
    /// Most pods; 110 is the kubelet's default.
    #[serde(default = "default_pods")]
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) pods: u32,
    /// Ephemeral storage. Without it there is none to reserve.
    #[serde(default, rename = "ephemeral-storage", alias = "ephemeral_storage")]
    pub(crate) ephemeral_storage: Option<ByteQuantity>,
    /// Extended resources, such as `nvidia.com/gpu: 1`.
    #[serde(default)]
    pub(crate) extended: BTreeMap<String, CountQuantity>,
    /// What its GPUs are, how they are cut and how they are shared; in place of `nvidia.com/gpu` under `extended`, where a
    /// number is enough.
    #[serde(default)]
    pub(crate) gpu: Option<Gpu>,
    /// What it costs. Without it the list's price, or nothing.
    #[serde(default)]
    pub(crate) price: Option<Price>,
}

/// The kubelet's default.
const fn default_pods() -> u32 {
    110
}

/// A guess.
const fn default_swap_slowdown() -> f64 {
    10.0
}

/// How many machines.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Nodes {
    /// Always so many.
    Fixed(#[schemars(range(max = 1_000_000))] u32),
    /// Within bounds.
    Range(NodeRange),
}

/// Fewest, first and most machines.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeRange {
    /// Fewest.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub(crate) min: u32,
    /// Ready when the run starts; by default `min`.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub(crate) initial: Option<u32>,
    /// Most.
    #[schemars(range(max = 1_000_000))]
    pub(crate) max: u32,
}

/// Amounts of resources, in Kubernetes' names. Others, such as `nvidia.com/gpu: 1`, are extended resources, whose names
/// have a `/`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Amounts {
    /// CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu: Option<CpuQuantity>,
    /// Memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<ByteQuantity>,
    /// Ephemeral storage.
    #[serde(rename = "ephemeral-storage", skip_serializing_if = "Option::is_none")]
    pub(crate) ephemeral_storage: Option<ByteQuantity>,
    /// Extended resources.
    #[serde(flatten)]
    pub(crate) extended: BTreeMap<String, CountQuantity>,
}

/// A mark on machines that keeps pods away.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taint {
    /// Its key.
    pub(crate) key: String,
    /// Its value.
    #[serde(default)]
    pub(crate) value: String,
    /// What it does to pods that do not tolerate it.
    pub(crate) effect: Effect,
}

/// What a taint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Effect {
    /// New pods stay away.
    NoSchedule,
    /// New pods stay away if they can.
    PreferNoSchedule,
    /// New pods stay away and running ones are evicted.
    NoExecute,
}
