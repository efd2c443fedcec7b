//! Volumes as users write them: storage classes, claims, and which pods use them.
//!
//! Knows: Kubernetes' fields of StorageClass, PersistentVolumeClaim and CSINode. Must not know: which node a volume
//! allows.

use super::distribution::Times;
use crate::model::units::ByteQuantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of volume, and how long it takes to move one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct StorageClass {
    /// Its name, unique in the scenario.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// The driver that makes its volumes; nodes count volumes by driver.
    #[serde(default = "default_provisioner")]
    #[schemars(length(min = 1))]
    pub(crate) provisioner: String,
    /// When a volume is made, and so its zone chosen.
    #[serde(default)]
    pub(crate) volume_binding_mode: BindingMode,
    /// Where its volumes may be. Without it, anywhere.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) allowed_topologies: Vec<TopologyTerm>,
    /// Whether claims that name no class get this one (the annotation `storageclass.kubernetes.io/is-default-class`).
    #[serde(default)]
    pub(crate) is_default: bool,
    /// Whether a volume is bound to the zone that it was made in, as disks of clouds are; shared file systems are not.
    #[serde(default = "yes")]
    pub(crate) zonal: bool,
    /// From the binding of a pod until its volume is attached to the node and mounted.
    #[serde(default = "Times::zero")]
    pub(crate) attach: Times,
    /// From the end of the last pod with a volume until it is detached from the node and free for another.
    #[serde(default = "Times::zero")]
    pub(crate) detach: Times,
}

fn default_provisioner() -> String {
    "ebs.csi.aws.com".to_owned()
}

const fn yes() -> bool {
    true
}

/// When a volume is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum BindingMode {
    /// With its claim, in whatever zone comes next.
    #[default]
    Immediate,
    /// With its first pod, in the zone of that pod's node.
    WaitForFirstConsumer,
}

/// Nodes near which a volume may be: all conditions hold.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TopologyTerm {
    /// The conditions.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) match_label_expressions: Vec<TopologyRequirement>,
}

/// A condition on the nodes near which a volume may be.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopologyRequirement {
    /// The label of the node, such as `topology.kubernetes.io/zone`.
    #[schemars(length(min = 1))]
    pub(crate) key: String,
    /// The values it may have.
    #[schemars(length(min = 1))]
    pub(crate) values: Vec<String>,
}

/// A volume that is asked for, by its own name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Claim {
    /// Its name, unique in its namespace.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Its namespace.
    #[serde(default = "default_namespace")]
    pub(crate) namespace: String,
    /// Who may use it at a time. Without it, `ReadWriteOnce`.
    #[serde(default = "default_modes")]
    #[schemars(length(min = 1, max = 4))]
    pub(crate) access_modes: Vec<AccessMode>,
    /// Its storage class. Without it, the one that is the default.
    #[serde(default)]
    pub(crate) storage_class_name: Option<String>,
    /// How large it is.
    #[serde(default)]
    pub(crate) resources: ClaimResources,
}

/// A volume that each replica asks for as its own. A workload with one is a StatefulSet: a replica that takes the place of
/// another gets its volumes, and comes only when the other has gone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ClaimTemplate {
    /// Its name, unique in the workload; a claim's name is this, the workload's and the replica's number.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Who may use it at a time. Without it, `ReadWriteOnce`.
    #[serde(default = "default_modes")]
    #[schemars(length(min = 1, max = 4))]
    pub(crate) access_modes: Vec<AccessMode>,
    /// Its storage class. Without it, the one that is the default.
    #[serde(default)]
    pub(crate) storage_class_name: Option<String>,
    /// How large it is.
    #[serde(default)]
    pub(crate) resources: ClaimResources,
}

fn default_namespace() -> String {
    "default".to_owned()
}

fn default_modes() -> Vec<AccessMode> {
    vec![AccessMode::ReadWriteOnce]
}

/// Who may use a volume at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::enum_variant_names, reason = "they are called as in Kubernetes")]
pub(crate) enum AccessMode {
    /// The pods of one node.
    ReadWriteOnce,
    /// Any pods; they only read.
    ReadOnlyMany,
    /// Any pods.
    ReadWriteMany,
    /// One pod.
    ReadWriteOncePod,
}

/// How large a volume is.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClaimResources {
    /// What is asked for.
    pub(crate) requests: StorageRequest,
}

/// An amount of storage.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StorageRequest {
    /// Bytes.
    pub(crate) storage: ByteQuantity,
}

/// A volume of a workload's pods: a claim that they all share, or something on the node of each. One of these.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Volume {
    /// Its name, unique in the pod.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// The claim it is.
    #[serde(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) persistent_volume_claim: Option<ClaimReference>,
    /// An empty directory on the pod's node, lost with the pod. Cluster Autoscaler spares nodes of pods with one
    /// (`skip-nodes-with-local-storage`).
    #[serde(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) empty_dir: Option<EmptyDir>,
    /// A path of the pod's node. Cluster Autoscaler spares nodes of pods with one, as of those with an empty directory.
    #[serde(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host_path: Option<HostPath>,
}

/// An empty directory on the pod's node.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct EmptyDir {
    /// What it is kept on: the node's disk without it, `Memory` for memory, which keeps no node.
    pub(crate) medium: String,
    /// How large it may become; that is not modelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size_limit: Option<ByteQuantity>,
}

/// A path of the pod's node.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostPath {
    /// The path.
    pub(crate) path: String,
    /// What must be there; that is not modelled.
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
}

/// A claim by its name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ClaimReference {
    /// The name of one of `cluster.persistentVolumeClaims` in the workload's namespace.
    #[schemars(length(min = 1))]
    pub(crate) claim_name: String,
}

/// What the volume drivers of a node say of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct CsiNode {
    /// The drivers. Without a driver here, it attaches any number of its volumes.
    #[schemars(length(max = 100))]
    pub(crate) drivers: Vec<CsiDriver>,
}

/// A volume driver on a node.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CsiDriver {
    /// Its name, the `provisioner` of storage classes.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// What it can attach.
    #[serde(default)]
    pub(crate) allocatable: CsiAllocatable,
}

/// What a volume driver can attach to a node.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CsiAllocatable {
    /// Most volumes. Without it, there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u32>,
}
