//! All that is asked for of a dimension must go into bins that hold so much of it: the continuous bound of Martello and
//! Toth, *Knapsack Problems*, 1990, § 8.2, in each dimension (Spieksma, *Computers & Operations Research* 21, 1994).

use super::columns::Columns;
use crate::model::packing::Instance;

/// The most that any dimension asks for, of bins of several kinds the largest first.
pub(super) fn bins(instance: &Instance, columns: &Columns) -> u64 {
    let by_dimension = columns.sizes.iter().enumerate().map(|(dimension, sizes)| {
        let sum: u128 = sizes.iter().map(|&size| u128::from(size)).sum();
        let kinds = instance.kinds.iter();
        fewest(sum, kinds.map(|kind| (kind.capacity[dimension], kind.most)))
    });
    by_dimension.max().unwrap_or(0)
}

/// How few of these bins, given by what one holds and how many there are, hold `sum` between them: the largest first.
/// Where all of them do not, all of them.
pub(super) fn fewest(sum: u128, bins: impl Iterator<Item = (u64, Option<u64>)>) -> u64 {
    let mut bins: Vec<_> = bins.filter(|&(capacity, _)| capacity > 0).collect();
    bins.sort_unstable_by_key(|&(capacity, _)| std::cmp::Reverse(capacity));
    let (mut left, mut taken) = (sum, 0_u64);
    for (capacity, most) in bins {
        if left == 0 {
            break;
        }
        let needed = left.div_ceil(u128::from(capacity));
        let here = needed.min(most.map_or(u128::MAX, u128::from));
        left = left.saturating_sub(here * u128::from(capacity));
        taken = taken.saturating_add(u64::try_from(here).unwrap_or(u64::MAX));
    }
    taken
}
