//! The frame of scalers that look at one metric again and again and keep to bounds.
//!
//! Knows: a period, bounds, and that a policy wants to hear of what became of its wish. Must not know: any policy.

use super::{Bounds, Metric, Need, PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use crate::engine::{Span, Stream, Time};
use crate::policy::reason::Reason;
use std::fmt;

/// A policy that judges a metric at intervals; it is a [`PodScaler`] by that.
pub(super) trait MetricScaler: Clone + fmt::Debug + Send + Sync + 'static {
    /// Time between two looks.
    fn period(&self) -> Span;

    /// Fewest and most replicas.
    fn bounds(&self) -> Bounds;

    /// What it looks at.
    fn metric(&self) -> Option<Metric>;

    /// How many replicas it wants, bounds aside.
    fn judge(&mut self, view: &PodScalingView<'_>) -> (u32, Reason);

    /// What is asked for within the bounds; a wish that a bound undid was no step.
    fn scaled(&mut self, now: Time, from: u32, to: u32);

    /// Whether its bounds and its period make sense.
    ///
    /// # Errors
    /// A sentence for the user.
    fn sound(&self) -> Result<(), String> {
        self.bounds().check()?;
        if self.period().is_zero() {
            return Err(
                "`every` must be longer than 0s: the policy would look for ever at one instant".to_owned(),
            );
        }
        Ok(())
    }
}

impl<P: MetricScaler> PodScaler for P {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Every(self.period())
    }

    fn decide(&mut self, view: &PodScalingView<'_>, _: &mut Stream) -> (PodScalingDecision, Option<Time>) {
        let (wanted, reason) = self.judge(view);
        let (desired, reason) = self.bounds().apply(wanted, reason);
        self.scaled(view.now, view.replicas.desired, desired);
        (PodScalingDecision::new(desired, reason), None)
    }

    fn needs(&self) -> Vec<Need> {
        self.metric().map_or_else(Vec::new, Metric::needs)
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(self.clone())
    }
}
