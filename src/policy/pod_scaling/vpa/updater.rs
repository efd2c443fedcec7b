//! Which running pods to change now, and how.
//!
//! Knows: the order of a look: what may be resized is resized, what may not be or failed is evicted. Must not know: how
//! recommendations come about. Source: `updater/logic/updater.go`. The flag `eviction-rate-limit` is at its default,
//! off.

use super::admission::sized;
use super::capping::for_pod;
use super::priority::{Cause, Priority, Thresholds, by_priority, cause, meets_requirements, priority};
use super::restriction::{InPlace, ResizesSeen, Restriction};
use super::spec::{UpdateMode, VpaSpec};
use crate::policy::pod_scaling::pod_sizer::{
    ContainerSize, PodSizingView, PodUpdate, PodUpdateAction, Recommendation, ResizeState, SizedPod,
};
use crate::policy::reason::{Reason, ReasonKind, Value};

static OUTSIDE: ReasonKind = ReasonKind {
    code: "outside_bounds",
    sentence: "a request is outside its recommended bounds; requests are {difference} from the target",
};
static QUICK_OOM: ReasonKind = ReasonKind {
    code: "quick_oom",
    sentence: "killed for memory within {span} of its start; requests are {difference} from the target",
};
static DRIFT: ReasonKind = ReasonKind {
    code: "drift",
    sentence: "older than {span}, and requests are {difference} from the target",
};
static GIVEN_UP: ReasonKind = ReasonKind {
    code: "resize_given_up",
    sentence: "the resize where it runs is {state}; requests are {difference} from the target",
};

/// A pod worth changing.
struct Candidate<'a> {
    pod: &'a SizedPod<'a>,
    recommendations: Vec<Option<Recommendation>>,
    priority: Priority,
    cause: Cause,
}

/// Pods to change, in order. `recommendations` are by container; `seen` remembers resizes from look to look.
pub(super) fn look(
    spec: &VpaSpec,
    recommendations: &[Option<Recommendation>],
    seen: &mut ResizesSeen,
    view: &PodSizingView,
) -> Vec<PodUpdate> {
    let policy = &spec.update_policy;
    let in_place = match policy.update_mode {
        UpdateMode::Off | UpdateMode::Initial => return vec![],
        UpdateMode::Recreate | UpdateMode::Auto => false,
        UpdateMode::InPlaceOrRecreate => true,
    };
    seen.retain(|key, _| view.pods.iter().any(|pod| pod.key == *key));
    let min_replicas = policy.min_replicas.unwrap_or(spec.updater.min_replicas);
    let mut restriction = Restriction::new(view, min_replicas, &spec.updater);
    let mut candidates: Vec<_> = view
        .pods
        .iter()
        .filter(|pod| {
            if in_place {
                restriction.in_place(pod, seen) != InPlace::Deferred
            } else {
                restriction.can_evict(pod, seen)
            }
        })
        .filter_map(|pod| candidate(spec, recommendations, view, pod))
        .collect();
    candidates.sort_by(|a, b| by_priority(&a.priority, &b.priority));

    let (mut updates, mut to_evict) = (vec![], vec![]);
    for candidate in candidates {
        let now = if in_place {
            restriction.in_place(candidate.pod, seen)
        } else {
            InPlace::Evict
        };
        match now {
            InPlace::Deferred => {}
            InPlace::Evict => to_evict.push(candidate),
            InPlace::Approved => {
                restriction.resize();
                let sizes = resized(spec, &candidate, view);
                updates.push(candidate.update(spec, PodUpdateAction::Resize(sizes)));
            }
        }
    }
    for candidate in to_evict {
        if restriction.can_evict(candidate.pod, seen) {
            restriction.evict(candidate.pod);
            updates.push(candidate.update(spec, PodUpdateAction::Evict));
        }
    }
    updates
}

/// `pod`, if it is worth changing.
fn candidate<'a>(
    spec: &VpaSpec,
    recommendations: &[Option<Recommendation>],
    view: &PodSizingView,
    pod: &'a SizedPod,
) -> Option<Candidate<'a>> {
    let containers = view.containers.iter().zip(pod.containers);
    let recommendations: Vec<_> = containers
        .zip(recommendations)
        .map(|((template, container), recommendation)| {
            let limits = container.size.limits;
            Some(for_pod(
                (*recommendation)?,
                &spec.resource_policy,
                template.name,
                limits,
            ))
        })
        .collect();
    let priority = priority(pod, &recommendations);
    let is_sized = |place: usize| {
        view.containers
            .get(place)
            .is_some_and(|template| spec.resource_policy.is_on(template.name))
    };
    let cause = cause(pod, &priority, is_sized, &thresholds(spec), view.now)?;
    let requirements = &spec.update_policy.eviction_requirements;
    meets_requirements(pod, &recommendations, requirements).then_some(Candidate {
        pod,
        recommendations,
        priority,
        cause,
    })
}

fn thresholds(spec: &VpaSpec) -> Thresholds {
    let updater = &spec.updater;
    Thresholds {
        difference: updater.pod_update_threshold,
        age: updater
            .in_recommendation_bounds_eviction_lifetime_threshold
            .span(),
        quick_oom: spec.quick_oom(),
    }
}

/// The sizes of the candidate's containers, limits in proportion to what they are now.
fn resized(spec: &VpaSpec, candidate: &Candidate, view: &PodSizingView) -> Vec<ContainerSize> {
    let containers = view.containers.iter().zip(candidate.pod.containers);
    containers
        .zip(&candidate.recommendations)
        .map(|((template, container), recommendation)| match recommendation {
            Some(recommendation) => sized(
                container.size,
                recommendation.target,
                spec.resource_policy.controlled_values(template.name),
            ),
            None => container.size,
        })
        .collect()
}

impl Candidate<'_> {
    fn update(&self, spec: &VpaSpec, action: PodUpdateAction) -> PodUpdate {
        let difference = Value::Share(self.priority.difference);
        let thresholds = thresholds(spec);
        let state = match self.pod.resize {
            ResizeState::None => None,
            ResizeState::Deferred => Some("deferred for too long"),
            ResizeState::Infeasible => Some("infeasible on its node"),
            ResizeState::InProgress => Some("taking too long"),
            ResizeState::Failed => Some("failed"),
        };
        let reason = match (state, self.cause) {
            (Some(state), _) => Reason::new(&GIVEN_UP).with("state", Value::Word(state)),
            (None, Cause::Outside) => Reason::new(&OUTSIDE),
            (None, Cause::QuickOom) => {
                Reason::new(&QUICK_OOM).with("span", Value::Span(thresholds.quick_oom))
            }
            (None, Cause::Drift) => Reason::new(&DRIFT).with("span", Value::Span(thresholds.age)),
        };
        PodUpdate {
            pod: self.pod.key,
            action,
            reason: reason.with("difference", difference),
        }
    }
}
