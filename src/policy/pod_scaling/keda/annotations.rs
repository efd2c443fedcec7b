//! The annotations by which people take KEDA's hands off a workload.
//!
//! Knows: their names and how their text is read. Must not know: what a paused loop would have done.
//! Source: `apis/keda/v1alpha1/scaledobject_types.go`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Annotations of a ScaledObject, as text. Any text that is not a boolean counts as true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Annotations {
    /// Stops the operator's loop and takes the HPA away.
    #[serde(rename = "autoscaling.keda.sh/paused")]
    pub paused: Option<String>,
    /// Pauses at a number of replicas; it pauses whatever its text is.
    #[serde(rename = "autoscaling.keda.sh/paused-replicas")]
    pub paused_replicas: Option<String>,
    /// Keeps the HPA from removing replicas, and the operator from going to zero or idle.
    #[serde(rename = "autoscaling.keda.sh/paused-scale-in")]
    pub paused_scale_in: Option<String>,
    /// Keeps the HPA from adding replicas, and the operator from leaving zero or idle.
    #[serde(rename = "autoscaling.keda.sh/paused-scale-out")]
    pub paused_scale_out: Option<String>,
    /// Counts as an active trigger, for the operator only.
    #[serde(rename = "autoscaling.keda.sh/force-activation")]
    pub force_activation: Option<String>,
}

impl Annotations {
    /// Whether everything is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused_replicas.is_some() || holds(self.paused.as_ref())
    }

    /// Whether scale-in is paused.
    #[must_use]
    pub fn pauses_scale_in(&self) -> bool {
        holds(self.paused_scale_in.as_ref())
    }

    /// Whether scale-out is paused.
    #[must_use]
    pub fn pauses_scale_out(&self) -> bool {
        holds(self.paused_scale_out.as_ref())
    }

    /// Whether activation is forced.
    #[must_use]
    pub fn forces_activation(&self) -> bool {
        holds(self.force_activation.as_ref())
    }
}

/// Absent is false; Go's words for false are false (`strconv.ParseBool`); everything else is true.
fn holds(text: Option<&String>) -> bool {
    text.is_some_and(|text| !["0", "f", "F", "FALSE", "false", "False"].contains(&text.as_str()))
}
