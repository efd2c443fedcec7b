//! What pods ask of nodes, as Kubernetes writes it: affinity, spread, ports, disruption budgets.
//!
//! Knows: fields, their Kubernetes names and defaults. Must not know: when anything matches.

use crate::model::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which nodes, and near which pods, the pods must and would rather go.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct Affinity {
    /// Which nodes.
    pub(crate) node_affinity: NodeAffinity,
    /// Near which pods.
    pub(crate) pod_affinity: PodAffinity,
    /// Away from which pods.
    pub(crate) pod_anti_affinity: PodAffinity,
}

/// Which nodes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NodeAffinity {
    /// Nodes the pods must go to.
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub(crate) required: Option<NodeSelector>,
    /// Nodes they would rather go to.
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    #[schemars(length(max = 1000))]
    pub(crate) preferred: Vec<PreferredNodes>,
}

/// Nodes in at least one of several sets.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NodeSelector {
    /// The sets.
    #[schemars(length(min = 1, max = 1000))]
    pub(crate) node_selector_terms: Vec<NodeSelectorTerm>,
}

/// Nodes that meet every condition; without any, no node.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct NodeSelectorTerm {
    /// Conditions on labels.
    #[schemars(length(max = 1000))]
    pub(crate) match_expressions: Vec<NodeRequirement>,
    /// Conditions on fields; `metadata.name` is the only one there is.
    #[schemars(length(max = 1000))]
    pub(crate) match_fields: Vec<NodeRequirement>,
}

/// A condition on a node's label or field.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeRequirement {
    /// The label's or field's name.
    #[schemars(length(min = 1))]
    pub(crate) key: String,
    /// How it compares.
    pub(crate) operator: NodeOperator,
    /// What it compares with.
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// How a node's label compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum NodeOperator {
    /// Its value is one of the values.
    In,
    /// It is not there, or its value is none of the values.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
    /// It is a whole number greater than the one value.
    Gt,
    /// It is a whole number less than the one value.
    Lt,
}

/// Nodes that are preferred, and how much.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreferredNodes {
    /// How much.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) weight: i32,
    /// Which.
    pub(crate) preference: NodeSelectorTerm,
}

/// Near, or away from, which pods.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PodAffinity {
    /// What must be.
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    #[schemars(length(max = 100))]
    pub(crate) required: Vec<PodAffinityTerm>,
    /// What would be better.
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    #[schemars(length(max = 100))]
    pub(crate) preferred: Vec<PreferredPods>,
}

/// Some pods, and how near is near.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PodAffinityTerm {
    /// Which pods. Without it, none.
    #[serde(default)]
    pub(crate) label_selector: Option<LabelSelector>,
    /// The node label whose value two nodes share that are near each other.
    #[schemars(length(min = 1))]
    pub(crate) topology_key: String,
    /// Namespaces of the pods. Without this and `namespaceSelector`, the workload's own.
    #[serde(default)]
    pub(crate) namespaces: Vec<String>,
    /// Namespaces of the pods, by their labels.
    #[serde(default)]
    pub(crate) namespace_selector: Option<LabelSelector>,
    /// Labels in which the pods must also agree with the workload's.
    #[serde(default)]
    pub(crate) match_label_keys: Vec<String>,
    /// Labels in which the pods must differ from the workload's.
    #[serde(default)]
    pub(crate) mismatch_label_keys: Vec<String>,
}

/// Pods whose nearness is preferred, and how much.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PreferredPods {
    /// How much.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) weight: i32,
    /// Which pods, and how near.
    pub(crate) pod_affinity_term: PodAffinityTerm,
}

/// A set of pods or namespaces: all conditions hold. An empty one is all of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct LabelSelector {
    /// Labels with exactly these values.
    pub(crate) match_labels: BTreeMap<String, String>,
    /// Further conditions.
    #[schemars(length(max = 1000))]
    pub(crate) match_expressions: Vec<LabelRequirement>,
}

/// A condition on a label.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelRequirement {
    /// The label's key.
    #[schemars(length(min = 1))]
    pub(crate) key: String,
    /// How it compares.
    pub(crate) operator: LabelOperator,
    /// What it compares with.
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// How a label compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum LabelOperator {
    /// Its value is one of the values.
    In,
    /// It is not there, or its value is none of the values.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}

/// How evenly the pods must, or should, be spread over the values of a node label.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SpreadConstraint {
    /// By how many pods a domain may exceed the one with fewest.
    #[schemars(range(min = 1))]
    pub(crate) max_skew: i32,
    /// The node label whose values are the domains, such as `topology.kubernetes.io/zone`.
    #[schemars(length(min = 1))]
    pub(crate) topology_key: String,
    /// What too much skew means.
    pub(crate) when_unsatisfiable: WhenUnsatisfiable,
    /// Which pods count. Without it, none.
    #[serde(default)]
    pub(crate) label_selector: Option<LabelSelector>,
    /// With fewer domains than this the least count is taken for zero.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub(crate) min_domains: Option<i32>,
    /// Whether nodes outside the pods' node selector and affinity count.
    #[serde(default = "honor")]
    pub(crate) node_affinity_policy: NodeInclusion,
    /// Whether nodes with taints the pods do not tolerate count.
    #[serde(default = "ignore")]
    pub(crate) node_taints_policy: NodeInclusion,
    /// Labels in which pods must also agree with the new one to count.
    #[serde(default)]
    pub(crate) match_label_keys: Vec<String>,
}

const fn honor() -> NodeInclusion {
    NodeInclusion::Honor
}

const fn ignore() -> NodeInclusion {
    NodeInclusion::Ignore
}

/// What too much skew means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum WhenUnsatisfiable {
    /// The pod waits.
    DoNotSchedule,
    /// The node scores less.
    ScheduleAnyway,
}

/// Whether nodes the pods could not go to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum NodeInclusion {
    /// They do not.
    Honor,
    /// They do.
    Ignore,
}

/// Whether pods push out others of lower priority when no node takes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum PreemptionPolicy {
    /// They do.
    #[default]
    PreemptLowerPriority,
    /// They wait.
    Never,
}

/// A port of a container; only one of the node's (`hostPort`) matters here.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Port {
    /// Its name.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The port in the pod.
    #[serde(default)]
    pub(crate) container_port: Option<u16>,
    /// The port of the node that the pod takes for itself.
    #[serde(default)]
    pub(crate) host_port: Option<u16>,
    /// The address of the node it is taken on. Without it, every address.
    #[serde(default, rename = "hostIP")]
    pub(crate) host_ip: Option<String>,
    /// The transport.
    #[serde(default)]
    pub(crate) protocol: Protocol,
}

/// A transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Protocol {
    #[default]
    Tcp,
    Udp,
    Sctp,
}

/// How many pods of the workload may be pushed out at a time; the two exclude each other.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct DisruptionBudget {
    /// So many must stay ready.
    pub(crate) min_available: Option<CountOrShare>,
    /// So many may be missing.
    pub(crate) max_unavailable: Option<CountOrShare>,
}

/// A number of pods, or a share of them, rounded up.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum CountOrShare {
    /// A number.
    Count(u32),
    /// A share.
    Share(Share),
}

/// What holds a pod back from the scheduler.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchedulingGate {
    /// Its name, unique in the pod.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
}
