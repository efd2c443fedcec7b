//! Kinds of bins and classes of items as the linear program over kinds sees them.

use super::dual_feasible::rounded_part;
use crate::model::packing::{BinKind, Instance};
use std::collections::BTreeMap;

/// Dual feasible functions of each dimension beside the size itself: `u^(1)`, which keeps items over half a bin apart, and
/// `u^(2)`, which does so for thirds.
const ROUNDINGS: [u64; 2] = [1, 2];

/// Most classes; with more, sizes are rounded down until there are as few.
const CLASSES_MAX: usize = 300;

/// The kinds of bins of an instance.
pub(super) struct Kinds<'a> {
    kinds: &'a [BinKind],
}

impl<'a> Kinds<'a> {
    pub(super) fn of(instance: &'a Instance) -> Self {
        Self {
            kinds: &instance.kinds,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(super) fn most(&self, kind: usize) -> Option<u64> {
        self.kinds[kind].most
    }

    /// Whether there are so many of some kind.
    pub(super) fn are_limited(&self) -> bool {
        self.kinds.iter().any(|kind| kind.most.is_some())
    }

    /// Measures of a kind.
    pub(super) fn measures_len(&self) -> usize {
        self.kinds.first().map_or(0, |kind| kind.capacity.len()) * (1 + ROUNDINGS.len())
    }

    /// What an item takes of a bin of this kind by each measure, as part and whole. All items of a bin together take a
    /// whole at most.
    pub(super) fn measures(&self, kind: usize, sizes: &[u64]) -> impl Iterator<Item = (u64, u64)> {
        let capacity = self.kinds[kind].capacity.iter();
        capacity.zip(sizes).flat_map(|(&capacity, &size)| {
            let whole = capacity.max(1);
            let rounded = ROUNDINGS.iter().map(move |&k| rounded_part(size, whole, k));
            std::iter::once((size, whole)).chain(rounded)
        })
    }

    /// The kinds that take items of this class.
    pub(super) fn that_take(&self, classes: &Classes, class: usize) -> impl Iterator<Item = usize> {
        let sizes = classes.sizes(class);
        let takes = move |kind: &usize| {
            let capacity = &self.kinds[*kind].capacity;
            sizes.iter().zip(capacity).all(|(size, room)| size <= room)
        };
        (0..self.kinds.len()).filter(takes)
    }
}

/// Items of equal sizes, and how many there are of each.
pub(super) struct Classes {
    classes: Vec<(Vec<u64>, u64)>,
}

impl Classes {
    pub(super) fn of(instance: &Instance, kinds: &Kinds<'_>) -> Self {
        let dimensions = instance.dimensions.len();
        let largest: Vec<u64> = (0..dimensions)
            .map(|dimension| {
                kinds
                    .kinds
                    .iter()
                    .map(|kind| kind.capacity[dimension])
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut grid = vec![1; dimensions];
        for parts in [u64::MAX, 256, 64, 16, 8, 4, 2, 1] {
            if parts < u64::MAX {
                grid = largest.iter().map(|&largest| (largest / parts).max(1)).collect();
            }
            let mut classes = BTreeMap::<Vec<u64>, u64>::new();
            for item in &instance.items {
                // Smaller items never cost more.
                let sizes = item
                    .sizes
                    .iter()
                    .zip(&grid)
                    .map(|(size, grid)| size / grid * grid);
                *classes.entry(sizes.collect()).or_default() += 1;
            }
            if classes.len() <= CLASSES_MAX || parts == 1 {
                return Self {
                    classes: classes.into_iter().collect(),
                };
            }
        }
        unreachable!("the coarsest grid is taken")
    }

    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }

    pub(super) fn sizes(&self, class: usize) -> &[u64] {
        &self.classes[class].0
    }

    pub(super) fn count(&self, class: usize) -> u64 {
        self.classes[class].1
    }
}
