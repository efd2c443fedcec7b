//! `behavior` of a spec, `autoscaling/v2` field for field.
//!
//! Knows: fields and the defaults of each missing one (`pkg/apis/autoscaling/v2/defaults.go`). Must not know: history.

use super::rules::{RatePolicy, RateUnit, Rules, ScalingRules, Select};
use super::spec::Controller;
use crate::engine::Span;
use crate::model::units::MetricQuantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How fast and how soon the number of replicas may change, by direction. An empty one takes every default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Behavior {
    /// Rules for more replicas. By default: no stabilization, 4 pods or 100 % in 15 s, whichever is more.
    pub scale_up: Option<ScalingRulesSpec>,
    /// Rules for fewer replicas. By default: the controller's stabilization (300 s), all at once.
    pub scale_down: Option<ScalingRulesSpec>,
}

/// Rules for one direction; each missing field has its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ScalingRulesSpec {
    /// How far back recommendations hold off a change, seconds. Default: 0 up, the controller's setting down.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 3600))]
    pub stabilization_window_seconds: Option<u32>,
    /// Which policy counts where there are several. Default: `Max`, the one that allows the greatest change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select_policy: Option<Select>,
    /// Limits on the change within a time. Default: see `behavior`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub policies: Option<Vec<ScalingPolicySpec>>,
    /// How far, as a share of the target, a metric may be from it in this direction without effect. Default: the
    /// controller's tolerance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<MetricQuantity>,
}

/// A limit on the change within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ScalingPolicySpec {
    /// The unit of `value`.
    #[serde(rename = "type")]
    pub kind: RateUnit,
    /// Most change.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub value: u32,
    /// Within how long, seconds.
    #[schemars(range(min = 1, max = 1800))]
    pub period_seconds: u32,
}

impl Behavior {
    /// What the API server would refuse (`pkg/apis/autoscaling/validation/validation.go`), one sentence each.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, rules) in [("scaleUp", &self.scale_up), ("scaleDown", &self.scale_down)] {
            let Some(rules) = rules else { continue };
            if rules
                .stabilization_window_seconds
                .is_some_and(|seconds| seconds > 3600)
            {
                problems.push(format!(
                    "behavior.{name}.stabilizationWindowSeconds must be at most 3600"
                ));
            }
            let policies = rules.policies.as_ref();
            if policies.is_some_and(Vec::is_empty) {
                problems.push(format!("behavior.{name}.policies must have at least one policy"));
            }
            for (index, policy) in policies.into_iter().flatten().enumerate() {
                if policy.value == 0 || policy.value > i32::MAX as u32 {
                    problems.push(format!(
                        "behavior.{name}.policies[{index}].value must be above zero"
                    ));
                }
                if policy.period_seconds == 0 || policy.period_seconds > 1800 {
                    problems.push(format!(
                        "behavior.{name}.policies[{index}].periodSeconds must be 1 to 1800"
                    ));
                }
            }
        }
        problems
    }
}

impl ScalingRulesSpec {
    fn or(&self, defaults: ScalingRules) -> ScalingRules {
        let policies = self.policies.as_ref().map(|policies| {
            policies
                .iter()
                .map(|policy| RatePolicy {
                    unit: policy.kind,
                    value: policy.value.min(i32::MAX as u32) as i32,
                    period: Span::from_secs(policy.period_seconds.into()),
                })
                .collect()
        });
        ScalingRules {
            stabilization: self
                .stabilization_window_seconds
                .map_or(defaults.stabilization, |seconds| Span::from_secs(seconds.into())),
            select: self.select_policy.unwrap_or(defaults.select),
            policies: policies.unwrap_or(defaults.policies),
        }
    }
}

impl Rules {
    /// The rules of a spec: the defaults for each field that `behavior` leaves out, or none of it without `behavior`.
    #[must_use]
    pub fn new(behavior: Option<&Behavior>, controller: &Controller) -> Self {
        let downscale_stabilization = controller.downscale_stabilization.span();
        let Some(behavior) = behavior else {
            return Self::Legacy {
                downscale_stabilization,
            };
        };
        let up = ScalingRules::default_up();
        let down = ScalingRules::default_down(downscale_stabilization);
        let filled = |spec: &Option<ScalingRulesSpec>, defaults: ScalingRules| match spec {
            Some(spec) => spec.or(defaults),
            None => defaults,
        };
        Self::Behavior {
            up: filled(&behavior.scale_up, up),
            down: filled(&behavior.scale_down, down),
        }
    }
}
