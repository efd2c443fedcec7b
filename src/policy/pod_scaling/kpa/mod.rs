//! The Knative pod autoscaler (KPA), decision for decision.
//!
//! Knows: Knative Serving's autoscaler and its reconciler: windows over a metric, the decider that turns two averages
//! into a number of pods every two seconds, the bounds and the gate through which a revision goes to zero, and the
//! activator that stands in the path meanwhile. Must not know: how the metric was scraped, what a pod is or where it
//! runs.
//!
//! One tick, in order: [`MetricWindows`] (two averages) → [`Decider`] (pods wanted, excess burst capacity) →
//! [`Revision`] (bounds, [`Gate`], activity, activator). Arithmetic is Knative's: `float64`, `int32`, same order.
//! Sources named in the files are of knative/serving, `pkg/autoscaler` and `pkg/reconciler/autoscaling/kpa`.

mod activator;
mod autoscaler;
mod decider;
mod delay;
mod gate;
mod power;
mod reasons;
mod revision;
mod settings;
mod target;
mod window;
mod windows;

pub use activator::{ACTIVATORS_MIN, activators};
pub use autoscaler::Kpa;
pub use decider::{Averages, Decider, DeciderSpec, Scale};
pub use delay::DelayWindow;
pub use gate::{Activity, Gate, GateDecision, GateState};
pub use revision::{PodsWanted, Revision, RevisionSpec};
pub use settings::{Aggregation, KpaMetric, KpaSettings};
pub use target::{TARGET_MIN, Target};
pub use window::MetricWindow;
pub use windows::MetricWindows;

use crate::engine::{Span, Time};

/// Time between two decisions (`scaling/multiscaler.go`).
pub const TICK: Span = Span::from_secs(2);

/// Whole seconds since the start of the run, as Knative truncates times to its buckets.
const fn whole_seconds(time: Time) -> u64 {
    time.nanos() / 1_000_000_000
}

/// A span in whole seconds, rounded up.
const fn seconds_up(span: Span) -> u64 {
    span.nanos().div_ceil(1_000_000_000)
}
