//! StatefulSets as users write them: the order of their pods, and how those change version.
//!
//! Knows: fields and defaults, in Kubernetes' words where it has some. Must not know: pods.

use super::deployment::Rollout;
use super::placement_rules::CountOrShare;
use crate::model::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A StatefulSet: its pods have numbers, from 0. One that goes gives its number, its volumes and thereby its zone to the
/// next, which comes only when it has gone; the highest numbers stop first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StatefulSet {
    /// Whether pods come and go one after another.
    #[serde(rename = "podManagementPolicy")]
    pub(crate) pod_management_policy: PodManagementPolicy,
    /// A pod is available when it has been ready for so long.
    #[serde(rename = "minReady")]
    pub(crate) min_ready: Duration,
    /// How old pods are replaced.
    #[serde(rename = "updateStrategy")]
    pub(crate) update_strategy: StatefulUpdate,
    /// Changes of the template.
    #[schemars(length(max = 1000))]
    pub(crate) rollouts: Vec<Rollout>,
    /// Pods that somebody deletes by hand: the way out of an update that waits for a pod that will never be ready, and the
    /// way on with `on_delete`.
    #[schemars(length(max = 1000))]
    pub(crate) deletions: Vec<Deletion>,
}

/// Whether pods come and go one after another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum PodManagementPolicy {
    /// Each comes when all before it are available, and goes when all after it have gone. A pod that never gets ready holds
    /// up everything, its own replacement included.
    #[default]
    OrderedReady,
    /// All at once.
    Parallel,
}

/// How old pods are replaced.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum StatefulUpdate {
    /// When somebody deletes them, or they go for another reason.
    OnDelete(OnDelete),
    /// From the highest number down.
    RollingUpdate(StatefulBounds),
}

impl Default for StatefulUpdate {
    fn default() -> Self {
        Self::RollingUpdate(StatefulBounds::default())
    }
}

/// There is nothing to set.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OnDelete {}

/// How far a rolling update goes, and how fast.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct StatefulBounds {
    /// Pods with numbers below keep their version.
    #[schemars(range(max = 1_000_000))]
    pub(crate) partition: u32,
    /// So many may be unavailable at a time; a share rounds down, to at least 1. It takes the feature gate
    /// `MaxUnavailableStatefulSet`; without it, it is one at a time, whatever else is unavailable above it.
    pub(crate) max_unavailable: Option<CountOrShare>,
}

/// Pods that somebody deletes by hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deletion {
    /// When.
    pub(crate) at: Duration,
    /// Their numbers.
    #[schemars(length(min = 1, max = 1000))]
    pub(crate) ordinals: Vec<u32>,
}
