//! DaemonSets as users write them: how their pods change version.
//!
//! Knows: fields and defaults, in Kubernetes' words where it has some. Must not know: pods.

use super::deployment::Rollout;
use super::placement_rules::CountOrShare;
use super::stateful_set::OnDelete;
use crate::model::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A DaemonSet.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DaemonSet {
    /// A pod is available when it has been ready for so long.
    #[serde(rename = "minReady")]
    pub(crate) min_ready: Duration,
    /// How old pods are replaced.
    #[serde(rename = "updateStrategy")]
    pub(crate) update_strategy: DaemonUpdate,
    /// Changes of the template.
    #[schemars(length(max = 1000))]
    pub(crate) rollouts: Vec<Rollout>,
}

/// How old pods are replaced.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum DaemonUpdate {
    /// When they go for another reason, mostly with their nodes.
    OnDelete(OnDelete),
    /// Node by node.
    RollingUpdate(DaemonBounds),
}

impl Default for DaemonUpdate {
    fn default() -> Self {
        Self::RollingUpdate(DaemonBounds::default())
    }
}

/// The bounds of a rolling update, as numbers or shares of the nodes that should have a pod; shares round up.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct DaemonBounds {
    /// So many nodes may have a new pod beside the old one, which goes when the new one is available. Only one of the two
    /// may be above 0.
    pub(crate) max_surge: CountOrShare,
    /// So many nodes may be without an available pod.
    pub(crate) max_unavailable: Option<CountOrShare>,
}

impl Default for DaemonBounds {
    fn default() -> Self {
        Self {
            max_surge: CountOrShare::Count(0),
            max_unavailable: None,
        }
    }
}
