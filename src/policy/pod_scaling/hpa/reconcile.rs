//! One look at an HPA: the bounds first, the metrics only within them.
//!
//! Knows: `reconcileAutoscaler` (`pkg/controller/podautoscaler/horizontal.go`) from the current size to the one
//! written. Must not know: how a metric becomes a number of replicas.

use super::history::{Recommendations, ScaleEvents};
use super::normalise::{Normalised, Range, normalise};
use super::rules::Rules;
use crate::engine::Time;

/// How a look came to its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// The target was set to zero by hand: the HPA is off.
    Disabled,
    /// More replicas than allowed: down to the most at once, past all limits and windows.
    AboveMax,
    /// Fewer replicas than allowed: up to the fewest at once, past all limits and windows.
    BelowMin,
    /// No metric could be used: nothing is done, and no recommendation is recorded.
    NotComputable,
    /// The metrics asked for `raw` replicas.
    Metrics {
        /// What they asked for.
        raw: i32,
        /// What became of it.
        normalised: Normalised,
    },
}

/// What the controller knows of one HPA from look to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciler {
    recommendations: Recommendations,
    events: ScaleEvents,
}

impl Reconciler {
    /// Looks at a target of `current` replicas. `compute` asks the metrics, and is called only if they count; `None`
    /// if none could be used. Returns the replicas to write, and why.
    pub fn look(
        &mut self,
        now: Time,
        current: i32,
        range: Range,
        rules: &Rules,
        compute: impl FnOnce() -> Option<i32>,
    ) -> (i32, Branch) {
        self.recommendations.start(now, current);
        let (desired, branch) = if current == 0 && range.min != 0 {
            (current, Branch::Disabled)
        } else if current > range.max {
            (range.max, Branch::AboveMax)
        } else if current < range.min {
            (range.min, Branch::BelowMin)
        } else {
            match compute() {
                None => (current, Branch::NotComputable),
                Some(raw) => {
                    let normalised = normalise(
                        now,
                        current,
                        raw,
                        range,
                        rules,
                        &mut self.recommendations,
                        &self.events,
                    );
                    (normalised.desired, Branch::Metrics { raw, normalised })
                }
            }
        };
        if desired != current
            && let Rules::Behavior { up, down } = rules
        {
            let direction = if desired > current { up } else { down };
            self.events
                .store(now, current, desired, direction.longest_period());
        }
        (desired, branch)
    }
}
