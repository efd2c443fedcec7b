//! Static: always the same number of replicas. What a Deployment without an autoscaler does, and the baseline.

use super::{PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use crate::engine::{Stream, Time};
use crate::policy::parameters::Parameters;
use crate::policy::reason::{Reason, ReasonKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static FIXED: ReasonKind = ReasonKind {
    code: "fixed",
    sentence: "the number is fixed",
};

/// Always the same number of replicas; without `replicas`, the workload's own number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StaticReplicas {
    /// How many.
    pub replicas: Option<u32>,
}

impl PodScaler for StaticReplicas {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Start
    }

    fn decide(&mut self, view: &PodScalingView<'_>, _: &mut Stream) -> (PodScalingDecision, Option<Time>) {
        let desired = self.replicas.unwrap_or(view.replicas.desired);
        let decision = PodScalingDecision::new(desired, Reason::new(&FIXED));
        (decision, None)
    }

    fn initial_replicas(&self, workload: u32) -> u32 {
        self.replicas.unwrap_or(workload)
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(*self)
    }
}

impl Parameters for StaticReplicas {}
