//! Namespaces as users write them: labels, quotas and limit ranges.
//!
//! Knows: Kubernetes' fields of ResourceQuota and LimitRange. Must not know: when any of them refuses a pod.

use super::cluster::Amounts;
use super::placement_rules::LabelOperator;
use crate::model::units::{ByteQuantity, CountQuantity, CpuQuantity, MetricQuantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A namespace. One that only some workload names needs no entry here.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Namespace {
    /// Its name, unique in the scenario.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Its labels. Kubernetes adds its name as `kubernetes.io/metadata.name`.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// What its pods and volumes may ask for in all. What is over a quota is not created.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) resource_quotas: Vec<ResourceQuota>,
    /// What each of its pods, containers and volumes may ask for, and what a container gets that says nothing.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) limit_ranges: Vec<LimitRange>,
}

/// What the pods and volumes of a namespace may ask for in all.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ResourceQuota {
    /// Its name, unique in the namespace.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// The most of each resource: `requests.cpu` (or `cpu`), `requests.memory`, `limits.cpu`, `limits.memory`, `pods`,
    /// `requests.nvidia.com/gpu`, `requests.storage`, `persistentvolumeclaims`, `count/pods` and their like.
    #[serde(default)]
    pub(crate) hard: BTreeMap<String, MetricQuantity>,
    /// It counts only pods that all of these fit. Without any, all pods.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub(crate) scopes: Vec<Scope>,
    /// Further conditions on the pods it counts.
    #[serde(default)]
    pub(crate) scope_selector: ScopeSelector,
}

/// Which pods a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Scope {
    /// Pods with `activeDeadlineSeconds`; pods that serve have none.
    Terminating,
    /// Pods without `activeDeadlineSeconds`.
    NotTerminating,
    /// Pods none of whose containers reserves, or is limited in, CPU or memory.
    BestEffort,
    /// All other pods.
    NotBestEffort,
    /// Pods of a priority class.
    PriorityClass,
    /// Pods with affinity to pods of other namespaces.
    CrossNamespacePodAffinity,
}

/// Conditions on the pods a quota counts; all hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct ScopeSelector {
    /// The conditions.
    #[schemars(length(max = 100))]
    pub(crate) match_expressions: Vec<ScopeRequirement>,
}

/// A condition on the pods a quota counts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ScopeRequirement {
    /// The scope.
    pub(crate) scope_name: Scope,
    /// How it compares; all scopes but `PriorityClass` only know `Exists`.
    pub(crate) operator: LabelOperator,
    /// The priority classes it compares with.
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// What each pod, container or volume of a namespace may ask for, and what a container gets that says nothing.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitRange {
    /// Its name, unique in the namespace.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Its rules.
    #[schemars(length(max = 100))]
    pub(crate) limits: Vec<LimitRangeItem>,
}

/// A rule of a limit range.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct LimitRangeItem {
    /// What the rule is about.
    #[serde(rename = "type")]
    pub(crate) kind: LimitType,
    /// Limits of a container that has none. Without it, `max`.
    #[serde(default)]
    pub(crate) default: Amounts,
    /// Requests of a container that has none. Without it, `default`, or else `min`.
    #[serde(default)]
    pub(crate) default_request: Amounts,
    /// The least that may be asked for.
    #[serde(default)]
    pub(crate) min: Bounds,
    /// The most that may be asked for.
    #[serde(default)]
    pub(crate) max: Bounds,
    /// How many times its request a limit may be, by resource.
    #[serde(default)]
    pub(crate) max_limit_request_ratio: BTreeMap<String, MetricQuantity>,
}

/// What a rule of a limit range is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum LimitType {
    /// Each container.
    Container,
    /// Each pod: its containers together.
    Pod,
    /// Each volume that is asked for.
    PersistentVolumeClaim,
}

/// Bounds on amounts of resources, in Kubernetes' names.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Bounds {
    /// CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu: Option<CpuQuantity>,
    /// Memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<ByteQuantity>,
    /// Ephemeral storage.
    #[serde(rename = "ephemeral-storage", skip_serializing_if = "Option::is_none")]
    pub(crate) ephemeral_storage: Option<ByteQuantity>,
    /// Storage, of a volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) storage: Option<ByteQuantity>,
    /// Extended resources.
    #[serde(flatten)]
    pub(crate) extended: BTreeMap<String, CountQuantity>,
}
