//! How many pods may be changed at a time, and what becomes of resizes that do not finish.
//!
//! Knows: one workload's pods by state, as one look finds and leaves them. Must not know: why a pod should change.
//! Sources: `updater/restriction/pods_restriction_factory.go`, `pods_eviction_restriction.go`,
//! `pods_inplace_restriction.go`.

use super::flags::UpdaterFlags;
use crate::engine::{Span, Time};
use crate::policy::pod_scaling::pod_sizer::{PodSizingView, ResizeState, SizedPod};
use std::collections::BTreeMap;

/// A resize that found no room for longer than this is given up.
const DEFERRED_MAX: Span = Span::from_secs(5 * 60);

/// A resize that was under way for longer than this is given up.
const IN_PROGRESS_MAX: Span = Span::from_secs(3600);

/// What can be done with a pod where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InPlace {
    /// Resize it.
    Approved,
    /// Nothing now.
    Deferred,
    /// Evict it instead.
    Evict,
}

/// When each pod whose resize does not finish was first seen so.
pub(super) type ResizesSeen = BTreeMap<u64, Time>;

/// One workload's pods during a look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restriction {
    configured: i64,
    running: i64,
    tolerance: i64,
    evicted: i64,
    resized: i64,
    /// Whether there are enough pods to change any.
    is_enough: bool,
    skips_budget: bool,
    now: Time,
}

impl Restriction {
    /// The state at the start of a look. `min_replicas` is the least number of live pods.
    pub(super) fn new(view: &PodSizingView, min_replicas: u32, flags: &UpdaterFlags) -> Self {
        let running = view.pods.iter().filter(|pod| !pod.pending).count();
        Self {
            configured: i64::from(view.replicas),
            running: running as i64,
            // Cut off: half of three pods is one.
            tolerance: (f64::from(view.replicas) * flags.eviction_tolerance) as i64,
            evicted: 0,
            resized: 0,
            // Kubernetes' workloads with no replicas configured are left out too.
            is_enough: view.pods.len() >= min_replicas as usize && view.replicas > 0,
            skips_budget: flags.in_place_skip_disruption_budget,
            now: view.now,
        }
    }

    /// Whether another pod may be down: more would be alive than must be, or, where the tolerance is less than one
    /// pod, all are running and none was touched in this look.
    fn has_budget(&self) -> bool {
        let touched = self.evicted + self.resized;
        self.running - touched > self.configured - self.tolerance
            || (self.running == self.configured && self.tolerance == 0 && touched == 0)
    }

    /// Whether `pod` may be evicted. Pods that do not run yet always may.
    pub(super) fn can_evict(&self, pod: &SizedPod, seen: &mut ResizesSeen) -> bool {
        if !self.is_enough {
            return false;
        }
        if pod.pending {
            return true;
        }
        match pod.resize {
            ResizeState::None => self.has_budget(),
            _ => self.can_give_up(pod, seen),
        }
    }

    /// What can be done with `pod` where it runs.
    pub(super) fn in_place(&self, pod: &SizedPod, seen: &mut ResizesSeen) -> InPlace {
        if pod.pending || !(self.is_enough || self.skips_budget) {
            return InPlace::Deferred;
        }
        if pod.resize != ResizeState::None {
            return if self.can_give_up(pod, seen) {
                InPlace::Evict
            } else {
                InPlace::Deferred
            };
        }
        if self.skips_budget || self.has_budget() {
            InPlace::Approved
        } else {
            InPlace::Deferred
        }
    }

    /// Whether the resize under way has failed, or taken too long since it was first seen.
    fn can_give_up(&self, pod: &SizedPod, seen: &mut ResizesSeen) -> bool {
        let since = *seen.entry(pod.key).or_insert(self.now);
        let waited = self.now.since(since);
        self.has_budget()
            && match pod.resize {
                ResizeState::None => false,
                ResizeState::Deferred => waited > DEFERRED_MAX,
                ResizeState::InProgress => waited > IN_PROGRESS_MAX,
                ResizeState::Infeasible | ResizeState::Failed => true,
            }
    }

    /// Counts an eviction of `pod`.
    pub(super) fn evict(&mut self, pod: &SizedPod) {
        if !pod.pending {
            self.evicted += 1;
        }
    }

    /// Counts a resize.
    pub(super) const fn resize(&mut self) {
        self.resized += 1;
    }
}
