//! Which pods are worth changing, and in which order.
//!
//! Knows: how far a pod's requests are from what is recommended for it. Must not know: how many may be changed.
//! Sources: `updater/priority/priority_processor.go`, `update_priority_calculator.go`,
//! `scaling_direction_pod_eviction_admission.go`.

use super::spec::{ChangeRequirement, EvictionRequirement};
use crate::engine::{Span, Time};
use crate::policy::pod_scaling::pod_sizer::{Amounts, Recommendation, SizedPod, SizedResource};
use std::cmp::Ordering;

/// How much a pod's requests should change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Priority {
    /// Whether some container's request is outside its bounds, or not said at all.
    pub outside: bool,
    /// Whether some container's request should grow.
    pub grows: bool,
    /// The relative difference of requests to targets, summed over the containers, CPU and memory added.
    pub difference: f64,
}

/// Why a pod may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A request is outside its bounds.
    Outside,
    /// A container was killed for memory soon after its start.
    QuickOom,
    /// The pod is old enough, and its requests far enough from the targets.
    Drift,
}

/// When a pod may be changed although its requests are within their bounds.
#[derive(Clone, Copy, Debug)]
pub struct Thresholds {
    /// Least difference.
    pub difference: f64,
    /// Least age.
    pub age: Span,
    /// A kill for memory this soon after a container's start is quick.
    pub quick_oom: Span,
}

/// How much `pod` should change. `recommendations` are by container; `None` where nothing is recommended.
#[must_use]
pub fn priority(pod: &SizedPod, recommendations: &[Option<Recommendation>]) -> Priority {
    let (mut outside, mut grows, mut difference) = (false, false, 0.0);
    for resource in SizedResource::ALL {
        let (mut requested, mut recommended) = (0_u64, None);
        for (container, recommendation) in pod.containers.iter().zip(recommendations) {
            let Some(recommendation) = recommendation else {
                continue;
            };
            let Some(target) = recommendation.target.get(resource) else {
                continue;
            };
            recommended = Some(u64::saturating_add(
                recommended.unwrap_or(0),
                in_thousandths(resource, target),
            ));
            let Some(request) = container.size.requests.get(resource) else {
                (grows, outside) = (true, true);
                continue;
            };
            requested = requested.saturating_add(in_thousandths(resource, request));
            grows |= target > request;
            outside |= recommendation
                .lower
                .get(resource)
                .is_some_and(|lower| request < lower);
            outside |= recommendation
                .upper
                .get(resource)
                .is_some_and(|upper| request > upper);
        }
        if let Some(recommended) = recommended {
            let requested = (requested as f64).max(1.0);
            difference += (requested - recommended as f64).abs() / requested;
        }
    }
    Priority {
        outside,
        grows,
        difference,
    }
}

/// Go compares quantities in thousandths of their unit, memory too.
fn in_thousandths(resource: SizedResource, amount: u64) -> u64 {
    match resource {
        SizedResource::Cpu => amount,
        SizedResource::Memory => amount.saturating_mul(1000),
    }
}

/// Why `pod` may be changed, if it may. `sized` says which of its containers are sized: kills of others do not count.
#[must_use]
pub fn cause(
    pod: &SizedPod,
    priority: &Priority,
    sized: impl Fn(usize) -> bool,
    thresholds: &Thresholds,
    now: Time,
) -> Option<Cause> {
    let quick_oom = pod.containers.iter().enumerate().any(|(place, container)| {
        sized(place)
            && container
                .last_oom_after
                .is_some_and(|after| after < thresholds.quick_oom)
    });
    // A kill changes nothing if the requests would stay the same, even for a request outside its bounds.
    if quick_oom && priority.difference <= 0.0 {
        return None;
    }
    if priority.outside {
        return Some(Cause::Outside);
    }
    if quick_oom {
        return Some(Cause::QuickOom);
    }
    let old = pod.started.is_some_and(|started| now >= started + thresholds.age);
    (old && priority.difference >= thresholds.difference).then_some(Cause::Drift)
}

/// Pods that should grow first, then the larger difference first.
#[must_use]
pub fn by_priority(a: &Priority, b: &Priority) -> Ordering {
    b.grows.cmp(&a.grows).then(b.difference.total_cmp(&a.difference))
}

/// Whether some container of `pod` meets every requirement; a container without requests meets all.
#[must_use]
pub fn meets_requirements(
    pod: &SizedPod,
    recommendations: &[Option<Recommendation>],
    requirements: &[EvictionRequirement],
) -> bool {
    let pairs = pod.containers.iter().zip(recommendations);
    requirements.is_empty()
        || pairs
            .filter_map(|(container, recommendation)| {
                Some((container.size.requests, recommendation.as_ref()?.target))
            })
            .any(|(requests, target)| container_meets(requests, target, requirements))
}

fn container_meets(requests: Amounts, target: Amounts, requirements: &[EvictionRequirement]) -> bool {
    if SizedResource::ALL
        .iter()
        .any(|&resource| requests.get(resource).is_none())
    {
        return true;
    }
    requirements.iter().all(|requirement| {
        requirement.resources.iter().any(|&resource| {
            let request = requests.get(resource).unwrap_or(0);
            let target = target.get(resource).unwrap_or(0);
            match requirement.change_requirement {
                ChangeRequirement::TargetHigherThanRequests => target > request,
                ChangeRequirement::TargetLowerThanRequests => target < request,
            }
        })
    })
}
