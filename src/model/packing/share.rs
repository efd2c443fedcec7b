//! Mean shares of a capacity, in whole numbers: what best and worst fit compare.
//!
//! Of one capacity, every amount counts by a whole weight, so the order of what is free does not depend on the pod that
//! comes: that is what lets an index be sorted by it. Weights are exact (the capacities' least common multiple over the
//! capacity) where that multiple fits, so what is equal is equal, whichever way rounding would have gone; else they are
//! fixed point, 2⁶² a mean share of one.

use std::cmp::Ordering;

/// Most that all weights of a whole capacity come to.
const WHOLE_MAX: u64 = 1 << 62;

/// How much each amount of a capacity counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeanShare {
    weights: Vec<u64>,
    whole: u64,
}

/// A mean share: `part` of `whole`.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// The weighted sum of the amounts.
    pub part: u64,
    /// What it is of a whole capacity, above zero.
    pub whole: u64,
}

impl MeanShare {
    /// Of `capacity`, one number a dimension; dimensions of which there is nothing do not count.
    #[must_use]
    pub fn of(capacity: impl IntoIterator<Item = u64>) -> Self {
        let capacity: Vec<u64> = capacity.into_iter().collect();
        let present = capacity.iter().copied().filter(|&amount| amount > 0);
        let count = present.clone().count().max(1) as u64;
        let each_max = WHOLE_MAX / count;
        let multiple = present
            .map(Some)
            .reduce(|one, other| least_common_multiple(one?, other?))
            .unwrap_or(Some(1));
        let each = multiple.filter(|&each| each <= each_max).unwrap_or(each_max);
        Self {
            weights: capacity
                .iter()
                .map(|&amount| each.checked_div(amount).unwrap_or(0))
                .collect(),
            whole: each * count,
        }
    }

    /// How much a unit of each dimension counts.
    #[must_use]
    pub fn weights(&self) -> &[u64] {
        &self.weights
    }

    /// What [`Share::part`] is of the whole capacity (a little less where weights are fixed point).
    #[must_use]
    pub const fn whole(&self) -> u64 {
        self.whole
    }

    /// The mean share that `amounts` are, none above the capacity's.
    #[must_use]
    pub fn share(&self, amounts: impl IntoIterator<Item = u64>) -> Share {
        let products = self
            .weights
            .iter()
            .zip(amounts)
            .map(|(weight, amount)| weight.saturating_mul(amount));
        Share {
            part: products.fold(0, u64::saturating_add),
            whole: self.whole,
        }
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.whole == other.whole {
            return self.part.cmp(&other.part);
        }
        let product = |part: u64, whole: u64| u128::from(part) * u128::from(whole);
        product(self.part, other.whole).cmp(&product(other.part, self.whole))
    }
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Share {}

fn least_common_multiple(one: u64, other: u64) -> Option<u64> {
    let (mut divisor, mut rest) = (one, other);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (one / divisor).checked_mul(other)
}

#[cfg(test)]
mod tests {
    use super::{MeanShare, WHOLE_MAX};

    #[test]
    fn equal_shares_are_equal_however_they_are_made_up() {
        let small = MeanShare::of([3, 7]);
        assert_eq!(
            small.share([3, 0]),
            small.share([0, 7]),
            "1/2 is 1/2: no rounding"
        );
        let large = MeanShare::of([64_000, 256 << 30, 8]);
        assert_eq!(small.share([0, 0]), large.share([0, 0, 0]));
        assert_eq!(small.share([3, 7]), large.share([64_000, 256 << 30, 8]));
        assert_eq!(
            MeanShare::of([6, 0]).share([2, 0]),
            MeanShare::of([3]).share([1]),
            "what is not there does not count"
        );
        assert!(
            small.share([2, 0]) > large.share([0, 0, 2]),
            "1/3 of two against 1/4 of three"
        );
    }

    #[test]
    fn capacities_without_a_small_common_multiple_are_fixed_point_and_stay_in_range() {
        let odd = MeanShare::of([(1 << 44) - 1, (1 << 43) - 3, 1_000_003]);
        assert!(odd.whole() <= WHOLE_MAX && odd.whole() > WHOLE_MAX - 3);
        let all = odd.share([(1 << 44) - 1, (1 << 43) - 3, 1_000_003]);
        assert!(all.part <= all.whole && all.part > all.whole / 1000 * 999);
        assert_eq!(MeanShare::of([]).share([]).part, 0, "a node of nothing");
    }
}
