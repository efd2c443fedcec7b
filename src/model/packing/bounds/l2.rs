//! Items over half a bin keep apart, and small ones must fill the room they leave: the bound L2 of Martello and Toth,
//! *Knapsack Problems*, 1990, § 8.3, over all its thresholds.

use super::line::{Line, bins_for};

/// The best of all thresholds α from 0 to half the capacity: items above `capacity - α` have a bin each and share it with
/// none of at least α; those above half have one each and take of the smaller ones what fits beside them.
pub(super) fn bins(line: &Line) -> u64 {
    let capacity = line.capacity;
    if capacity == 0 {
        return 0;
    }
    let half = line.up_to(capacity / 2);
    let all = line.sizes.len();
    let bound = |threshold: u64| {
        let alone = line.up_to(capacity - threshold);
        let small = line.sum(line.below(threshold), half);
        let large = (alone - half) as u128;
        let room = large * u128::from(capacity) - line.sum(half, alone);
        (all - half) as u64 + bins_for(small.saturating_sub(room), u128::from(capacity))
    };
    // Between two sizes that occur nothing changes that would lift the bound.
    line.thresholds()
        .into_iter()
        .chain([0])
        .map(bound)
        .max()
        .unwrap_or(0)
}
