//! One dimension of a problem by itself: a bin packing problem of numbers.

/// Numbers that are to go into bins of one capacity, smallest first. None is above the capacity.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) capacity: u64,
    pub(super) sizes: Vec<u64>,
    /// Sum of the first 0, 1, 2 … sizes.
    sums: Vec<u128>,
}

impl Line {
    pub(super) fn new(capacity: u64, mut sizes: Vec<u64>) -> Self {
        sizes.sort_unstable();
        let mut sums = vec![0];
        sums.extend(sizes.iter().scan(0, |sum, &size| {
            *sum += u128::from(size);
            Some(*sum)
        }));
        Self {
            capacity,
            sizes,
            sums,
        }
    }

    /// How many are below `size`.
    pub(super) fn below(&self, size: u64) -> usize {
        self.sizes.partition_point(|&own| own < size)
    }

    /// How many are at most `size`.
    pub(super) fn up_to(&self, size: u64) -> usize {
        self.sizes.partition_point(|&own| own <= size)
    }

    /// Sum of the sizes at these positions.
    pub(super) fn sum(&self, from: usize, until: usize) -> u128 {
        self.sums[until] - self.sums[from]
    }

    /// Each size that occurs and is half the capacity at most, smallest first.
    pub(super) fn thresholds(&self) -> Vec<u64> {
        let mut sizes = self.sizes[..self.up_to(self.capacity / 2)].to_vec();
        sizes.dedup();
        sizes
    }
}

/// `sum / capacity` in whole bins, rounded up; none if there is nothing to divide by.
pub(super) fn bins_for(sum: u128, capacity: u128) -> u64 {
    if capacity == 0 {
        return 0;
    }
    u64::try_from(sum.div_ceil(capacity)).unwrap_or(u64::MAX)
}
