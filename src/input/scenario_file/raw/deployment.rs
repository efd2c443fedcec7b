//! Deployments as users write them: how pods of one version give way to those of the next, and when.
//!
//! Knows: fields and defaults, in Kubernetes' words where it has some. Must not know: pods.

use super::distribution::Times;
use super::placement_rules::CountOrShare;
use super::workload::ContainerResources;
use crate::model::units::{Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the pods of one version give way to those of the next.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Deployment {
    /// How old pods are replaced.
    pub(crate) strategy: Strategy,
    /// A pod is available when it has been ready for so long.
    #[serde(rename = "minReady")]
    pub(crate) min_ready: Duration,
    /// A rollout that makes no progress for so long has failed; it goes on trying.
    #[serde(rename = "progressDeadline")]
    pub(crate) progress_deadline: ProgressDeadline,
    /// Changes of the template.
    #[schemars(length(max = 1000))]
    pub(crate) rollouts: Vec<Rollout>,
}

/// 10 minutes, as in Kubernetes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct ProgressDeadline(pub(crate) Duration);

impl Default for ProgressDeadline {
    fn default() -> Self {
        Self(Duration::from_secs(600))
    }
}

/// How old pods are replaced.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Strategy {
    /// All old pods go before new ones come.
    Recreate(Recreate),
    /// Bit by bit.
    RollingUpdate(RollingUpdate),
}

impl Default for Strategy {
    fn default() -> Self {
        Self::RollingUpdate(RollingUpdate::default())
    }
}

/// There is nothing to set.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Recreate {}

/// The bounds of a rolling update; 25 % each, as in Kubernetes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct RollingUpdate {
    /// So many pods more than wanted may exist; a share rounds up.
    pub(crate) max_surge: CountOrShare,
    /// So many pods fewer than wanted may be available; a share rounds down.
    pub(crate) max_unavailable: CountOrShare,
}

impl Default for RollingUpdate {
    fn default() -> Self {
        let quarter = CountOrShare::Share(Share::from_percent(25));
        Self {
            max_surge: quarter,
            max_unavailable: quarter,
        }
    }
}

/// A change of the template. What it does not say stays as it was before.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rollout {
    /// When.
    pub(crate) at: Duration,
    /// What the new version is called; without it, the second is `v2`, and so on.
    #[serde(default)]
    pub(crate) version: Option<String>,
    /// What changes of the containers.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) containers: Vec<ContainerChange>,
    /// From the containers' start to the first request a pod of it takes.
    #[serde(default)]
    pub(crate) readiness: Option<Times>,
    /// Its pods start and never become ready, as those of a release do that waits for something that never comes.
    #[serde(default)]
    pub(crate) never_ready: bool,
    /// Its containers start and crash. The kubelet starts them again where they are: at once the first time, then after
    /// its back-off (10 s, doubling up to 5 min, forgotten 10 min after the last restart). The next version does not.
    #[serde(default)]
    pub(crate) crashes: Option<Crashes>,
}

/// How the containers of a version crash.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Crashes {
    /// From a container's start to its crash; a crash before the end of its `startup` comes before any request.
    #[serde(default = "Times::zero")]
    pub(crate) after: Times,
    /// The share of starts that end so; chance says which.
    #[serde(default = "whole")]
    pub(crate) probability: Share,
}

const fn whole() -> Share {
    Share::ONE
}

/// What changes of a container.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContainerChange {
    /// The container's name.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Its image.
    #[serde(default)]
    pub(crate) image: Option<String>,
    /// What it reserves and may use, as a whole.
    #[serde(default)]
    pub(crate) resources: Option<ContainerResources>,
    /// From start to started.
    #[serde(default)]
    pub(crate) startup: Option<Times>,
}
