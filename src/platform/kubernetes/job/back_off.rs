//! How long a Job waits before it replaces failed pods.
//!
//! Source: `pkg/controller/job/backoff_utils.go`.

use crate::engine::{Span, Time};

/// The wait after the first failure.
pub const INITIAL: Span = Span::from_secs(10);
/// The longest wait. The documentation says six minutes, the code has ten.
pub const MAX: Span = Span::from_secs(600);

/// Failures since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackOffRecord {
    /// How many.
    pub failures: u32,
    /// When the last of them ended.
    pub last_failure: Option<Time>,
}

impl BackOffRecord {
    /// The record after a sync that newly sees pods that failed and succeeded, by the times they ended at.
    ///
    /// A success forgets all failures but those that are later and seen in the same sync.
    #[must_use]
    pub fn after(self, failed: &[Time], succeeded: &[Time]) -> Self {
        let last_success = succeeded.iter().max();
        let counted = failed
            .iter()
            .filter(|&time| last_success.is_none_or(|success| time > success));
        let new = counted.clone().count() as u32;
        let last_new = counted.max().copied();
        if last_success.is_some() {
            Self {
                failures: new,
                last_failure: last_new,
            }
        } else {
            Self {
                failures: self.failures.saturating_add(new),
                last_failure: last_new.or(self.last_failure),
            }
        }
    }

    /// How long no pod may be created from `now` on.
    #[must_use]
    pub fn remaining(self, now: Time) -> Span {
        let Some(last) = self.last_failure.filter(|_| self.failures > 0) else {
            return Span::ZERO;
        };
        let doublings = (self.failures - 1).min(32);
        let wait = Span::from_nanos(INITIAL.nanos().saturating_mul(1 << doublings)).min(MAX);
        (last + wait).since(now)
    }
}
