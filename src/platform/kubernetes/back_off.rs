//! How long the kubelet waits before it tries again: after a crash, after a failed pull.
//!
//! Source: `k8s.io/client-go/util/flowcontrol/backoff.go`, called as `kuberuntime_manager.go`, `doBackOff`, and
//! `images/image_manager.go` do.

use crate::engine::{Span, Time};

/// The bounds of a back-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOffRule {
    /// The wait after the first failure.
    pub initial: Span,
    /// The longest wait.
    pub max: Span,
    /// After so long without a failure the next one is the first again; exactly so long is not enough.
    pub reset_after: Span,
}

impl BackOffRule {
    /// Restarts of containers: the reset is fixed, whatever the longest wait is set to.
    pub const CRASH_LOOP: Self = Self {
        initial: Span::from_secs(10),
        max: Span::from_secs(300),
        reset_after: Span::from_secs(600),
    };
    /// Pulls of images.
    pub const IMAGE_PULL: Self = Self::CRASH_LOOP;
}

/// The wait of one container, or of one image on one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackOff {
    entry: Option<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    wait: Span,
    updated: Time,
}

impl BackOff {
    fn live(&self, rule: BackOffRule, event: Time) -> Option<Entry> {
        self.entry
            .filter(|entry| event.since(entry.updated) <= rule.reset_after)
    }

    /// When a container that ended at `ended` may start again: at once the first time. [`BackOff::failed`] is due then.
    #[must_use]
    pub fn restart_at(&self, rule: BackOffRule, ended: Time) -> Time {
        self.live(rule, ended).map_or(ended, |entry| ended + entry.wait)
    }

    /// Whether another pull may not begin yet at `now`: the wait counts from the end of the last failed one.
    #[must_use]
    pub fn holds(&self, rule: BackOffRule, now: Time) -> bool {
        self.live(rule, now)
            .is_some_and(|entry| now.since(entry.updated) < entry.wait)
    }

    /// Books a failure of `event`, seen at `now`: of a pull, its end both; of a container, its end, seen when it is
    /// restarted.
    pub fn failed(&mut self, rule: BackOffRule, event: Time, now: Time) {
        let wait = self.live(rule, event).map_or(rule.initial, |entry| {
            Span::from_nanos(entry.wait.nanos().saturating_mul(2)).min(rule.max)
        });
        self.entry = Some(Entry { wait, updated: now });
    }
}
