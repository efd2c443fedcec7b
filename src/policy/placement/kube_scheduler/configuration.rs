//! The scheduler's configuration in Kubernetes' own names (`kubescheduler.config.k8s.io/v1`, one profile).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which Kubernetes to decide as, where versions differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Version {
    /// 1.34: balance is scored as it is after the pod, taints are named in messages.
    #[serde(rename = "v1.34")]
    V1_34,
    /// 1.36: balance is scored by how the pod changes it.
    #[default]
    #[serde(rename = "v1.36")]
    V1_36,
}

/// Feature gates, by their names in Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureGates {
    /// A scheduler that has nothing else to do tries pods that still back off.
    #[serde(rename = "SchedulerPopFromBackoffQ")]
    pub scheduler_pop_from_backoff_q: bool,
}

impl Default for FeatureGates {
    fn default() -> Self {
        Self {
            scheduler_pop_from_backoff_q: true,
        }
    }
}

/// Arguments of NodeResourcesFit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct FitArgs {
    /// Extended resources the filter leaves alone.
    pub ignored_resources: Vec<String>,
    /// Extended resources the filter leaves alone, by what is before the `/`.
    pub ignored_resource_groups: Vec<String>,
    /// How nodes are scored.
    pub scoring_strategy: ScoringStrategy,
}

/// How NodeResourcesFit scores nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ScoringStrategy {
    /// Which nodes score high.
    #[serde(rename = "type")]
    pub strategy: Strategy,
    /// Which resources count, and how much.
    #[schemars(length(max = 100))]
    pub resources: Vec<WeightedResource>,
    /// For `RequestedToCapacityRatio`.
    pub requested_to_capacity_ratio: RatioShape,
}

impl Default for ScoringStrategy {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            resources: cpu_and_memory(),
            requested_to_capacity_ratio: RatioShape::default(),
        }
    }
}

/// CPU and memory, equally: Kubernetes' default.
pub(super) fn cpu_and_memory() -> Vec<WeightedResource> {
    ["cpu", "memory"]
        .map(|name| WeightedResource {
            name: name.to_owned(),
            weight: 1,
        })
        .into()
}

/// Which nodes score high.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Strategy {
    /// Empty ones.
    #[default]
    LeastAllocated,
    /// Full ones.
    MostAllocated,
    /// By a broken line over utilisation.
    RequestedToCapacityRatio,
}

/// A resource and how much it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedResource {
    /// Its name, such as `cpu`, `memory`, `ephemeral-storage` or `nvidia.com/gpu`.
    pub name: String,
    /// How much it counts.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    pub weight: i64,
}

const fn one() -> i64 {
    1
}

/// A broken line from utilisation to score.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RatioShape {
    /// Its points, in order of utilisation.
    #[schemars(length(max = 100))]
    pub shape: Vec<ShapePoint>,
}

/// A point of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShapePoint {
    /// Utilisation, percent.
    #[schemars(range(min = 0, max = 100))]
    pub utilization: i64,
    /// Score.
    #[schemars(range(min = 0, max = 10))]
    pub score: i64,
}

/// Arguments of NodeResourcesBalancedAllocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BalancedArgs {
    /// Which resources should be used evenly; weights do not count here.
    #[schemars(length(max = 100))]
    pub resources: Vec<WeightedResource>,
}

impl Default for BalancedArgs {
    fn default() -> Self {
        Self {
            resources: cpu_and_memory(),
        }
    }
}

/// Arguments of InterPodAffinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct InterPodArgs {
    /// How much a needed affinity of a pod that is there counts as a preference of the new one's.
    #[schemars(range(min = 0, max = 100))]
    pub hard_pod_affinity_weight: i64,
    /// Whether preferences of pods that are there do not count for a pod without any.
    pub ignore_preferred_terms_of_existing_pods: bool,
}

impl Default for InterPodArgs {
    fn default() -> Self {
        Self {
            hard_pod_affinity_weight: 1,
            ignore_preferred_terms_of_existing_pods: false,
        }
    }
}

/// Arguments of PodTopologySpread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct SpreadArgs {
    /// Constraints of pods that have none, for `defaultingType: List`.
    #[schemars(length(max = 100))]
    pub default_constraints: Vec<DefaultConstraint>,
    /// Where such pods get constraints from.
    pub defaulting_type: DefaultingType,
}

/// Where pods without constraints get some from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DefaultingType {
    /// Kubernetes': a skew of 3 over nodes and of 5 over zones, both preferred.
    #[default]
    System,
    /// `defaultConstraints`.
    List,
}

/// A constraint of pods that have none; they count by their services and owners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DefaultConstraint {
    /// By how many pods a domain may exceed the one with fewest.
    #[schemars(range(min = 1))]
    pub max_skew: i32,
    /// The node label whose values are the domains.
    #[schemars(length(min = 1))]
    pub topology_key: String,
    /// What too much skew means.
    pub when_unsatisfiable: Unsatisfiable,
}

/// What too much skew means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Unsatisfiable {
    /// The pod waits.
    DoNotSchedule,
    /// The node scores less.
    ScheduleAnyway,
}

/// Arguments of DefaultPreemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct PreemptionArgs {
    /// Fewest candidates to look for, percent of the nodes.
    #[schemars(range(min = 0, max = 100))]
    pub min_candidate_nodes_percentage: u32,
    /// Fewest candidates to look for.
    #[schemars(range(min = 0))]
    pub min_candidate_nodes_absolute: u32,
}

impl Default for PreemptionArgs {
    fn default() -> Self {
        Self {
            min_candidate_nodes_percentage: 10,
            min_candidate_nodes_absolute: 100,
        }
    }
}

/// How much each plugin's score counts; zero: not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "PascalCase")]
#[expect(missing_docs, reason = "they are called as in Kubernetes; each has its file")]
pub struct Weights {
    #[schemars(range(min = 0, max = 1_000_000))]
    pub taint_toleration: i64,
    #[schemars(range(min = 0, max = 1_000_000))]
    pub node_affinity: i64,
    #[schemars(range(min = 0, max = 1_000_000))]
    pub pod_topology_spread: i64,
    #[schemars(range(min = 0, max = 1_000_000))]
    pub inter_pod_affinity: i64,
    #[schemars(range(min = 0, max = 1_000_000))]
    pub node_resources_fit: i64,
    #[schemars(range(min = 0, max = 1_000_000))]
    pub node_resources_balanced_allocation: i64,
    #[schemars(range(min = 0, max = 1_000_000))]
    pub image_locality: i64,
}

impl Default for Weights {
    /// Those of the default profile (`apis/config/v1/default_plugins.go`).
    fn default() -> Self {
        Self {
            taint_toleration: 3,
            node_affinity: 2,
            pod_topology_spread: 2,
            inter_pod_affinity: 2,
            node_resources_fit: 1,
            node_resources_balanced_allocation: 1,
            image_locality: 1,
        }
    }
}
