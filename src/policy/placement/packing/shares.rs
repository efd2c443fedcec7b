//! Sizes of items as shares of a bin.

use crate::model::packing::Instance;

/// A part of a whole, as 32-bit arithmetic has it; none of a capacity that is not there.
pub(super) fn share(part: u64, whole: u64) -> f32 {
    match whole {
        0 => 0.0,
        whole => part as f32 / whole as f32,
    }
}

/// Every item's sizes as shares of the bin, and what they add up to. Where there are several kinds of bins, of the greatest
/// capacity of any in each dimension.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    dimensions: usize,
    of: Vec<f32>,
    /// The sum over all items in each dimension, in the order in which they are presented.
    pub(super) totals: Vec<f32>,
}

impl Shares {
    pub(super) fn new(instance: &Instance) -> Self {
        let dimensions = instance.dimensions.len();
        let capacity = instance.largest();
        let mut of = Vec::with_capacity(instance.items.len() * dimensions);
        let mut totals = vec![0.0; dimensions];
        for item in &instance.items {
            for (dimension, (&capacity, total)) in capacity.iter().zip(&mut totals).enumerate() {
                let share = match item.below_zero.get(dimension) {
                    Some(&below) if below > 0 => -share(below, capacity),
                    _ => share(item.sizes[dimension], capacity),
                };
                of.push(share);
                *total += share;
            }
        }
        Self {
            dimensions,
            of,
            totals,
        }
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.of.len() / self.dimensions.max(1)
    }

    /// An item's shares.
    pub(super) fn item(&self, item: usize) -> &[f32] {
        &self.of[item * self.dimensions..][..self.dimensions]
    }
}
