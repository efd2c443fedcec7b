//! Why no node took a pod, kept until the cluster changes.
//!
//! Preemption asks the same question right after the pod was refused, and so do other pods of its class that wait with
//! it. The answer is that of every node, so asking again would look at all of them.

use super::status::Diagnosis;
use crate::model::cluster::{ClusterView, PodId};
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::Incoming;
use std::sync::Arc;

/// Answers to so many classes are kept: each names every node.
const KEPT: usize = 8;

/// The state of a live cluster: as long as all of it is the same, no node has changed in what filters look at.
#[derive(Clone, Debug)]
struct Moment {
    cluster: Arc<()>,
    changes: u64,
    roster: Option<u64>,
}

impl Moment {
    fn of(view: &dyn ClusterView) -> Option<Self> {
        let history = view.history()?;
        Some(Self {
            cluster: history.identity().clone(),
            changes: history.next(),
            roster: view.roster_version(),
        })
    }

    fn is(&self, view: &dyn ClusterView) -> bool {
        view.history().is_some_and(|history| {
            Arc::ptr_eq(&self.cluster, history.identity())
                && self.changes == history.next()
                && self.roster == view.roster_version()
        })
    }
}

/// What was said to a pod.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    class: Arc<PodTemplate>,
    /// Which pod, where that may matter: a pod does not stand in its own way on a node it was promised room on.
    pod: Option<Option<PodId>>,
    /// The node of the roster at which the walk began.
    pub(super) start: usize,
    pub(super) diagnosis: Arc<Diagnosis>,
}

/// What was said to pods since the cluster last changed. Only for pods whose class says all about them.
#[derive(Clone, Debug, Default)]
pub(super) struct RefusedLately {
    moment: Option<Moment>,
    list: Vec<Refused>,
}

impl RefusedLately {
    /// What was said to `pod` or its like and still holds.
    pub(super) fn find(&self, view: &dyn ClusterView, pod: &Incoming<'_>) -> Option<&Refused> {
        self.moment.as_ref().filter(|moment| moment.is(view))?;
        let is_like = |one: &&Refused| {
            Arc::ptr_eq(&one.class, pod.class) && one.pod.is_none_or(|known| known == pod.id)
        };
        self.list.iter().find(is_like)
    }

    /// `pod` was refused on a walk from `start`; `promised`: whether a pod was promised room on any node.
    pub(super) fn keep(
        &mut self,
        view: &dyn ClusterView,
        pod: &Incoming<'_>,
        promised: bool,
        start: usize,
        diagnosis: &Arc<Diagnosis>,
    ) {
        if self.moment.as_ref().is_none_or(|moment| !moment.is(view)) {
            self.moment = Moment::of(view);
            self.list.clear();
        }
        if self.list.len() == KEPT {
            self.list.remove(0);
        }
        self.list.push(Refused {
            class: pod.class.clone(),
            pod: promised.then_some(pod.id),
            start,
            diagnosis: diagnosis.clone(),
        });
    }
}
