//! How the tasks of a service change version.
//!
//! Source: swarmkit `manager/orchestrator/update/updater.go` and `api/defaults/service.go`.

use crate::engine::Span;
use crate::model::placement_rules::Allowed;
use crate::platform::kubernetes::rollout::Strategy;

/// Which of two tasks of a slot comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The old one stops before the new one starts.
    #[default]
    StopFirst,
    /// The new one starts before the old one stops.
    StartFirst,
}

/// What happens when too many new tasks fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailureAction {
    /// Nothing more is updated.
    #[default]
    Pause,
    /// The update goes on.
    Continue,
}

/// A service's `update_config`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdatePolicy {
    /// How many tasks change at a time; 0 for all.
    pub parallelism: u32,
    /// From a new task's running to the next one's turn.
    pub delay: Span,
    /// Which comes first.
    pub order: Order,
    /// A new task that fails within so long counts as a failure of the update.
    pub monitor: Span,
    /// The share of tasks that may fail so, 0 to 1.
    pub failure_ratio_max: f64,
    /// What happens when more do.
    pub failure_action: FailureAction,
}

impl Default for UpdatePolicy {
    /// One at a time, the old one first, and a pause at the first failure.
    fn default() -> Self {
        Self {
            parallelism: 1,
            delay: Span::ZERO,
            order: Order::StopFirst,
            monitor: Span::from_secs(5),
            failure_ratio_max: 0.0,
            failure_action: FailureAction::Pause,
        }
    }
}

impl UpdatePolicy {
    /// The same as bounds on how many more, or fewer, tasks than wanted there may be meanwhile.
    #[must_use]
    pub const fn bounds(&self) -> Strategy {
        let together = match self.parallelism {
            0 => Allowed::Share(1.0),
            count => Allowed::Count(count),
        };
        let (max_surge, max_unavailable) = match self.order {
            Order::StopFirst => (Allowed::Count(0), together),
            Order::StartFirst => (together, Allowed::Count(0)),
        };
        Strategy::RollingUpdate {
            max_surge,
            max_unavailable,
        }
    }

    /// Whether an update of a service of so many `tasks` stops when so many new ones have `failed`.
    #[must_use]
    pub fn pauses(&self, failed: u32, tasks: u32) -> bool {
        let ratio = f64::from(failed) / f64::from(tasks.max(1));
        self.failure_action == FailureAction::Pause && failed > 0 && ratio > self.failure_ratio_max
    }
}

#[cfg(test)]
mod tests {
    use super::{FailureAction, UpdatePolicy};

    #[test]
    fn the_first_failure_pauses_unless_some_are_allowed() {
        let mut policy = UpdatePolicy::default();
        assert!(!policy.pauses(0, 10));
        assert!(policy.pauses(1, 10));
        policy.failure_ratio_max = 0.2;
        assert_eq!((policy.pauses(2, 10), policy.pauses(3, 10)), (false, true));
        policy.failure_action = FailureAction::Continue;
        assert!(!policy.pauses(10, 10));
    }
}
