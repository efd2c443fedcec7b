//! The spec of a VerticalPodAutoscaler, `autoscaling.k8s.io/v1`, as `kubectl` prints it, with the flags of the programs
//! that act on it.
//!
//! Knows: fields, defaults (`pkg/apis/autoscaling.k8s.io/v1/types.go`) and what the API refuses
//! (`admission-controller/resource/vpa/handler.go`). Must not know: how a recommendation follows.

use super::flags::{RecommenderFlags, UpdaterFlags};
use super::resource_policy::PodResourcePolicy;
use crate::policy::parameters::Parameters;
use crate::policy::pod_scaling::pod_sizer::SizedResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kubernetes' VerticalPodAutoscaler: an `autoscaling.k8s.io/v1` spec, and flags of recommender and updater.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct VpaSpec {
    /// Accepted, so that a spec can be pasted; what is sized is the workload under whose name this stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<TargetRef>,
    /// How changes reach pods.
    pub update_policy: PodUpdatePolicy,
    /// Bounds and exceptions by container.
    pub resource_policy: PodResourcePolicy,
    /// Flags of `vpa-recommender`; not part of the spec.
    pub recommender: RecommenderFlags,
    /// Flags of `vpa-updater`; not part of the spec.
    pub updater: UpdaterFlags,
}

/// Names the object that a spec is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct TargetRef {
    /// Its API version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// How changes reach pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct PodUpdatePolicy {
    /// When new requests take effect.
    pub update_mode: UpdateMode,
    /// Pods of workloads with fewer live pods than this are left alone; goes before the flag `min-replicas`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub min_replicas: Option<u32>,
    /// All of these must hold for some container of a pod before the pod is changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub eviction_requirements: Vec<EvictionRequirement>,
    /// Goes before the flag `evict-after-oom-threshold`, seconds.
    #[serde(rename = "evictAfterOOMSeconds", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub evict_after_oom_seconds: Option<u32>,
}

/// When new requests take effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UpdateMode {
    /// Never: recommendations only.
    Off,
    /// When a pod is made.
    Initial,
    /// When a pod is made; running pods are evicted for it.
    #[default]
    Recreate,
    /// When a pod is made; running pods are resized where they run, and evicted if that fails.
    InPlaceOrRecreate,
    /// The old name of `Recreate`.
    Auto,
}

/// A change that must be wanted before a pod is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EvictionRequirement {
    /// One of these is enough.
    #[schemars(length(min = 1))]
    pub resources: Vec<SizedResource>,
    /// Which way the target must lie from the request.
    pub change_requirement: ChangeRequirement,
}

/// Which way a target must lie from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ChangeRequirement {
    /// Above.
    TargetHigherThanRequests,
    /// Below.
    TargetLowerThanRequests,
}

impl Parameters for VpaSpec {
    /// What is wrong with the spec, one sentence each.
    fn problems(&self) -> Vec<String> {
        let mut problems = self.resource_policy.problems();
        if self.update_policy.min_replicas == Some(0) {
            problems.push("`minReplicas` must be at least 1".to_owned());
        }
        if self.update_policy.evict_after_oom_seconds == Some(0) {
            problems.push("`evictAfterOOMSeconds` must be at least 1".to_owned());
        }
        if self
            .update_policy
            .eviction_requirements
            .iter()
            .any(|requirement| requirement.resources.is_empty())
        {
            problems.push("an eviction requirement names no resource: expected `cpu` or `memory`".to_owned());
        }
        problems.extend(self.recommender.problems());
        problems.extend(self.updater.problems());
        problems
    }
}
