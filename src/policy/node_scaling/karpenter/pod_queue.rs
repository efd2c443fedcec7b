//! The order in which pods are planned for (`scheduling/queue.go`).

use super::pod_class::ClassId;
use crate::engine::Time;
use crate::model::cluster::PodId;
use crate::model::resources::Resources;
use std::cmp::Reverse;
use std::collections::VecDeque;

/// A pod to plan for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedPod {
    /// What it asks for.
    pub class: ClassId,
    /// When it was created.
    pub created: Time,
    /// What tells pods of the same size and age apart: the rank of its UID.
    pub uid: u64,
    /// Which pod it is, where it is there already.
    pub id: Option<PodId>,
    /// Where it comes from.
    pub from: PodSource,
}

/// Where a pod to plan for comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodSource {
    /// It waits for a node.
    Waiting,
    /// It is on a node that is going already.
    Leaving,
    /// It is on a node that might go.
    Moving,
}

/// Sorts pods: the most CPU first, then the most memory, then the oldest by whole seconds, then by UID.
pub fn sort<'a>(pods: &mut [PlannedPod], requests: impl Fn(ClassId) -> &'a Resources) {
    pods.sort_by_key(|pod| {
        let asked = requests(pod.class);
        (
            Reverse(asked.cpu_milli),
            Reverse(asked.memory_bytes),
            pod.created.nanos() / 1_000_000_000,
            pod.uid,
        )
    });
}

/// Pods that are still to be planned for: who fails goes to the back, until a whole round has brought nothing.
#[derive(Debug)]
pub struct PodQueue {
    /// Each with how many there were when it went to the back.
    pods: VecDeque<(PlannedPod, usize)>,
}

impl PodQueue {
    /// Pods in order.
    #[must_use]
    pub fn new(pods: Vec<PlannedPod>) -> Self {
        Self {
            pods: pods.into_iter().map(|pod| (pod, usize::MAX)).collect(),
        }
    }

    /// The next pod; `None` at the end, or when as many are left as when this one failed.
    pub fn pop(&mut self) -> Option<PlannedPod> {
        let (_, failed_among) = self.pods.front()?;
        if *failed_among == self.pods.len() {
            return None;
        }
        self.pods.pop_front().map(|(pod, _)| pod)
    }

    /// A pod failed.
    pub fn push_back(&mut self, pod: PlannedPod) {
        let len = self.pods.len() + 1;
        self.pods.push_back((pod, len));
    }

    /// Those that are left.
    pub fn left(&self) -> impl Iterator<Item = &PlannedPod> {
        self.pods.iter().map(|(pod, _)| pod)
    }
}
