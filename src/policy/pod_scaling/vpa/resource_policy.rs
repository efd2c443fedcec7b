//! What a user allows for single containers: bounds, which resources, limits or not, none at all.
//!
//! Knows: fields of `resourcePolicy` and which policy is a container's (`pkg/utils/vpa/api.go`). Must not know: how a
//! recommendation is capped.

use super::container::OomBump;
use super::flags::RecommenderFlags;
use crate::model::units::{ByteQuantity, CpuQuantity};
use crate::policy::pod_scaling::Level;
use crate::policy::pod_scaling::pod_sizer::{Amounts, SizedResource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of the policy for containers without one of their own.
const ANY_CONTAINER: &str = "*";

/// Bounds and exceptions by container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct PodResourcePolicy {
    /// One for each container that needs one; `*` names all others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub container_policies: Vec<ContainerResourcePolicy>,
}

/// What is allowed for a container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ContainerResourcePolicy {
    /// Its name, or `*`.
    pub container_name: String,
    /// Whether it is sized at all.
    pub mode: ContainerScalingMode,
    /// Nothing below this is recommended.
    #[serde(skip_serializing_if = "ResourceList::is_empty")]
    pub min_allowed: ResourceList,
    /// Nothing above this is recommended.
    #[serde(skip_serializing_if = "ResourceList::is_empty")]
    pub max_allowed: ResourceList,
    /// Which resources are recommended. Not given: both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controlled_resources: Option<Vec<SizedResource>>,
    /// Whether limits follow requests. Not given: `RequestsAndLimits`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controlled_values: Option<ControlledValues>,
    /// Goes before the flag `oom-bump-up-ratio`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_bump_up_ratio: Option<Level>,
    /// Goes before the flag `oom-min-bump-up-bytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_min_bump_up: Option<ByteQuantity>,
}

/// Whether a container is sized at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ContainerScalingMode {
    /// It is.
    #[default]
    Auto,
    /// It is not.
    Off,
}

/// Whether limits follow requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ControlledValues {
    /// Limits keep their ratio to requests.
    #[default]
    RequestsAndLimits,
    /// Limits stay, and no request goes above its limit.
    RequestsOnly,
}

/// Amounts by resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResourceList {
    /// CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<CpuQuantity>,
    /// Memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<ByteQuantity>,
}

impl ResourceList {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The amounts in base units.
    #[must_use]
    pub fn amounts(self) -> Amounts {
        Amounts {
            cpu_milli: self.cpu.map(CpuQuantity::millis),
            memory_bytes: self.memory.map(ByteQuantity::bytes),
        }
    }
}

impl ContainerResourcePolicy {
    /// Which resources are recommended.
    #[must_use]
    pub fn controlled(&self) -> &[SizedResource] {
        self.controlled_resources
            .as_deref()
            .unwrap_or(&SizedResource::ALL)
    }

    /// What a kill for memory is taken for.
    #[must_use]
    pub fn oom_bump(&self, flags: &RecommenderFlags) -> OomBump {
        OomBump {
            ratio: self
                .oom_bump_up_ratio
                .map_or(flags.oom_bump_up_ratio, |ratio| ratio.0),
            min_bytes: self
                .oom_min_bump_up
                .map_or(flags.oom_min_bump_up_bytes, ByteQuantity::bytes),
        }
    }
}

impl PodResourcePolicy {
    /// The policy of the container called `name`: its own, or the last of those for all others.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&ContainerResourcePolicy> {
        let named = |wanted: &str| {
            self.container_policies
                .iter()
                .rfind(|policy| policy.container_name == wanted)
        };
        self.container_policies
            .iter()
            .find(|policy| policy.container_name == name)
            .or_else(|| named(ANY_CONTAINER))
    }

    /// Whether the container called `name` is sized.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.of(name)
            .is_none_or(|policy| policy.mode == ContainerScalingMode::Auto)
    }

    /// Whether the limits of the container called `name` follow its requests.
    #[must_use]
    pub fn controlled_values(&self, name: &str) -> ControlledValues {
        self.of(name)
            .and_then(|policy| policy.controlled_values)
            .unwrap_or_default()
    }

    /// What the API refuses, one sentence each.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = vec![];
        for policy in &self.container_policies {
            let name = &policy.container_name;
            if name.is_empty() {
                problems.push("a container policy names no container: expected a name or `*`".to_owned());
            }
            for resource in SizedResource::ALL {
                let min = policy.min_allowed.amounts().get(resource);
                let max = policy.max_allowed.amounts().get(resource);
                if max.is_some_and(|max| min.is_some_and(|min| max < min)) {
                    problems.push(format!(
                        "`maxAllowed` of {} is below `minAllowed` for container `{name}`",
                        resource.name()
                    ));
                }
            }
            if policy.mode == ContainerScalingMode::Off
                && policy.controlled_values == Some(ControlledValues::RequestsAndLimits)
            {
                problems.push(format!(
                    "`controlledValues` is given for container `{name}`, whose mode is `Off`"
                ));
            }
            if policy.oom_bump_up_ratio.is_some_and(|ratio| ratio.0 < 1.0) {
                problems.push(format!("`oomBumpUpRatio` of container `{name}` is below 1"));
            }
        }
        problems
    }
}
