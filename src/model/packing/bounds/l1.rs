//! All that is asked for of a dimension must go into bins that hold so much of it: the continuous bound of Martello and
//! Toth, *Knapsack Problems*, 1990, § 8.2, in each dimension (Spieksma, *Computers & Operations Research* 21, 1994).

use super::supply::Supply;
use crate::model::packing::{Instance, Item};

/// The most that any dimension asks for, of bins of several kinds the largest first. Sizes below zero count as they are.
pub(super) fn bins(instance: &Instance) -> u64 {
    // Beside one that gives back even an item that is too large for an empty bin may find room.
    let all = instance.has_sizes_below_zero();
    let fits = |item: &&Item| all || instance.kinds.iter().any(|kind| item.fits(&kind.capacity));
    let sum = |dimension: usize| -> i128 {
        let items = instance.items.iter().filter(fits);
        items.map(|item| item.size(dimension)).sum()
    };
    let demand: Vec<u128> = (0..instance.dimensions.len())
        .map(|dimension| u128::try_from(sum(dimension)).unwrap_or(0))
        .collect();
    Supply::of_kinds(&instance.kinds).fewest(&demand)
}
