//! The items of a problem by dimension, against the largest bin there could be.

use super::line::Line;
use crate::model::packing::Instance;

/// Sizes by dimension. Items that no kind of bin takes are left out.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// Of each dimension the most that any kind of bin holds.
    pub(super) capacity: Vec<u64>,
    /// Of each dimension the sizes of all items.
    pub(super) sizes: Vec<Vec<u64>>,
    /// Items.
    pub(super) len: usize,
}

impl Columns {
    pub(super) fn of(instance: &Instance) -> Self {
        let fits =
            |sizes: &[u64], capacity: &[u64]| sizes.iter().zip(capacity).all(|(size, room)| size <= room);
        let items: Vec<&[u64]> = (instance.items.iter())
            .map(|item| item.sizes.as_slice())
            .filter(|sizes| instance.kinds.iter().any(|kind| fits(sizes, &kind.capacity)))
            .collect();
        let dimensions = instance.dimensions.len();
        Self {
            capacity: instance.largest(),
            sizes: (0..dimensions)
                .map(|dimension| items.iter().map(|sizes| sizes[dimension]).collect())
                .collect(),
            len: items.len(),
        }
    }

    /// Every dimension by itself.
    pub(super) fn lines(&self) -> Vec<Line> {
        (self.capacity.iter().zip(&self.sizes))
            .map(|(&capacity, sizes)| Line::new(capacity, sizes.clone()))
            .collect()
    }

    /// Whether two items go into one bin.
    pub(super) fn fit_together(&self, one: usize, other: usize) -> bool {
        (self.capacity.iter().zip(&self.sizes)).all(|(&capacity, sizes)| {
            u128::from(sizes[one]) + u128::from(sizes[other]) <= u128::from(capacity)
        })
    }
}
