//! How the creation of a workload's pods goes: since when the API server refuses them, and when it is tried again.
//!
//! Knows: the back-off of a controller's work queue. Must not know: pods, or why they are refused.

use super::turns::Turns;
use crate::engine::{Span, Time};

/// The wait after the first failure (client-go, `DefaultTypedControllerRateLimiter`).
const BACKOFF_BASE: Span = Span::from_nanos(5_000_000);
/// The longest wait.
const BACKOFF_MAX: Span = Span::from_secs(1000);

/// The creation of a workload's pods.
#[derive(Clone, Debug)]
pub(super) struct Creation {
    turns: Turns,
    /// Attempts that failed since one succeeded.
    failures: u32,
    /// Since when pods are missing because they were refused.
    since: Option<Time>,
    /// How long pods were missing before that.
    before: Span,
    /// Why the last one was refused.
    why: Option<String>,
}

impl Creation {
    pub(super) const fn new() -> Self {
        Self {
            turns: Turns::new(None, Time::NEVER),
            failures: 0,
            since: None,
            before: Span::ZERO,
            why: None,
        }
    }

    /// A pod was refused: when to plan another attempt, unless one is planned before.
    pub(super) fn refused(&mut self, now: Time, why: &str) -> Option<Time> {
        let wait = BACKOFF_MAX
            .nanos()
            .min(BACKOFF_BASE.nanos().saturating_mul(1 << self.failures.min(40)));
        self.failures += 1;
        self.since.get_or_insert(now);
        self.why = Some(why.to_owned());
        self.turns.by(now + Span::from_nanos(wait))
    }

    /// Every pod that is wanted is there.
    pub(super) fn succeeded(&mut self, now: Time) {
        self.failures = 0;
        if let Some(since) = self.since.take() {
            self.before += now.since(since);
        }
    }

    /// Whether pods are missing because they were refused.
    pub(super) const fn is_refused(&self) -> bool {
        self.since.is_some()
    }

    /// Something happened to a pod of the workload, so its controller looks at it again: when to plan that.
    pub(super) fn poked(&mut self, now: Time) -> Option<Time> {
        self.is_refused().then(|| self.turns.by(now)).flatten()
    }

    /// The controller looks now: when to plan that.
    pub(super) fn wake(&mut self, now: Time) -> Option<Time> {
        self.turns.by(now)
    }

    /// Whether the attempt planned for `now` still stands; it is taken.
    pub(super) fn due(&mut self, now: Time) -> bool {
        self.turns.due(now)
    }

    /// How long pods were missing because they were refused, and why the last one was.
    pub(super) fn short_for(&self, now: Time) -> (Span, Option<&str>) {
        let open = self.since.map_or(Span::ZERO, |since| now.since(since));
        (self.before + open, self.why.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::{Creation, Span, Time};

    /// The waits of a controller: 5 ms, doubling, 1000 s at most; what happens to a pod brings an attempt forward and
    /// does not make the waits shorter.
    #[test]
    fn waits_double_and_a_poke_comes_between() {
        let mut creation = Creation::new();
        let mut now = Time::ZERO;
        let mut waits = Vec::new();
        for _ in 0..20 {
            let next = creation.refused(now, "no").expect("it tries again");
            waits.push(next.since(now).nanos() / 1_000_000);
            now = next;
            assert!(creation.due(now));
        }
        assert_eq!(waits[..4], [5, 10, 20, 40]);
        assert_eq!(waits[17..], [655_360, 1_000_000, 1_000_000]);
        let planned = creation.refused(now, "no").unwrap();
        let poked = now + Span::from_secs(3);
        assert_eq!(creation.poked(poked), Some(poked));
        assert!(creation.due(poked));
        assert!(!creation.due(planned), "the poke took its turn");
        creation.succeeded(poked);
        assert_eq!(creation.poked(poked), None, "nothing is missing");
        assert_eq!(
            creation.refused(poked, "no").unwrap().since(poked).nanos(),
            5_000_000
        );
    }
}
