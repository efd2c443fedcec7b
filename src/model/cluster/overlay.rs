//! A hypothetical cluster on top of another view: copy on write, with checkpoints to go back to.

use super::view::{ClusterView, NodeView};
use crate::model::resources::Resources;
use std::collections::BTreeMap;

/// A what-if: pods and nodes added or removed without touching the view below.
pub struct Overlay<'a> {
    below: &'a dyn ClusterView,
    changed: BTreeMap<usize, Option<NodeView>>,
    len: usize,
    journal: Vec<(usize, Option<Option<NodeView>>)>,
}

/// A state of an overlay to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint {
    journal: usize,
    len: usize,
}

impl<'a> Overlay<'a> {
    /// Nothing changed yet.
    #[must_use]
    pub fn new(below: &'a dyn ClusterView) -> Self {
        Self {
            below,
            changed: BTreeMap::new(),
            len: below.len(),
            journal: Vec::new(),
        }
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

    /// Treats a booting node as if it took pods already.
    pub fn open_node(&mut self, place: usize) {
        if let Some(mut node) = self.node(place).cloned() {
            node.open = true;
            self.write(place, Some(node));
        }
    }

    /// Binds a pod that reserves `requests` to the node at `place`.
    pub fn add_pod(&mut self, place: usize, requests: &Resources) {
        if let Some(mut node) = self.node(place).cloned() {
            node.free.subtract(requests);
            node.pods += 1;
            self.write(place, Some(node));
        }
    }

    /// Takes a pod that reserves `requests` off the node at `place`.
    pub fn remove_pod(&mut self, place: usize, requests: &Resources) {
        if let Some(mut node) = self.node(place).cloned() {
            node.free.add(requests);
            node.pods = node.pods.saturating_sub(1);
            self.write(place, Some(node));
        }
    }

    /// The present state, for [`Self::revert`].
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            journal: self.journal.len(),
            len: self.len,
        }
    }

    /// Undoes everything after `to`.
    pub fn revert(&mut self, to: Checkpoint) {
        for (place, before) in self.journal.drain(to.journal.min(self.journal.len())..).rev() {
            match before {
                Some(node) => self.changed.insert(place, node),
                None => self.changed.remove(&place),
            };
        }
        self.len = to.len;
    }

    fn write(&mut self, place: usize, node: Option<NodeView>) {
        let before = self.changed.insert(place, node);
        self.journal.push((place, before));
    }
}

impl ClusterView for Overlay<'_> {
    fn len(&self) -> usize {
        self.len
    }

    fn node(&self, place: usize) -> Option<&NodeView> {
        match self.changed.get(&place) {
            Some(node) => node.as_ref(),
            None => self.below.node(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClusterView, NodeView, Overlay};
    use crate::model::labels::Labels;
    use crate::model::resources::Resources;

    struct Fixed(Vec<NodeView>);
    impl ClusterView for Fixed {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn node(&self, place: usize) -> Option<&NodeView> {
            self.0.get(place)
        }
    }

    fn node(cpu: u64) -> NodeView {
        let free = Resources::new(cpu, 1 << 30);
        NodeView {
            pool: 0,
            zone: 0,
            open: true,
            booting: false,
            allocatable: free.clone(),
            free,
            pods: 0,
            labels: Labels::new(),
            taints: Vec::new(),
        }
    }

    #[test]
    fn a_reverted_what_if_leaves_no_trace_and_the_view_below_never_changes() {
        let below = Fixed(vec![node(1000), node(2000)]);
        let mut overlay = Overlay::new(&below);
        overlay.add_pod(0, &Resources::new(300, 0));
        let before = overlay.checkpoint();
        overlay.add_pod(0, &Resources::new(300, 0));
        overlay.remove_node(1);
        let added = overlay.add_node(node(4000));
        overlay.add_pod(added, &Resources::new(1000, 0));
        let free = |overlay: &Overlay<'_>, place| overlay.node(place).map(|node| node.free.cpu_milli);
        assert_eq!(
            [free(&overlay, 0), free(&overlay, 1), free(&overlay, 2)],
            [Some(400), None, Some(3000)]
        );
        overlay.revert(before);
        assert_eq!(overlay.len(), 2);
        assert_eq!([free(&overlay, 0), free(&overlay, 1)], [Some(700), Some(2000)]);
        assert_eq!(below.0[0].free.cpu_milli, 1000);
    }
}
