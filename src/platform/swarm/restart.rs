//! Whether a task that has ended is replaced, and when the next one starts.
//!
//! Source: swarmkit `manager/orchestrator/restart/restart.go`, `shouldRestart`, and `api/defaults/service.go`.

use crate::engine::{Span, Time};
use std::collections::VecDeque;

/// After which ends a task is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// After every one.
    #[default]
    Any,
    /// After failures.
    OnFailure,
    /// After none.
    None,
}

/// A service's `restart_policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartPolicy {
    /// After which ends.
    pub condition: Condition,
    /// From a task's end to the start of the next.
    pub delay: Span,
    /// How often at most, within the window; 0 for no end.
    pub attempts_max: u64,
    /// How far back attempts count; zero: all.
    pub window: Span,
}

impl Default for RestartPolicy {
    /// Whatever happens, after five seconds, for ever.
    fn default() -> Self {
        Self {
            condition: Condition::Any,
            delay: Span::from_secs(5),
            attempts_max: 0,
            window: Span::ZERO,
        }
    }
}

/// The restarts of one of a service's tasks (of one slot).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestartHistory {
    /// The version of the service that it is about.
    version: u32,
    total: u64,
    /// When, as far as they count.
    recent: VecDeque<Time>,
}

impl RestartHistory {
    /// A task ended at `now`, by a failure or of its own accord: how long until the next one starts; `None` if none does.
    /// Its service has one version.
    pub fn ended(&mut self, policy: &RestartPolicy, now: Time, failed: bool) -> Option<Span> {
        self.ended_in(policy, now, failed, (0, 0))
    }

    /// The same of a task of one version of its service that is replaced by one of another: what happened to tasks of
    /// other versions does not count (`shouldRestart` and `RecordRestartHistory`, by `SpecVersion`).
    pub fn ended_in(
        &mut self,
        policy: &RestartPolicy,
        now: Time,
        failed: bool,
        (version, next): (u32, u32),
    ) -> Option<Span> {
        let wanted = match policy.condition {
            Condition::Any => true,
            Condition::OnFailure => failed,
            Condition::None => false,
        };
        if !wanted || (version == self.version && !self.may(policy, now)) {
            return None;
        }
        if policy.attempts_max == 0 {
            // Nothing is remembered where nothing is bounded.
            return Some(policy.delay);
        }
        if next != self.version {
            *self = Self {
                version: next,
                ..Self::default()
            };
        }
        self.total += 1;
        if !policy.window.is_zero() {
            self.recent.push_back(now);
        }
        Some(policy.delay)
    }

    fn may(&mut self, policy: &RestartPolicy, now: Time) -> bool {
        if policy.attempts_max == 0 {
            return true;
        }
        if policy.window.is_zero() {
            return self.total < policy.attempts_max;
        }
        // One at exactly the window's beginning counts no more.
        while self
            .recent
            .front()
            .is_some_and(|&at| now.since(at) >= policy.window)
        {
            self.recent.pop_front();
        }
        (self.recent.len() as u64) < policy.attempts_max
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, RestartHistory, RestartPolicy};
    use crate::engine::{Span, Time};

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    #[test]
    fn conditions_say_after_which_ends_a_task_is_replaced() {
        for (condition, failed, ended_well) in [
            (Condition::Any, true, true),
            (Condition::OnFailure, true, false),
            (Condition::None, false, false),
        ] {
            let policy = RestartPolicy {
                condition,
                ..RestartPolicy::default()
            };
            let again = |failed| RestartHistory::default().ended(&policy, at(0), failed);
            let delay = |again: bool| again.then_some(Span::from_secs(5));
            assert_eq!(again(true), delay(failed), "{condition:?}");
            assert_eq!(again(false), delay(ended_well), "{condition:?}");
        }
    }

    /// Without a window every attempt counts, with one only those within it.
    #[test]
    fn attempts_count_within_their_window() {
        let mut policy = RestartPolicy {
            attempts_max: 2,
            ..RestartPolicy::default()
        };
        let mut of_life = RestartHistory::default();
        let restarts = |history: &mut RestartHistory, policy: &RestartPolicy| {
            let times = [0, 10, 20, 120];
            times.map(|secs| history.ended(policy, at(secs), true).is_some())
        };
        assert_eq!(restarts(&mut of_life, &policy), [true, true, false, false]);
        policy.window = Span::from_secs(100);
        let mut of_late = RestartHistory::default();
        assert_eq!(restarts(&mut of_late, &policy), [true, true, false, true]);
    }
    /// Two attempts were used up by version 0; version 1 has two of its own.
    #[test]
    fn another_version_begins_anew() {
        let policy = RestartPolicy {
            attempts_max: 2,
            ..RestartPolicy::default()
        };
        let mut history = RestartHistory::default();
        let mut ended = |secs, versions| history.ended_in(&policy, at(secs), true, versions).is_some();
        assert!(ended(0, (0, 0)) && ended(10, (0, 0)));
        assert!(ended(20, (1, 1)), "a task that an update made");
        assert!(ended(30, (1, 1)) && !ended(40, (1, 1)));
    }
}
