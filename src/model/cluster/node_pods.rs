//! The pods on a node: one by one, and counted by class.
//!
//! Pods made from one template are of one class. Whatever depends on the template alone is asked once a class, not
//! once a pod.

use super::pod::PodId;
use crate::engine::Time;
use crate::model::gpu::Taken;
use crate::model::pod_template::PodTemplate;
use std::sync::Arc;

/// A pod on a node, or one that is to come there.
#[derive(Clone, Debug)]
pub struct BoundPod {
    /// What it was made from; pods that share it are of one class.
    pub class: Arc<PodTemplate>,
    /// Which pod; `None` in a what-if about a pod that does not exist.
    pub id: Option<PodId>,
    /// When the node took it up.
    pub started: Time,
    /// When it was asked to stop, if it was.
    pub terminating: Option<Time>,
    /// The GPUs it is to have, and on a node the ones it has; none: those its node hands out.
    pub devices: Taken,
}

/// Pods of one class on one node.
#[derive(Clone, Debug)]
pub struct ClassCount {
    /// What they were made from.
    pub class: Arc<PodTemplate>,
    /// How many.
    pub pods: u32,
    /// How many of them were asked to stop.
    pub terminating: u32,
}

/// The pods on a node, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct NodePods {
    /// Pods by the ticket each got when it came.
    pods: Vec<(u64, BoundPod)>,
    classes: Vec<ClassCount>,
    tickets: u64,
}

impl NodePods {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.pods.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.pods.is_empty()
    }

    /// Every pod with its ticket, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &BoundPod)> {
        self.pods.iter().map(|(ticket, pod)| (*ticket, pod))
    }

    /// Counts by class.
    #[must_use]
    pub fn classes(&self) -> &[ClassCount] {
        &self.classes
    }

    /// The pod with a ticket.
    #[must_use]
    pub fn get(&self, ticket: u64) -> Option<&BoundPod> {
        self.place(ticket).map(|place| &self.pods[place].1)
    }

    /// Takes a pod in; returns its ticket.
    pub fn add(&mut self, pod: BoundPod) -> u64 {
        let ticket = self.tickets;
        self.tickets += 1;
        self.put_back(ticket, pod);
        ticket
    }

    /// Takes a pod in that had this ticket before, in its old place.
    pub fn put_back(&mut self, ticket: u64, pod: BoundPod) {
        let count = self.count_of(&pod.class);
        count.pods += 1;
        count.terminating += u32::from(pod.terminating.is_some());
        let place = self.pods.partition_point(|(known, _)| *known < ticket);
        self.pods.insert(place, (ticket, pod));
    }

    /// Lets a pod go.
    pub fn remove(&mut self, ticket: u64) -> Option<BoundPod> {
        let place = self.place(ticket)?;
        let (_, pod) = self.pods.remove(place);
        let count = self.count_of(&pod.class);
        count.pods -= 1;
        count.terminating -= u32::from(pod.terminating.is_some());
        if count.pods == 0 {
            self.classes.retain(|count| count.pods > 0);
        }
        Some(pod)
    }

    /// A pod is asked to stop at `now`; whether that is news.
    pub fn terminate(&mut self, now: Time, ticket: u64) -> bool {
        let Some(place) = self
            .place(ticket)
            .filter(|&place| self.pods[place].1.terminating.is_none())
        else {
            return false;
        };
        self.pods[place].1.terminating = Some(now);
        let class = self.pods[place].1.class.clone();
        self.count_of(&class).terminating += 1;
        true
    }

    fn place(&self, ticket: u64) -> Option<usize> {
        self.pods.binary_search_by_key(&ticket, |(known, _)| *known).ok()
    }

    fn count_of(&mut self, class: &Arc<PodTemplate>) -> &mut ClassCount {
        let known = self
            .classes
            .iter()
            .position(|count| Arc::ptr_eq(&count.class, class));
        let place = known.unwrap_or_else(|| {
            self.classes.push(ClassCount {
                class: class.clone(),
                pods: 0,
                terminating: 0,
            });
            self.classes.len() - 1
        });
        &mut self.classes[place]
    }
}
