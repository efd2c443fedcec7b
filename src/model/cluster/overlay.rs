//! A hypothetical cluster on top of another view: copy on write, with checkpoints to go back to and forks to try from.

use super::node_pods::BoundPod;
use super::node_sizes::NodeSizes;
use super::objects::ApiObjects;
use super::view::{ClusterView, NodeView, has_pod_affinity};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A what-if: pods and nodes added or removed without touching the view below.
pub struct Overlay<'a> {
    below: &'a dyn ClusterView,
    changed: BTreeMap<usize, Option<Arc<NodeView>>>,
    len: usize,
    /// Whether nodes are others than below.
    nodes_changed: bool,
    journal: Vec<Undo>,
    /// Of a fork: how far the journal of what it was forked from had come.
    forked_at: usize,
}

/// How to take one step back.
enum Undo {
    /// What was noted of a position; `None` for nothing.
    Node(usize, Option<Option<Arc<NodeView>>>),
    Added(usize, u64),
    Removed(usize, u64, BoundPod),
}

/// A state of an overlay to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint {
    journal: usize,
    len: usize,
    nodes_changed: bool,
}

impl<'a> Overlay<'a> {
    /// Nothing changed yet.
    #[must_use]
    pub fn new(below: &'a dyn ClusterView) -> Self {
        Self {
            below,
            changed: BTreeMap::new(),
            len: below.len(),
            nodes_changed: false,
            journal: Vec::new(),
            forked_at: 0,
        }
    }

    /// A what-if on top of this one: it starts from the same state and shares what neither changes. It is dropped, or
    /// [committed](Self::commit) to what it was forked from.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            below: self.below,
            changed: self.changed.clone(),
            len: self.len,
            nodes_changed: self.nodes_changed,
            journal: Vec::new(),
            forked_at: self.journal.len(),
        }
    }

    /// Takes over what `fork` has become. Checkpoints of this overlay stay good.
    ///
    /// # Panics
    /// If this overlay has changed since `fork` was made from it: one of the two would be lost.
    pub fn commit(&mut self, fork: Self) {
        assert_eq!(
            self.journal.len(),
            fork.forked_at,
            "a fork is committed to what it was forked from, unchanged"
        );
        self.journal.extend(fork.journal);
        (self.changed, self.len, self.nodes_changed) = (fork.changed, fork.len, fork.nodes_changed);
    }

    /// Adds a node; returns its position.
    pub fn add_node(&mut self, node: NodeView) -> usize {
        let place = self.len;
        self.len += 1;
        self.write(place, Some(node));
        place
    }

    /// Takes a node away.
    pub fn remove_node(&mut self, place: usize) {
        self.write(place, None);
    }

    /// Puts another node in the place of one.
    pub fn replace_node(&mut self, place: usize, node: NodeView) {
        self.write(place, Some(node));
    }

    /// Treats a booting node as if it took pods already.
    pub fn open_node(&mut self, place: usize) {
        if let Some(mut node) = self.node(place).cloned() {
            (node.open, node.booting) = (true, false);
            self.write(place, Some(node));
        }
    }

    /// Binds a pod to the node at `place`; returns the pod's ticket there.
    pub fn add_pod(&mut self, place: usize, pod: BoundPod) -> Option<u64> {
        let ticket = self.own(place)?.bind(pod);
        self.journal.push(Undo::Added(place, ticket));
        Some(ticket)
    }

    /// Takes the pod with this ticket off the node at `place`.
    pub fn remove_pod(&mut self, place: usize, ticket: u64) -> Option<BoundPod> {
        let pod = self.own(place)?.unbind(ticket)?;
        self.journal.push(Undo::Removed(place, ticket, pod.clone()));
        Some(pod)
    }

    /// Puts a pod back that had this ticket on the node at `place`.
    pub fn put_back(&mut self, place: usize, ticket: u64, pod: BoundPod) {
        if let Some(node) = self.own(place) {
            node.bind_again(ticket, pod);
            self.journal.push(Undo::Added(place, ticket));
        }
    }

    /// The present state, for [`Self::revert`].
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            journal: self.journal.len(),
            len: self.len,
            nodes_changed: self.nodes_changed,
        }
    }

    /// Undoes everything after `to`.
    pub fn revert(&mut self, to: Checkpoint) {
        while self.journal.len() > to.journal {
            match self.journal.pop() {
                Some(Undo::Node(place, Some(before))) => {
                    self.changed.insert(place, before);
                }
                Some(Undo::Node(place, None)) => {
                    self.changed.remove(&place);
                }
                Some(Undo::Added(place, ticket)) => {
                    if let Some(Some(node)) = self.changed.get_mut(&place) {
                        Arc::make_mut(node).unbind(ticket);
                    }
                }
                Some(Undo::Removed(place, ticket, pod)) => {
                    if let Some(Some(node)) = self.changed.get_mut(&place) {
                        Arc::make_mut(node).bind_again(ticket, pod);
                    }
                }
                None => break,
            }
        }
        (self.len, self.nodes_changed) = (to.len, to.nodes_changed);
    }

    /// The overlay's own copy of the node at `place`.
    fn own(&mut self, place: usize) -> Option<&mut NodeView> {
        if !self.changed.contains_key(&place) {
            let node = self.below.node(place)?.clone();
            self.changed.insert(place, Some(Arc::new(node)));
            self.journal.push(Undo::Node(place, None));
        }
        self.changed.get_mut(&place)?.as_mut().map(Arc::make_mut)
    }

    fn write(&mut self, place: usize, node: Option<NodeView>) {
        self.nodes_changed = true;
        let before = self.changed.insert(place, node.map(Arc::new));
        self.journal.push(Undo::Node(place, before));
    }
}

