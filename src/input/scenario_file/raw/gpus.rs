//! GPUs of a machine as users write them: what they are, how they are cut, how they are shared.
//!
//! Knows: fields and defaults; what is shared is written as in the configuration of the NVIDIA device plugin, how GPUs are
//! cut as in that of its MIG partition editor. Must not know: which cuts there can be.

use crate::model::units::ByteQuantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The GPUs of a machine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gpu {
    /// How many; by default as many as the machine's `type` has.
    #[serde(default)]
    #[schemars(range(min = 1, max = 64))]
    pub(crate) count: Option<u32>,
    /// What they are, such as `A100-40GB`; by default what the machine's `type` has. One that is not known needs `memory`.
    #[serde(default)]
    pub(crate) model: Option<String>,
    /// Memory of each; by default what the driver lists for the model.
    #[serde(default)]
    pub(crate) memory: Option<ByteQuantity>,
    /// Into which instances they are cut. Without it, none is.
    #[serde(default)]
    pub(crate) mig: Option<Mig>,
    /// How several pods share one. Without it, none does.
    #[serde(default)]
    pub(crate) sharing: Sharing,
    /// Which GPU the next shared unit comes from.
    #[serde(default, rename = "sharedDevicesAllocationPolicy")]
    pub(crate) shared_devices_allocation_policy: HandOut,
}

/// Multi-Instance GPU. It says `instances` or `config`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mig {
    /// What instances are called as resources.
    pub(crate) strategy: MigStrategy,
    /// The instances of every GPU, by the names of their profiles: `[3g.20gb, 2g.10gb, 1g.5gb, 1g.5gb]`.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub(crate) instances: Vec<String>,
    /// The instances of some GPUs; what none of these lines names is whole.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub(crate) config: Vec<MigDevices>,
}

/// What instances are called as resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MigStrategy {
    /// `nvidia.com/gpu`, as if each were a GPU: all GPUs of a machine are cut into instances of one profile.
    Single,
    /// `nvidia.com/mig-1g.5gb`, each by its profile; whole GPUs beside them are `nvidia.com/gpu`.
    Mixed,
}

/// How some GPUs are cut.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MigDevices {
    /// Which: `all`, or their numbers from 0.
    pub(crate) devices: Which,
    /// Whether they are cut at all.
    #[serde(rename = "mig-enabled")]
    pub(crate) mig_enabled: bool,
    /// How many instances of each profile.
    #[serde(default, rename = "mig-devices")]
    pub(crate) mig_devices: BTreeMap<String, u32>,
}

/// Which of several.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Which {
    /// `all`.
    All(All),
    /// So many, the first ones.
    Count(#[schemars(range(min = 1, max = 64))] u32),
    /// These, by their numbers from 0.
    Numbers(#[schemars(length(max = 64))] Vec<u32>),
}

/// All of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum All {
    /// All of them.
    #[default]
    All,
}

/// How several pods share a GPU, or an instance of one: in one of these ways.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sharing {
    /// In turns: with several pods at work, each goes on at its part of full speed. Their memory is not kept apart.
    #[serde(rename = "timeSlicing")]
    pub(crate) time_slicing: Option<Replicated>,
    /// At once, through CUDA's Multi-Process Service: each has an equal part of threads and memory, whether or not others
    /// use theirs.
    pub(crate) mps: Option<Replicated>,
}

/// What is shared, and among how many.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replicated {
    /// Whether what is shared has `.shared` at the end of its name.
    #[serde(default, rename = "renameByDefault")]
    pub(crate) rename_by_default: bool,
    /// Whether no container may ask for more than one unit of it; more are never a larger part of a GPU. With `mps`, none
    /// ever may.
    #[serde(default, rename = "failRequestsGreaterThanOne")]
    pub(crate) fail_requests_greater_than_one: bool,
    /// The resources that are shared.
    #[schemars(length(min = 1, max = 100))]
    pub(crate) resources: Vec<ReplicatedResource>,
}

/// A resource that is shared.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplicatedResource {
    /// Its name: `nvidia.com/gpu`, or that of an instance.
    pub(crate) name: String,
    /// What shared units are called instead.
    #[serde(default)]
    pub(crate) rename: Option<String>,
    /// Which of those offered by that name are shared: `all`, so many, or these, by their numbers from 0.
    #[serde(default = "all")]
    pub(crate) devices: Which,
    /// Units that each is offered as.
    #[schemars(range(min = 2, max = 1000))]
    pub(crate) replicas: u32,
}

const fn all() -> Which {
    Which::All(All::All)
}

/// Which GPU the next shared unit comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HandOut {
    /// The one of which the fewest units are handed out.
    #[default]
    Distributed,
    /// The one of which the most are.
    Packed,
    /// The one that the pod has least of.
    Spread,
}
