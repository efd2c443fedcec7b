//! All that is asked for of a dimension must go into bins that hold so much of it: the continuous bound of Martello and
//! Toth, *Knapsack Problems*, 1990, § 8.2, in each dimension (Spieksma, *Computers & Operations Research* 21, 1994).

use super::columns::Columns;
use super::supply::Supply;
use crate::model::packing::Instance;

/// The most that any dimension asks for, of bins of several kinds the largest first.
pub(super) fn bins(instance: &Instance, columns: &Columns) -> u64 {
    let sum = |sizes: &Vec<u64>| sizes.iter().map(|&size| u128::from(size)).sum();
    let demand: Vec<u128> = columns.sizes.iter().map(sum).collect();
    Supply::of_kinds(&instance.kinds).fewest(&demand)
}
