//! The search for a node that takes a pod (`cluster-autoscaler/simulator/clustersnapshot/predicate/plugin_runner.go`).
//!
//! Knows: the scheduler's filters, and where the last search ended: the next one begins one further on. Must not know:
//! what is searched for.

use crate::engine::Time;
use crate::model::cluster::{BoundPod, Checkpoint, ClusterView, NodeView, Overlay, PodId};
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::Incoming;
use crate::policy::placement::kube_scheduler::{Filters, KubeScheduler, Standing, Status};
use std::cell::RefCell;
use std::sync::Arc;

/// A hypothetical cluster, and where the last search in it ended.
pub(super) struct Circular<'a> {
    scheduler: &'a KubeScheduler,
    overlay: Overlay<'a>,
    now: Time,
    last_found: usize,
    /// What filters know of pods on other nodes.
    standing: RefCell<Standing>,
    /// What was told to `standing`, to be taken back.
    told: Vec<Told>,
}

/// What was told.
enum Told {
    /// A pod came (1) to a node, here without its pods, or left it (-1).
    Pod(BoundPod, Box<NodeView>, i64),
    /// A node came with its pods (1) or went with them (-1).
    Node(Box<NodeView>, i64),
}

/// A state to go back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    overlay: Checkpoint,
    /// How much had been told; `None` if nothing was counted then.
    told: Option<usize>,
}

impl<'a> Circular<'a> {
    /// The last search ended at `last_found`.
    pub(super) fn new(
        scheduler: &'a KubeScheduler,
        overlay: Overlay<'a>,
        last_found: usize,
        now: Time,
    ) -> Self {
        Self {
            scheduler,
            overlay,
            now,
            last_found,
            standing: RefCell::default(),
            told: Vec::new(),
        }
    }

    /// The hypothetical cluster.
    pub(super) const fn view(&self) -> &Overlay<'a> {
        &self.overlay
    }

    /// The present state, for [`Self::revert`].
    pub(super) fn mark(&self) -> Mark {
        let counted = !self.standing.borrow().is_empty();
        Mark {
            overlay: self.overlay.checkpoint(),
            told: counted.then_some(self.told.len()),
        }
    }

    /// Undoes everything after `to`.
    pub(super) fn revert(&mut self, to: Mark) {
        self.overlay.revert(to.overlay);
        let standing = self.standing.get_mut();
        let Some(until) = to.told else {
            standing.clear();
            self.told.clear();
            return;
        };
        let objects = self.overlay.objects();
        while self.told.len() > until {
            match self.told.pop() {
                Some(Told::Pod(pod, node, by)) => standing.pod_changes(objects, &pod, &node, -by),
                Some(Told::Node(node, by)) => standing.node_changes(objects, &node, -by),
                None => {}
            }
        }
    }

    fn tell_of_node(&mut self, node: Option<NodeView>, by: i64) {
        let standing = self.standing.get_mut();
        if let Some(node) = node.filter(|_| !standing.is_empty()) {
            standing.node_changes(self.overlay.objects(), &node, by);
            self.told.push(Told::Node(Box::new(node), by));
        }
    }

    fn tell_of_pod(&mut self, pod: &BoundPod, place: usize, by: i64) {
        let standing = self.standing.get_mut();
        if let Some(node) = self.overlay.node(place).filter(|_| !standing.is_empty()) {
            standing.pod_changes(self.overlay.objects(), pod, node, by);
            let facts = Box::new(node.without_pods());
            self.told.push(Told::Pod(pod.clone(), facts, by));
        }
    }

    /// Adds a node; returns its position.
    pub(super) fn add_node(&mut self, node: NodeView) -> usize {
        let place = self.overlay.add_node(node);
        self.tell_of_node(self.overlay.node(place).cloned(), 1);
        place
    }

    /// Puts another node in the place of one.
    pub(super) fn replace_node(&mut self, place: usize, node: NodeView) {
        self.tell_of_node(self.overlay.node(place).cloned(), -1);
        self.overlay.replace_node(place, node);
        self.tell_of_node(self.overlay.node(place).cloned(), 1);
    }

    /// Treats a booting node as if it took pods already.
    pub(super) fn open_node(&mut self, place: usize) {
        self.tell_of_node(self.overlay.node(place).cloned(), -1);
        self.overlay.open_node(place);
        self.tell_of_node(self.overlay.node(place).cloned(), 1);
    }

    /// Takes the pod with this ticket off the node at `place`.
    pub(super) fn remove_pod(&mut self, place: usize, ticket: u64) {
        if let Some(pod) = self.overlay.remove_pod(place, ticket) {
            self.tell_of_pod(&pod, place, -1);
        }
    }

    /// Where the last search ended.
    pub(super) const fn last_found(&self) -> usize {
        self.last_found
    }

    /// The next search begins as if the last one had ended at `last_found`.
    pub(super) const fn resume_at(&mut self, last_found: usize) {
        self.last_found = last_found;
    }

    /// The first node, in a round that begins after where the last one ended, that `may` be and that takes the pod.
    pub(super) fn find(
        &mut self,
        class: &Arc<PodTemplate>,
        id: Option<PodId>,
        may: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let pod = Incoming {
            id,
            ..Incoming::any_of(class, self.now)
        };
        let filters = self
            .standing
            .get_mut()
            .filters(self.scheduler, &self.overlay, &pod);
        let nodes = self.overlay.len();
        let first = self.last_found + 1;
        let found = (first..first + nodes)
            .map(|step| step % nodes)
            .find(|&place| may(place) && filters.accepts(place));
        drop(filters);
        self.last_found = found.unwrap_or(self.last_found);
        found
    }

    /// Whether the node at `place` takes the pod.
    pub(super) fn accepts(&self, class: &Arc<PodTemplate>, id: Option<PodId>, place: usize) -> bool {
        let pod = Incoming {
            id,
            ..Incoming::any_of(class, self.now)
        };
        self.filters(&pod).accepts(place)
    }

    /// Why the node at `place` refuses the pod.
    pub(super) fn refusal(
        &self,
        class: &Arc<PodTemplate>,
        id: Option<PodId>,
        place: usize,
    ) -> Option<Status> {
        let pod = Incoming {
            id,
            ..Incoming::any_of(class, self.now)
        };
        self.filters(&pod).refusal(place)
    }

    fn filters<'p>(&'p self, pod: &'p Incoming<'p>) -> Filters<'p> {
        let mut standing = self.standing.borrow_mut();
        standing.filters(self.scheduler, &self.overlay, pod)
    }

    /// Binds a pod to the node at `place`.
    pub(super) fn put(&mut self, pod: BoundPod, place: usize) {
        self.tell_of_pod(&pod, place, 1);
        self.overlay.add_pod(place, pod);
    }
}
