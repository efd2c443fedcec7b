//! Pulls of images that have failed: when the kubelet tries again.
//!
//! Knows: back-offs, by pod: a pod's images fail together. Must not know: why.

use crate::engine::Time;
use crate::model::cluster::PodId;
use crate::platform::kubernetes::back_off::{BackOff, BackOffRule};
use std::collections::BTreeMap;

/// The failed pulls of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct FailedPulls {
    /// By pod: its back-off, and when the next attempt is.
    pods: BTreeMap<PodId, (BackOff, Time)>,
}

impl FailedPulls {
    /// Images of `pod` could not be pulled at `now`: when the next attempt is.
    pub(super) fn failed(&mut self, pod: PodId, now: Time) -> Time {
        let (back_off, next) = self.pods.entry(pod).or_insert((BackOff::default(), now));
        back_off.failed(BackOffRule::IMAGE_PULL, now, now);
        *next = back_off.restart_at(BackOffRule::IMAGE_PULL, now);
        *next
    }

    /// Whether the next attempt for `pod` is at `now`.
    pub(super) fn is_due(&self, pod: PodId, now: Time) -> bool {
        self.pods.get(&pod).is_some_and(|&(_, next)| next == now)
    }

    /// A pod is gone.
    pub(super) fn forget(&mut self, pod: PodId) {
        self.pods.remove(&pod);
    }
}
