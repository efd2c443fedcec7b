//! Scaling modifiers: one formula over all triggers, with a target of its own.
//!
//! Knows: the fields and what their texts must be. Must not know: how a formula is computed.

use super::MetricType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `advanced.scalingModifiers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ScalingModifiers {
    /// Arithmetic over the triggers' names; replaces all external metrics by one.
    pub formula: String,
    /// Target of the formula's value, a number above zero.
    pub target: String,
    /// The formula's value must be above this for the operator to wake the workload; 0 if not given.
    pub activation_target: String,
    /// How the target is meant; an average if not given.
    pub metric_type: Option<MetricType>,
}

impl ScalingModifiers {
    /// Whether anything is set.
    #[must_use]
    pub fn is_used(&self) -> bool {
        *self != Self::default()
    }

    /// The target, if it is a number above zero.
    #[must_use]
    pub fn target_value(&self) -> Option<f64> {
        self.target.parse().ok().filter(|&target: &f64| target > 0.0)
    }

    /// The target, if it is a whole number above zero: only then does fallback act.
    pub(super) fn whole_target(&self) -> Option<i64> {
        self.target.parse().ok().filter(|&target: &i64| target > 0)
    }
}
