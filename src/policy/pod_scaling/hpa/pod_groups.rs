//! Which pods count: ready, unready, missing, ignored.
//!
//! Knows: `groupPods` (`pkg/controller/podautoscaler/replica_calculator.go`) with its order of tests. Must not know:
//! what is made of the groups.

use super::source::Sample;
use crate::engine::{Span, Time};
use crate::model::observed::pods::{ConditionStatus, ObservedPhase, ObservedPod};

/// When the CPU of a young pod counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// After its start, a pod's CPU counts for this long only if it is ready and was sampled as such.
    pub cpu_initialization_period: Span,
    /// A pod that became unready within this time of its start was never ready.
    pub initial_readiness_delay: Span,
}

/// What a pod counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Its sample counts.
    Ready,
    /// It does not count yet: idle if that could only make a scale-up smaller, else left out.
    Unready,
    /// It has no sample: taken to be at full use before a scale-down, idle before a scale-up.
    Missing,
    /// It is on its way out.
    Ignored,
}

/// Pods by group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// Pods whose sample counts.
    pub ready: u32,
    /// Pods that do not count yet.
    pub unready: u32,
    /// Pods without a sample.
    pub missing: u32,
}

/// The group of each pod. `cpu`: the metric is CPU, which a starting pod uses without serving.
#[must_use]
pub fn group_pods(
    pods: &[ObservedPod<'_>],
    samples: &[Option<Sample>],
    cpu: bool,
    readiness: &Readiness,
    now: Time,
) -> (Vec<Group>, GroupCounts) {
    let mut counts = GroupCounts::default();
    let groups = pods.iter().zip(samples).map(|(pod, sample)| {
        let group = group_of(pod, sample.as_ref(), cpu, readiness, now);
        match group {
            Group::Ready => counts.ready += 1,
            Group::Unready => counts.unready += 1,
            Group::Missing => counts.missing += 1,
            Group::Ignored => {}
        }
        group
    });
    (groups.collect(), counts)
}

fn group_of(
    pod: &ObservedPod<'_>,
    sample: Option<&Sample>,
    cpu: bool,
    readiness: &Readiness,
    now: Time,
) -> Group {
    if pod.deleted || pod.phase == ObservedPhase::Failed {
        return Group::Ignored;
    }
    if pod.phase == ObservedPhase::Pending {
        return Group::Unready;
    }
    let Some(sample) = sample else {
        return Group::Missing;
    };
    if !cpu {
        return Group::Ready;
    }
    let (Some(ready), Some(started)) = (pod.ready, pod.started) else {
        return Group::Unready;
    };
    // `Unknown` is not `False`: a pod whose node is silent still counts.
    let not_ready = ready.status == ConditionStatus::False;
    let unready = if started + readiness.cpu_initialization_period > now {
        not_ready || sample.at < ready.since + sample.window
    } else {
        not_ready && started + readiness.initial_readiness_delay > ready.since
    };
    if unready { Group::Unready } else { Group::Ready }
}
