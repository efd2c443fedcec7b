//! How the tasks of a service change version.
//!
//! Source: swarmkit `manager/orchestrator/update/updater.go` and `api/defaults/service.go`.

use crate::engine::Span;

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
    /// Tasks go back to the version before, as `rollback_config` says. A rollback that fails so is paused.
    Rollback,
}

/// A service's `update_config`, or its `rollback_config`, whose defaults are the same.
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
    /// What is done when, of the `tasks` that an update changes, so many new ones have `failed`; nothing while that is
    /// borne, in the single precision it is counted in.
    #[must_use]
    pub fn acts(&self, failed: u32, tasks: u32) -> Option<FailureAction> {
        let ratio = failed as f32 / tasks.max(1) as f32;
        let too_many = failed > 0 && ratio > self.failure_ratio_max as f32;
        (too_many && self.failure_action != FailureAction::Continue).then_some(self.failure_action)
    }
}

#[cfg(test)]
mod tests {
    use super::{FailureAction, UpdatePolicy};

    #[test]
    fn the_first_failure_acts_unless_some_are_allowed() {
        let mut policy = UpdatePolicy::default();
        let pause = Some(FailureAction::Pause);
        assert_eq!((policy.acts(0, 10), policy.acts(1, 10)), (None, pause));
        policy.failure_ratio_max = 0.2;
        assert_eq!((policy.acts(2, 10), policy.acts(3, 10)), (None, pause));
        policy.failure_action = FailureAction::Rollback;
        assert_eq!(policy.acts(3, 10), Some(FailureAction::Rollback));
        policy.failure_action = FailureAction::Continue;
        assert_eq!(policy.acts(10, 10), None);
    }
}
