//! What a node has left with a pod on it, as best and worst fit compare it: exactly, so that nodes are equal when they are
//! equal, and an index sorted by it answers as a look at every node does.

use super::rule::{Bin, Need};
use crate::model::packing::{MeanShare, Share};

/// Knows the weights of the shape it saw last: nodes of one shape mostly stand together.
#[derive(Default)]
pub(super) struct LeftAfter {
    shape: Option<(Vec<u64>, MeanShare)>,
}

impl LeftAfter {
    /// The mean share of all that the node has that is free with the pod on it; there is room.
    pub(super) fn on(&mut self, bin: &Bin<'_>, need: &Need<'_>) -> Share {
        let shape = self.shape.take().filter(|(known, _)| known == bin.capacity);
        let (_, mean) = self.shape.insert(
            shape.unwrap_or_else(|| (bin.capacity.to_vec(), MeanShare::of(bin.capacity.iter().copied()))),
        );
        let after = bin.free.iter().zip(need.sizes);
        mean.share(after.map(|(free, size)| free.saturating_sub(*size)))
    }
}
