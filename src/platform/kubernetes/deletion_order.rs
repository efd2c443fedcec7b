//! Which pod of a ReplicaSet goes first when it shrinks.
//!
//! Source: `pkg/controller/controller_utils.go`, `ActivePodsWithRanks` and `ActivePods`.

use super::insertion;
use super::pod_phase::PodPhase;
use crate::engine::Span;
use std::cmp::Ordering;

/// A pod as the order sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Whether it has a node.
    pub assigned: bool,
    /// Its phase.
    pub phase: PodPhase,
    /// For how long it has been ready, whole seconds there; `None` when it is not.
    pub ready_for: Option<Span>,
    /// The annotation `controller.kubernetes.io/pod-deletion-cost`; 0 unless set.
    pub deletion_cost: i32,
    /// How many active pods of its owner, it included, are on its node.
    pub doubled_up: usize,
    /// The most restarts of one of its main or init containers.
    pub restarts: u32,
    /// The most restarts of one of its sidecars.
    pub sidecar_restarts: u32,
    /// Time since it was created, whole seconds there.
    pub age: Span,
    /// Its UID, read as a number.
    pub uid: u128,
}

/// The places of `pods` in the order they are given up, the first to go first.
///
/// The times are compared by their order of magnitude and then by UID, so that of pods that came at about one time any
/// may go. Pods that are alike in all keep their order.
#[must_use]
pub fn replica_set(pods: &[Candidate]) -> Vec<usize> {
    let mut places: Vec<_> = (0..pods.len()).collect();
    insertion::sort(&mut places, |a, b| less(&pods[a], &pods[b]));
    places
}

/// The places of `pods` in the order in which a Job gives them up: plain times, no cost, no look at neighbours.
#[must_use]
pub fn job(pods: &[Candidate]) -> Vec<usize> {
    let mut places: Vec<_> = (0..pods.len()).collect();
    places.sort_by(|&a, &b| {
        let (a, b) = (&pods[a], &pods[b]);
        by_state(a, b)
            .then_with(|| a.ready_for.cmp(&b.ready_for))
            .then_with(|| by_restarts(a, b))
            .then_with(|| a.age.cmp(&b.age))
    });
    places
}

fn less(a: &Candidate, b: &Candidate) -> bool {
    let by_standing = by_state(a, b)
        .then_with(|| a.deletion_cost.cmp(&b.deletion_cost))
        .then_with(|| b.doubled_up.cmp(&a.doubled_up));
    if by_standing != Ordering::Equal {
        return by_standing == Ordering::Less;
    }
    if let (Some(one), Some(other)) = (a.ready_for, b.ready_for)
        && one != other
    {
        return by_magnitude(one, other, a, b);
    }
    match by_restarts(a, b) {
        Ordering::Equal => a.age != b.age && by_magnitude(a.age, b.age, a, b),
        order => order == Ordering::Less,
    }
}

fn by_state(a: &Candidate, b: &Candidate) -> Ordering {
    let state = |pod: &Candidate| (pod.assigned, pod.phase, pod.ready_for.is_some());
    state(a).cmp(&state(b))
}

fn by_restarts(a: &Candidate, b: &Candidate) -> Ordering {
    (b.restarts, b.sidecar_restarts).cmp(&(a.restarts, a.sidecar_restarts))
}

/// Shorter first, by powers of two of nanoseconds; within one, by UID.
fn by_magnitude(one: Span, other: Span, a: &Candidate, b: &Candidate) -> bool {
    let magnitude = |span: Span| span.nanos().checked_ilog2();
    match magnitude(one).cmp(&magnitude(other)) {
        Ordering::Equal => a.uid < b.uid,
        order => order == Ordering::Less,
    }
}