impl ClusterView for Overlay<'_> {
    fn len(&self) -> usize {
        self.len
    }

    fn node(&self, place: usize) -> Option<&NodeView> {
        match self.changed.get(&place) {
            Some(node) => node.as_deref(),
            None => self.below.node(place),
        }
    }

    fn objects(&self) -> &ApiObjects {
        self.below.objects()
    }

    fn nodes_with_image(&self, image: &str) -> usize {
        let has = |node: Option<&NodeView>| node.is_some_and(|node| node.images.contains_key(image));
        let before = self
            .changed
            .keys()
            .filter(|&&place| has(self.below.node(place)))
            .count();
        let after = self.changed.values().filter(|node| has(node.as_deref())).count();
        self.below.nodes_with_image(image) - before + after
    }

    fn may_have_pod_affinity(&self) -> bool {
        self.below.may_have_pod_affinity()
            || self.changed.values().flatten().any(|node| has_pod_affinity(node))
    }

    fn node_sizes(&self) -> Cow<'_, NodeSizes> {
        if self.nodes_changed {
            Cow::Owned(NodeSizes::of(self))
        } else {
            self.below.node_sizes()
        }
    }

    fn roster_version(&self) -> Option<u64> {
        self.below.roster_version().filter(|_| !self.nodes_changed)
    }
}

#[cfg(test)]
mod tests {
    use super::{BoundPod, ClusterView, NodeView, Overlay};
    use crate::engine::Time;
    use crate::model::cluster::NodeFacts;
    use crate::model::cluster::fixed::Fixed;
    use crate::model::gpu::Taken;
    use crate::model::pod_template::PodTemplate;
    use crate::model::resources::Resources;
    use std::sync::Arc;

    fn node(cpu: u64) -> NodeView {
        NodeView::new(NodeFacts::default(), Resources::new(cpu, 1 << 30).with_pods(10))
    }

    fn pod(cpu: u64) -> BoundPod {
        let class = PodTemplate::new(Vec::new()).with_overhead(&Resources::new(cpu, 0));
        BoundPod {
            class: Arc::new(class),
            id: None,
            started: Time::ZERO,
            terminating: None,
            devices: Taken::NONE,
        }
    }

    #[test]
    fn a_reverted_what_if_leaves_no_trace_and_the_view_below_never_changes() {
        let below = Fixed(vec![node(1000), node(2000)]);
        let mut overlay = Overlay::new(&below);
        let first = overlay.add_pod(0, pod(300)).unwrap();
        let before = overlay.checkpoint();
        overlay.add_pod(0, pod(300));
        overlay.remove_pod(0, first);
        overlay.add_pod(0, pod(300));
        overlay.remove_node(1);
        let added = overlay.add_node(node(4000));
        overlay.add_pod(added, pod(1000));
        let free = |overlay: &Overlay<'_>, place| overlay.node(place).map(|node| node.free.cpu_milli);
        assert_eq!(
            [free(&overlay, 0), free(&overlay, 1), free(&overlay, 2)],
            [Some(400), None, Some(3000)]
        );
        overlay.revert(before);
        assert_eq!(overlay.len(), 2);
        assert_eq!([free(&overlay, 0), free(&overlay, 1)], [Some(700), Some(2000)]);
        let pods = &overlay.node(0).unwrap().pods;
        assert_eq!(
            (pods.len(), pods.classes().len(), pods.get(first).is_some()),
            (1, 1, true)
        );
        assert_eq!(below.0[0].free.cpu_milli, 1000);
    }

    /// A fork is a world of its own until it is committed; then it is one more step that can be taken back.
    #[test]
    fn a_fork_is_seen_only_when_committed_and_can_be_taken_back_whole() {
        let below = Fixed(vec![node(1000), node(2000)]);
        let mut overlay = Overlay::new(&below);
        let first = overlay.add_pod(0, pod(300)).unwrap();
        let before = overlay.checkpoint();
        let free = |overlay: &Overlay<'_>| -> Vec<_> {
            (0..overlay.len())
                .map(|place| overlay.node(place).map(|node| node.free.cpu_milli))
                .collect()
        };
        let mut fork = overlay.fork();
        fork.remove_pod(0, first);
        fork.add_pod(1, pod(500));
        let added = fork.add_node(node(4000));
        fork.add_pod(added, pod(1000));
        assert_eq!(free(&fork), [Some(1000), Some(1500), Some(3000)]);
        assert_eq!(free(&overlay), [Some(700), Some(2000)]);
        overlay.commit(fork);
        assert_eq!(free(&overlay), [Some(1000), Some(1500), Some(3000)]);
        overlay.revert(before);
        assert_eq!(free(&overlay), [Some(700), Some(2000)]);
        assert!(overlay.node(0).unwrap().pods.get(first).is_some());
    }
}
