//! Fewer bins than this no packing takes.
//!
//! Knows: instances. Must not know: heuristics.

use super::Instance;

/// A proven lower bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// No packing takes fewer bins.
    pub bins: u64,
    /// How it was proven.
    pub method: &'static str,
}

/// The greatest lower bound that is quick to prove: the total of each dimension over the largest capacity in it.
#[must_use]
pub fn lower_bound(instance: &Instance) -> Bound {
    let one = |dimension: usize| {
        let total: i128 = instance.items.iter().map(|item| item.size(dimension)).sum();
        let total = u128::try_from(total).unwrap_or(0);
        let capacities = instance.kinds.iter().map(|kind| kind.capacity[dimension]);
        let capacity = capacities.max().unwrap_or(0).max(1);
        u64::try_from(total.div_ceil(u128::from(capacity))).unwrap_or(u64::MAX)
    };
    let bins = (0..instance.dimensions.len()).map(one).max().unwrap_or(0);
    Bound { bins, method: "L1" }
}
