//! What clients do next: retry after a back-off, within a budget, or give up.

use super::retry_budget::RetryBudget;
use super::spec::{Retry, RetryOn};
use super::tally::Fate;
use crate::engine::{Span, Stream, StreamKey, Time};
use rand::RngExt;

/// Decides about retries.
#[derive(Clone, Debug)]
pub(super) struct Retrying {
    rule: Retry,
    budget: Option<RetryBudget>,
    stream: Stream,
}

impl Retrying {
    pub(super) fn new(rule: Retry, key: StreamKey, workload: &str) -> Self {
        let budget = rule
            .budget
            .map(|share| RetryBudget::new(share, rule.budget_min_per_second));
        Self {
            budget,
            stream: key.stream(&format!("retries/{workload}")),
            rule,
        }
    }

    /// A new request was made.
    #[inline]
    pub(super) fn on_request(&mut self, now: Time) {
        if let Some(budget) = &mut self.budget {
            budget.deposit(now);
        }
    }

    /// When the client tries again after attempt `attempt` (from 0) failed at `now`; `None` if it gives up.
    pub(super) fn next_attempt(&mut self, now: Time, attempt: u8, fate: Fate) -> Option<Time> {
        let RetryOn {
            refused,
            timed_out,
            lost,
            call_failed,
        } = self.rule.on;
        let worth_it = match fate {
            Fate::Refused => refused,
            Fate::TimedOut => timed_out,
            Fate::Lost => lost,
            Fate::CallFailed => call_failed,
            Fate::Abandoned | Fate::Cancelled => false,
        };
        if !worth_it || attempt + 1 >= self.rule.attempts_max {
            return None;
        }
        if self.budget.as_mut().is_some_and(|budget| !budget.withdraw(now)) {
            return None;
        }
        Some(now + self.backoff(attempt))
    }

    fn backoff(&mut self, attempt: u8) -> Span {
        let grown = self
            .rule
            .backoff_base
            .scaled(self.rule.backoff_factor.powi(i32::from(attempt)));
        let wait = grown.min(self.rule.backoff_max);
        if self.rule.jitter > 0.0 {
            let cut: f64 = self.stream.random::<f64>() * self.rule.jitter;
            return wait.scaled(1.0 - cut);
        }
        wait
    }
}
