//! How few of the bins that there are hold what is asked for: the largest first, in each dimension by itself.

use crate::model::packing::BinKind;
use std::cmp::Reverse;

/// Bins of several kinds, or the nodes of a fleet, by what they hold of each dimension.
#[derive(Clone, Debug)]
pub struct Supply {
    by_dimension: Vec<Vec<Run>>,
}

/// Bins that hold as much as each other of one dimension, after those that hold more.
#[derive(Clone, Debug)]
struct Run {
    capacity: u64,
    /// What all bins before these hold.
    held_before: u128,
    /// How many they are.
    bins_before: u64,
    /// How many these are.
    bins: u64,
}

impl Supply {
    /// Of kinds of bins, those without end included.
    #[must_use]
    pub fn of_kinds(kinds: &[BinKind]) -> Self {
        Self::of(
            kinds
                .iter()
                .map(|kind| (kind.capacity.as_slice(), kind.most.unwrap_or(u64::MAX))),
        )
    }

    /// Of bins, each given by what it holds of every dimension.
    #[must_use]
    pub fn of_bins<'a>(bins: impl Iterator<Item = &'a [u64]>) -> Self {
        Self::of(bins.map(|capacity| (capacity, 1)))
    }

    fn of<'a>(bins: impl Iterator<Item = (&'a [u64], u64)>) -> Self {
        let bins: Vec<_> = bins.collect();
        let dimensions = bins.first().map_or(0, |(capacity, _)| capacity.len());
        let runs = |dimension: usize| {
            let mut sizes: Vec<(u64, u64)> = bins
                .iter()
                .map(|(capacity, count)| (capacity[dimension], *count))
                .collect();
            sizes.retain(|&(capacity, count)| capacity > 0 && count > 0);
            sizes.sort_unstable_by_key(|&(capacity, _)| Reverse(capacity));
            let mut runs: Vec<Run> = Vec::new();
            for (capacity, count) in sizes {
                let (held_before, bins_before) = runs.last().map_or((0, 0), Run::end);
                match runs.last_mut().filter(|run| run.capacity == capacity) {
                    Some(run) => run.bins = run.bins.saturating_add(count),
                    None => runs.push(Run {
                        capacity,
                        held_before,
                        bins_before,
                        bins: count,
                    }),
                }
            }
            runs
        };
        Self {
            by_dimension: (0..dimensions).map(runs).collect(),
        }
    }

    /// How few hold `demand` of one dimension between them; all of them where all do not.
    #[must_use]
    pub fn fewest_for(&self, dimension: usize, demand: u128) -> u64 {
        let runs = &self.by_dimension[dimension];
        let Some(run) = runs[..runs.partition_point(|run| run.held_before < demand)].last() else {
            return 0;
        };
        let needed = (demand - run.held_before).div_ceil(u128::from(run.capacity));
        let here = u64::try_from(needed).unwrap_or(u64::MAX).min(run.bins);
        run.bins_before.saturating_add(here)
    }

    /// How few hold `demand`, given by dimension; all of them where all do not.
    #[must_use]
    pub fn fewest(&self, demand: &[u128]) -> u64 {
        let by_dimension = demand.iter().enumerate();
        by_dimension
            .map(|(dimension, &demand)| self.fewest_for(dimension, demand))
            .max()
            .unwrap_or(0)
    }

    /// The most that any bin holds of a dimension.
    #[must_use]
    pub fn largest(&self, dimension: usize) -> u64 {
        self.by_dimension[dimension].first().map_or(0, |run| run.capacity)
    }

    /// How many dimensions there are; none without a bin.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.by_dimension.len()
    }
}

impl Run {
    fn end(&self) -> (u128, u64) {
        let held = u128::from(self.bins).saturating_mul(u128::from(self.capacity));
        (
            self.held_before.saturating_add(held),
            self.bins_before.saturating_add(self.bins),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Supply;

    #[test]
    fn the_largest_come_first_in_each_dimension_by_itself() {
        let bins: [&[u64]; 4] = [&[4, 100], &[8, 10], &[8, 0], &[2, 100]];
        let supply = Supply::of_bins(bins.into_iter());
        let fewest = |demand: [u128; 2]| supply.fewest(&demand);
        assert_eq!(fewest([0, 0]), 0);
        assert_eq!(fewest([8, 100]), 1);
        assert_eq!(fewest([16, 0]), 2);
        assert_eq!(fewest([17, 0]), 3);
        assert_eq!(fewest([1, 201]), 3);
        assert_eq!(fewest([1000, 0]), 4, "all there are");
        assert_eq!(fewest([0, 1000]), 3, "those that have any");
    }
}
