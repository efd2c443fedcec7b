//! One pass of a StatefulSet: which pod is created or deleted next.
//!
//! Knows: the set's pods by ordinal. Must not know: volumes, or when the next pass is. Source:
//! `pkg/controller/statefulset/stateful_set_control.go`, `updateStatefulSet`.

use super::pod_phase::PodPhase;
use crate::engine::Span;
use crate::model::placement_rules::Allowed;

/// Which template a pod was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// The one before.
    Old,
    /// The current one.
    New,
}

/// `spec.updateStrategy`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UpdateStrategy {
    /// Pods change when somebody deletes them.
    OnDelete,
    /// Pods are replaced from the highest ordinal down.
    RollingUpdate {
        /// Ordinals below keep the old template; `None` is as 0, but pods to be re-created keep it by
        /// [`StatefulSet::current_replicas`].
        partition: Option<i32>,
        /// How many may be unavailable meanwhile: 1 unless set, and always 1 where the feature
        /// `MaxUnavailableStatefulSet` is off (`None`).
        max_unavailable: Option<Allowed>,
    },
}

/// The set, as far as a pass looks at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StatefulSet {
    /// How many pods it should have.
    pub replicas: i32,
    /// How its pods change template.
    pub strategy: UpdateStrategy,
    /// Whether pods come and go all at once (`podManagementPolicy: Parallel`).
    pub parallel: bool,
    /// A pod is available when it has been ready for so long.
    pub min_ready: Span,
    /// `status.currentReplicas`.
    pub current_replicas: i32,
}

/// A pod of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatefulPod {
    /// Its number, from 0.
    pub ordinal: i32,
    /// The template it was made from.
    pub revision: Revision,
    /// Its phase.
    pub phase: PodPhase,
    /// For how long it has been ready.
    pub ready_for: Option<Span>,
    /// Whether it was asked to stop.
    pub terminating: bool,
}

impl StatefulPod {
    fn runs_and_is_ready(&self) -> bool {
        self.phase == PodPhase::Running && self.ready_for.is_some()
    }

    fn is_available(&self, min_ready: Span) -> bool {
        self.runs_and_is_ready() && self.ready_for.is_some_and(|span| span >= min_ready)
    }

    fn is_healthy(&self) -> bool {
        self.runs_and_is_ready() && !self.terminating
    }
}

/// What a pass does, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Ordinals to create, with the template to make them from.
    pub created: Vec<(i32, Revision)>,
    /// Ordinals to delete; one that is also created has failed and is made anew.
    pub deleted: Vec<i32>,
}

/// A place of the set: the pod there, or the template of the one to be made.
#[derive(Clone, Copy)]
enum Place {
    Pod(StatefulPod),
    Missing(Revision),
}

impl Place {
    fn is_healthy(self) -> bool {
        matches!(self, Self::Pod(pod) if pod.is_healthy())
    }

    const fn may_be_replaced(self) -> bool {
        match self {
            Self::Pod(pod) => matches!(pod.revision, Revision::Old) && !pod.terminating,
            Self::Missing(revision) => matches!(revision, Revision::Old),
        }
    }
}

/// One pass over the pods of `set`; each ordinal occurs once.
#[must_use]
pub fn pass(set: &StatefulSet, pods: &[StatefulPod]) -> Pass {
    let mut places: Vec<_> = (0..set.replicas)
        .map(|ordinal| {
            let pod = pods.iter().find(|pod| pod.ordinal == ordinal);
            pod.map_or(Place::Missing(set.revision_of(ordinal)), |&pod| Place::Pod(pod))
        })
        .collect();
    let mut surplus: Vec<_> = pods.iter().filter(|pod| pod.ordinal >= set.replicas).collect();
    surplus.sort_by_key(|pod| std::cmp::Reverse(pod.ordinal));
    // Places first, then the surplus pods from the lowest up.
    let sick_place = places.iter().any(|place| !place.is_healthy());
    let sick_surplus = surplus.iter().rev().find(|pod| !pod.is_healthy());
    let first_sick = sick_surplus.filter(|_| !sick_place).map(|pod| pod.ordinal);
    let mut done = Pass::default();
    if set.fill(&mut places, &mut done) && set.shrink(&surplus, first_sick, &mut done) {
        set.update(&places, &mut done);
    }
    done
}

impl StatefulSet {
    fn revision_of(&self, ordinal: i32) -> Revision {
        let old_below = match self.strategy {
            UpdateStrategy::OnDelete => 0,
            UpdateStrategy::RollingUpdate { partition, .. } => partition.unwrap_or(self.current_replicas),
        };
        if ordinal < old_below {
            Revision::Old
        } else {
            Revision::New
        }
    }

    /// Makes what is missing; says whether the pass goes on.
    fn fill(&self, places: &mut [Place], done: &mut Pass) -> bool {
        for (ordinal, place) in (0..).zip(places) {
            if let Place::Pod(pod) = *place
                && pod.phase.is_terminal()
            {
                done.deleted.push(ordinal);
                *place = Place::Missing(self.revision_of(ordinal));
            }
            let goes_on = match *place {
                Place::Missing(revision) => {
                    done.created.push((ordinal, revision));
                    false
                }
                Place::Pod(pod) => !pod.terminating && pod.is_available(self.min_ready),
            };
            if !goes_on && !self.parallel {
                return false;
            }
        }
        true
    }

    /// Drops what is too much; says whether the pass goes on.
    fn shrink(&self, surplus: &[&StatefulPod], first_sick: Option<i32>, done: &mut Pass) -> bool {
        for pod in surplus {
            if pod.terminating {
                if self.parallel {
                    continue;
                }
                return false;
            }
            if !self.parallel && !pod.is_available(self.min_ready) && first_sick != Some(pod.ordinal) {
                return false;
            }
            done.deleted.push(pod.ordinal);
            if !self.parallel {
                return false;
            }
        }
        true
    }

    fn update(&self, places: &[Place], done: &mut Pass) {
        let UpdateStrategy::RollingUpdate {
            partition,
            max_unavailable,
        } = self.strategy
        else {
            return;
        };
        let partition = partition.unwrap_or(0);
        let targets = (partition.max(0)..self.replicas).rev();
        let mut targets = targets.map(|ordinal| (ordinal, places[ordinal as usize]));
        if let Some(most) = max_unavailable {
            let sick = places.iter().filter(|place| !place.is_healthy()).count();
            let room = (most.rounded_down(self.replicas).max(1) as usize).saturating_sub(sick);
            let old = targets.filter(|(_, place)| place.may_be_replaced());
            done.deleted.extend(old.take(room).map(|(ordinal, _)| ordinal));
        } else {
            let next = targets.find(|(_, place)| place.may_be_replaced() || !place.is_healthy());
            let replaced = next.filter(|(_, place)| place.may_be_replaced());
            done.deleted.extend(replaced.map(|(ordinal, _)| ordinal));
        }
    }
}
