//! Pools in which nodes did not come are left alone for a while (`utils/backoff/exponential_backoff.go`).
//!
//! Knows: failures and successes of one pool. Must not know: what failed.

use crate::engine::{Span, Time};

/// How long a pool is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BackoffRule {
    /// After the first failure.
    pub(super) initial: Span,
    /// At most.
    pub(super) max: Span,
    /// After so long without a failure all is forgotten.
    pub(super) reset_after: Span,
}

/// The back-off of one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Backoff {
    span: Span,
    until: Time,
    failed: Time,
}

impl Backoff {
    /// A failure at `now`, after what was known `before`.
    pub(super) fn after_failure(before: Option<Self>, rule: BackoffRule, now: Time) -> Self {
        let span = match before.filter(|known| !known.is_stale(rule, now)) {
            // A failure while it is backed off already comes of the same attempt and makes it no longer.
            Some(known) if known.until < now => (known.span + known.span).min(rule.max),
            _ => rule.initial,
        };
        Self {
            span,
            until: now + span,
            failed: now,
        }
    }

    /// When it ends, if it has not at `now`.
    pub(super) fn ends(&self, now: Time) -> Option<Time> {
        (now < self.until).then_some(self.until)
    }

    /// Whether it is forgotten at `now`.
    pub(super) fn is_stale(&self, rule: BackoffRule, now: Time) -> bool {
        self.failed + rule.reset_after < now
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, BackoffRule};
    use crate::engine::{Span, Time};

    /// Were it shorter, a pool that is sold out would be asked again and again while another one could help.
    #[test]
    fn it_doubles_to_its_most_and_starts_anew_after_a_long_time_without_failure() {
        let minutes = |minutes: u64| Span::from_secs(60 * minutes);
        let rule = BackoffRule {
            initial: minutes(5),
            max: minutes(30),
            reset_after: minutes(180),
        };
        let (mut now, mut known, mut spans) = (Time::ZERO, None, Vec::new());
        for wait in [0, 6, 11, 21, 31, 31, 300] {
            now += minutes(wait);
            let backoff = Backoff::after_failure(known, rule, now);
            spans.push(backoff.ends(now).unwrap().since(now));
            known = Some(backoff);
        }
        assert_eq!(spans, [5, 10, 20, 30, 30, 30, 5].map(minutes));
    }
}
