//! What a node has left with a pod on it, as best and worst fit compare it: exactly, so that nodes are equal when they are
//! equal, and an index sorted by it answers as a look at every node does.

use crate::model::cluster::NodeView;
use crate::model::packing::{MeanShare, Share};
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;

/// Knows the weights of the shape it saw last: nodes of one shape mostly stand together.
#[derive(Default)]
pub(super) struct LeftAfter {
    shape: Option<(Resources, MeanShare)>,
}

impl LeftAfter {
    /// The mean share of the node's CPU, memory and extended resources that is free with such a pod on it; there is room.
    pub(super) fn on(&mut self, node: &NodeView, template: &PodTemplate) -> Share {
        let whole = &node.allocatable;
        let shape = self.shape.take().filter(|(known, _)| known == whole);
        let (_, mean) = self
            .shape
            .insert(shape.unwrap_or_else(|| (whole.clone(), MeanShare::of(whole.amounts_in(whole)))));
        let needs = template.requests().amounts_in(whole);
        mean.share(
            node.free
                .amounts_in(whole)
                .zip(needs)
                .map(|(free, need)| free.saturating_sub(need)),
        )
    }
}
