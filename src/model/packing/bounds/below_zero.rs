//! Items with sizes below 0, which give back to their bins.
//!
//! All other bounds count on sizes of 0 or more. Were every bin larger by all that all items give back, each packing would
//! still be one with nothing given back: what bounds that problem bounds this one.

use super::Bound;
use crate::model::packing::Instance;

/// The problem with larger bins and nothing given back.
pub(super) fn relaxed(instance: &Instance) -> Instance {
    let mut relaxed = instance.clone();
    for dimension in 0..instance.dimensions.len() {
        let back = instance
            .items
            .iter()
            .map(|item| item.below_zero.get(dimension).copied().unwrap_or(0));
        let back = back.fold(0, u64::saturating_add);
        for kind in &mut relaxed.kinds {
            kind.capacity[dimension] = kind.capacity[dimension].saturating_add(back);
        }
    }
    for item in &mut relaxed.items {
        item.below_zero.clear();
    }
    relaxed
}

/// The better of what `bound` says of the problem with larger bins and of the totals, in which what is given back counts.
pub(super) fn best(instance: &Instance, bound: impl Fn(&Instance) -> Bound) -> Bound {
    let relaxed = bound(&relaxed(instance));
    let largest = instance.largest();
    let totals = largest.iter().enumerate().map(|(dimension, &capacity)| {
        let total: i128 = instance.items.iter().map(|item| item.size(dimension)).sum();
        u128::try_from(total)
            .unwrap_or(0)
            .div_ceil(u128::from(capacity.max(1)))
    });
    let bins = u64::try_from(totals.max().unwrap_or(0)).unwrap_or(u64::MAX);
    if bins >= relaxed.bins {
        Bound { bins, method: "L1" }
    } else {
        relaxed
    }
}
