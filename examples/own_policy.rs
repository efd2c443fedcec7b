//! A pod-scaling policy of your own, in your own crate: one file and one catalog line. The result is the whole
//! `tonnage` command with one more policy in it:
//!
//! ```text
//! cargo run --release --example own_policy -- policies square_root
//! cargo run --release --example own_policy -- run my-scenario.yaml
//! ```

use schemars::JsonSchema;
use serde::Deserialize;
use std::process::ExitCode;
use tonnage::engine::{Span, Stream, Time};
use tonnage::policy::catalog::Catalog;
use tonnage::policy::parameters::Parameters;
use tonnage::policy::pod_scaling::{PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use tonnage::policy::reason::{Reason, ReasonKind, Value};

/// Square-root staffing: busy slots `a` need `a + beta * sqrt(a)` slots (Halfin and Whitt 1981).
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct SquareRoot {
    /// Spare capacity in standard deviations of the load; 1.06 lets one request in five wait.
    beta: f64,
    /// Fewest replicas.
    min: u32,
}

impl Default for SquareRoot {
    fn default() -> Self {
        Self { beta: 1.06, min: 1 }
    }
}

impl Parameters for SquareRoot {
    fn prepare(self) -> Result<Self, Vec<String>> {
        if self.beta >= 0.0 {
            Ok(self)
        } else {
            Err(vec!["`beta` must be at least 0".to_owned()])
        }
    }
}

static STAFFED: ReasonKind = ReasonKind {
    code: "staffed",
    sentence: "{busy} slots busy, {slots} needed with the square-root reserve",
};
static UNKNOWN: ReasonKind = ReasonKind {
    code: "no_metric",
    sentence: "nothing has been observed yet",
};

impl PodScaler for SquareRoot {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Every(Span::from_secs(30))
    }

    fn decide(&mut self, view: &PodScalingView<'_>, _: &mut Stream) -> (PodScalingDecision, Option<Time>) {
        let Some(reading) = view.reading else {
            let hold = PodScalingDecision::new(view.replicas.desired, Reason::new(&UNKNOWN));
            return (hold, None);
        };
        let busy = reading.mean.busy + reading.mean.queued;
        let slots = busy + self.beta * busy.sqrt();
        let per_replica = f64::from(view.slots.unwrap_or(1));
        let desired = ((slots / per_replica).ceil() as u32).max(self.min);
        let reason = Reason::new(&STAFFED)
            .with("busy", Value::Number(busy))
            .with("slots", Value::Number(slots));
        let decision = PodScalingDecision::new(desired, reason);
        (decision, None)
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(*self)
    }
}

fn main() -> ExitCode {
    let catalog = Catalog::standard().with_pod_scaler::<SquareRoot>(
        "square_root",
        "enough replicas for the load and a reserve of its square root",
    );
    tonnage::cli::main_with(&catalog)
}
