//! Pulls of images that have failed: when the kubelet, or Docker's engine, tries again.
//!
//! Knows: back-offs, by pod: a pod's images fail together. Must not know: why.

use crate::engine::Time;
use crate::model::cluster::PodId;
use crate::platform::docker::pull;
use crate::platform::kubernetes::back_off::{BackOff, BackOffRule};
use std::collections::BTreeMap;

/// What is remembered of a pod's failed pulls.
#[derive(Clone, Debug)]
struct Failed {
    /// The kubelet's.
    back_off: BackOff,
    /// Attempts of an engine at the same pull.
    attempts: u32,
    /// When the next attempt is, or the pod is given up.
    next: Time,
    /// There is no other attempt.
    given_up: bool,
}

/// The failed pulls of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct FailedPulls {
    pods: BTreeMap<PodId, Failed>,
}

impl FailedPulls {
    /// Images of `pod` could not be pulled at `now`: when the kubelet makes the next attempt.
    pub(super) fn failed(&mut self, pod: PodId, now: Time) -> Time {
        let failed = self.of(pod, now);
        failed.back_off.failed(BackOffRule::IMAGE_PULL, now, now);
        failed.next = failed.back_off.restart_at(BackOffRule::IMAGE_PULL, now);
        failed.next
    }

    /// Layers for `pod` did not come, at `now`: when Docker's engine makes the next attempt, if it does.
    pub(super) fn broke_off(&mut self, pod: PodId, now: Time) -> Option<Time> {
        let failed = self.of(pod, now);
        failed.attempts += 1;
        failed.next = now + pull::wait_after(failed.attempts)?;
        Some(failed.next)
    }

    /// Whether an engine is in the middle of a pull for `pod`.
    pub(super) fn has_begun(&self, pod: PodId) -> bool {
        self.pods.get(&pod).is_some_and(|failed| failed.attempts > 0)
    }

    fn of(&mut self, pod: PodId, now: Time) -> &mut Failed {
        self.pods.entry(pod).or_insert(Failed {
            back_off: BackOff::default(),
            attempts: 0,
            next: now,
            given_up: false,
        })
    }

    /// `pod` cannot have its images, which is acted upon at `at`.
    pub(super) fn give_up_at(&mut self, pod: PodId, at: Time) {
        let failed = self.of(pod, at);
        (failed.next, failed.given_up) = (at, true);
    }

    /// Whether `pod` cannot have its images.
    pub(super) fn is_given_up(&self, pod: PodId) -> bool {
        self.pods.get(&pod).is_some_and(|failed| failed.given_up)
    }

    /// Whether the next attempt for `pod` is at `now`, or that is acted upon.
    pub(super) fn is_due(&self, pod: PodId, now: Time) -> bool {
        self.pods.get(&pod).is_some_and(|failed| failed.next == now)
    }

    /// A pod is gone.
    pub(super) fn forget(&mut self, pod: PodId) {
        self.pods.remove(&pod);
    }
}
