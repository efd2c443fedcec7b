//! Whether a ratio of metric and target is close enough to one to be left alone.
//!
//! Knows: the two rules Kubernetes has had (`pkg/controller/podautoscaler/replica_calculator.go`). Must not know: what
//! the ratio is of.

use super::spec::HpaSpec;
use crate::model::units::MetricQuantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a ratio is compared with a tolerance. The rules differ where rounding does: at 1.1 with a tolerance of 0.1 the
/// older one scales up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ToleranceRule {
    /// Kubernetes 1.33 and later: between one minus and one plus the tolerance.
    #[default]
    #[serde(rename = "1.33")]
    PerDirection,
    /// Before 1.33: the distance from one is at most the tolerance.
    #[serde(rename = "pre-1.33")]
    Distance,
}

/// How far a ratio may be from one, by direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// Above one.
    pub up: f64,
    /// Below one.
    pub down: f64,
    /// How it is compared.
    pub rule: ToleranceRule,
}

impl Tolerances {
    /// The tolerances of a spec: its own, or the controller's.
    #[must_use]
    pub fn new(spec: &HpaSpec) -> Self {
        let behavior = spec.behavior.as_ref();
        let up = behavior.and_then(|behavior| behavior.scale_up.as_ref()?.tolerance);
        let down = behavior.and_then(|behavior| behavior.scale_down.as_ref()?.tolerance);
        let controllers = spec.controller.tolerance;
        Self {
            up: up.map_or(controllers, float),
            down: down.map_or(controllers, float),
            rule: spec.controller.tolerance_rule,
        }
    }

    /// Whether `ratio` is left alone.
    #[must_use]
    pub fn is_within(&self, ratio: f64) -> bool {
        match self.rule {
            ToleranceRule::PerDirection => (1.0 - self.down) <= ratio && ratio <= (1.0 + self.up),
            ToleranceRule::Distance => {
                let tolerance = if ratio < 1.0 { self.down } else { self.up };
                (1.0 - ratio).abs() <= tolerance
            }
        }
    }
}

/// `Quantity.AsApproximateFloat64` of the canonical form: whole numbers as they are, others as thousandths times 10⁻³.
fn float(quantity: MetricQuantity) -> f64 {
    let millis = quantity.millis();
    if millis.is_multiple_of(1000) {
        (millis / 1000) as f64
    } else {
        millis as f64 * 1e-3
    }
}
