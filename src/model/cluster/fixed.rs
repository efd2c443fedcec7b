//! A cluster of nodes that never change, for unit tests of whatever looks at one.

use super::view::{ClusterView, NodeView};

/// Nodes at their positions.
pub(crate) struct Fixed(pub(crate) Vec<NodeView>);

impl ClusterView for Fixed {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn node(&self, place: usize) -> Option<&NodeView> {
        self.0.get(place)
    }
}
