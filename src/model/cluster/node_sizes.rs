//! How large the nodes of a cluster are: there are many nodes, and of few sizes.

use super::view::{ClusterView, NodeView};
use crate::model::resources::Resources;
use std::collections::BTreeMap;

/// What pods may reserve on a node, and how many nodes have just that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSizes(BTreeMap<Resources, usize>);

impl NodeSizes {
    /// Looks at every node of `view`.
    #[must_use]
    pub fn of(view: &(impl ClusterView + ?Sized)) -> Self {
        let mut sizes = Self::default();
        let nodes = (0..view.len()).filter_map(|place| view.node(place));
        nodes.for_each(|node| sizes.add(node));
        sizes
    }

    /// Each size once, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = &Resources> {
        self.0.keys()
    }

    /// A node comes.
    pub(super) fn add(&mut self, node: &NodeView) {
        match self.0.get_mut(&node.allocatable) {
            Some(nodes) => *nodes += 1,
            None => {
                self.0.insert(node.allocatable.clone(), 1);
            }
        }
    }

    /// A node goes.
    pub(super) fn remove(&mut self, node: &NodeView) {
        let Some(nodes) = self.0.get_mut(&node.allocatable) else {
            return;
        };
        *nodes -= 1;
        if *nodes == 0 {
            self.0.remove(&node.allocatable);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClusterView, NodeSizes};
    use crate::model::cluster::fixed::Fixed;
    use crate::model::cluster::{NodeFacts, NodeView, Overlay};
    use crate::model::resources::Resources;

    fn node(cpu: u64) -> NodeView {
        NodeView::new(NodeFacts::default(), Resources::new(cpu, 1 << 30))
    }

    fn cpus(sizes: &NodeSizes) -> Vec<u64> {
        sizes.iter().map(|size| size.cpu_milli).collect()
    }

    #[test]
    fn a_size_is_there_as_long_as_one_node_has_it() {
        let mut sizes = NodeSizes::of(&Fixed(vec![node(2000), node(1000), node(2000)]));
        assert_eq!(cpus(&sizes), [1000, 2000]);
        sizes.remove(&node(2000));
        assert_eq!(cpus(&sizes), [1000, 2000], "another has it");
        sizes.remove(&node(2000));
        assert_eq!(cpus(&sizes), [1000]);
        sizes.add(&node(500));
        assert_eq!(cpus(&sizes), [500, 1000]);
    }

    #[test]
    fn a_what_if_knows_the_sizes_of_the_nodes_it_added_and_took_away() {
        let below = Fixed(vec![node(1000), node(2000)]);
        let mut overlay = Overlay::new(&below);
        assert_eq!(cpus(&overlay.node_sizes()), [1000, 2000]);
        overlay.add_node(node(4000));
        overlay.remove_node(1);
        assert_eq!(cpus(&overlay.node_sizes()), [1000, 4000]);
    }
}
