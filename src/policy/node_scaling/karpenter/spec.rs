//! Karpenter's settings and NodePools as users write them: `karpenter.sh/v1` field for field, each NodePool flat.
//!
//! Knows: fields, defaults and what Karpenter's API would refuse. Must not know: what they lead to.

use crate::model::units::{Duration, MetricQuantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A NodePool: which nodes may be made, and when they may be disrupted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct NodePoolSpec {
    /// Its name; nodes have it in the label `karpenter.sh/nodepool`.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Greater is tried first.
    #[schemars(range(max = 100))]
    pub weight: u32,
    /// What its nodes' labels may be: instance types, zones, sizes. A label that nothing is asked of may be anything that is on
    /// offer; of `karpenter.sh/capacity-type` that is spot first, then on demand.
    #[schemars(length(max = 100))]
    pub requirements: Vec<RequirementSpec>,
    /// How much its nodes may have together, by resource: `cpu`, `memory`, `nodes`, or any other.
    pub limits: BTreeMap<String, MetricQuantity>,
    /// Labels of its nodes.
    pub labels: BTreeMap<String, String>,
    /// Annotations of its nodes: `karpenter.sh/do-not-disrupt: "true"` keeps them from being disrupted.
    pub annotations: BTreeMap<String, String>,
    /// Taints of its nodes.
    pub taints: Vec<TaintSpec>,
    /// Taints its nodes have at first. Here they are gone when the node is ready.
    pub startup_taints: Vec<TaintSpec>,
    /// When its nodes may be disrupted.
    pub disruption: DisruptionSpec,
    /// How old a node may become: a duration, or `Never`.
    pub expire_after: OrNever,
    /// How long a node may take to go before its pods are stopped whatever they or their budgets say. Without it, as long
    /// as it takes.
    pub termination_grace_period: Option<Duration>,
}

impl Default for NodePoolSpec {
    fn default() -> Self {
        Self {
            name: String::new(),
            weight: 0,
            requirements: Vec::new(),
            limits: BTreeMap::new(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            taints: Vec::new(),
            startup_taints: Vec::new(),
            disruption: DisruptionSpec::default(),
            expire_after: OrNever::After(Duration::from_secs(720 * 3600)),
            termination_grace_period: None,
        }
    }
}

/// What a label of a node may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RequirementSpec {
    /// The label's key.
    #[schemars(length(min = 1))]
    pub key: String,
    /// How it compares.
    pub operator: OperatorSpec,
    /// What it compares with.
    #[serde(default)]
    pub values: Vec<String>,
    /// How many different values must stay possible for each node.
    #[serde(default)]
    #[schemars(range(min = 1, max = 50))]
    pub min_values: Option<u32>,
}

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OperatorSpec {
    /// One of the values.
    In,
    /// None of the values.
    NotIn,
    /// Any value.
    Exists,
    /// No such label.
    DoesNotExist,
    /// A whole number above the one value.
    Gt,
    /// A whole number below the one value.
    Lt,
}

/// A mark on nodes that keeps pods away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaintSpec {
    /// Its key.
    #[schemars(length(min = 1))]
    pub key: String,
    /// Its value.
    #[serde(default)]
    pub value: String,
    /// What it does.
    pub effect: EffectSpec,
}

/// What a taint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EffectSpec {
    /// New pods stay away.
    NoSchedule,
    /// New pods stay away if they can.
    PreferNoSchedule,
    /// New pods stay away and running ones are evicted.
    NoExecute,
}

/// When nodes of a NodePool may be disrupted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct DisruptionSpec {
    /// What nodes are consolidated for.
    pub consolidation_policy: ConsolidationPolicySpec,
    /// How long after the last pod came or went: a duration, or `Never`.
    pub consolidate_after: OrNever,
    /// How many nodes at a time; one budget of 10 % if not given. Of several that hold the least counts.
    #[schemars(length(max = 50))]
    pub budgets: Vec<BudgetSpec>,
}

impl Default for DisruptionSpec {
    fn default() -> Self {
        Self {
            consolidation_policy: ConsolidationPolicySpec::default(),
            consolidate_after: OrNever::After(Duration::ZERO),
            budgets: vec![BudgetSpec {
                nodes: NodesSpec::Text("10%".to_owned()),
                reasons: None,
                schedule: None,
                duration: None,
            }],
        }
    }
}

/// What nodes are consolidated for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConsolidationPolicySpec {
    /// Only because nothing on them would have to move.
    WhenEmpty,
    /// Also because what is on them fits elsewhere, or into something cheaper.
    #[default]
    WhenEmptyOrUnderutilized,
}

/// How many nodes of a NodePool may be disrupted at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BudgetSpec {
    /// A number of nodes, or a share of them, which is rounded up: `5`, `10%`.
    pub nodes: NodesSpec,
    /// The reasons it is about; all, if not given.
    #[serde(default)]
    pub reasons: Option<Vec<ReasonSpec>>,
    /// When it begins to hold, in UTC: minute, hour, day of the month, month, day of the week; or `@daily` and its like.
    #[serde(default)]
    pub schedule: Option<String>,
    /// How long it holds from then on.
    #[serde(default)]
    pub duration: Option<Duration>,
}

/// A number of nodes or a share of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NodesSpec {
    /// So many.
    Count(u32),
    /// So many, or a percentage.
    Text(String),
}

/// Why a node is disrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReasonSpec {
    /// Nothing on it has to move.
    Empty,
    /// Its NodePool asks for something else by now.
    Drifted,
    /// What is on it fits elsewhere, or into something cheaper.
    Underutilized,
}

/// A duration, or never.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OrNever {
    /// Never.
    Never(Never),
    /// After so long.
    After(Duration),
}

/// The word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Never {
    /// Never.
    Never,
}

/// Features that are off unless they are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct FeatureGates {
    /// Whether spot nodes are replaced by cheaper spot nodes.
    pub spot_to_spot_consolidation: bool,
}
