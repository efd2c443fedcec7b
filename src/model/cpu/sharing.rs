//! How a busy machine's CPU is shared: weighted max-min, the fair scheduler in the long run.
//!
//! Knows: weights, demands and a capacity. Must not know: what a claim is for.
//!
//! Nobody gets more than it asks for; what one leaves, the others share by their weights. Equivalently: nobody could get
//! more without taking from somebody who has less for its weight. Exact in integers: what rounding down leaves over goes
//! one by one to those who lost most by it, the first of equals first.

use std::cmp::Reverse;

/// What one container asks of its machine's CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its weight; one of zero counts as one.
    pub weight: u64,
    /// The most it could use now: its demand or its limit, whichever is less; in units of the capacity.
    pub most: u64,
}

impl Claim {
    /// A claim of `weight` by something that could use `demand` and may use `limit`.
    #[must_use]
    pub fn new(weight: u64, demand: u64, limit: Option<u64>) -> Self {
        Self {
            weight,
            most: limit.map_or(demand, |limit| demand.min(limit)),
        }
    }

    fn weight(self) -> u128 {
        self.weight.max(1).into()
    }
}

/// What each of the claims gets of `capacity`, in their order.
#[must_use]
pub fn share_out(capacity: u64, claims: &[Claim]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..claims.len()).collect();
    // Those that are content with least for their weight first.
    order.sort_by(|&one, &other| {
        let (one, other) = (claims[one], claims[other]);
        (u128::from(one.most) * other.weight()).cmp(&(u128::from(other.most) * one.weight()))
    });
    let mut shares = vec![0; claims.len()];
    let mut left = u128::from(capacity);
    let mut weights: u128 = claims.iter().map(|claim| claim.weight()).sum();
    for (place, &index) in order.iter().enumerate() {
        let claim = claims[index];
        if u128::from(claim.most) * weights > left * claim.weight() {
            share_rest(left, weights, claims, &order[place..], &mut shares);
            break;
        }
        shares[index] = claim.most;
        left -= u128::from(claim.most);
        weights -= claim.weight();
    }
    shares
}

/// Shares `left` by weight among claims that all ask for more than that gives them.
fn share_rest(left: u128, weights: u128, claims: &[Claim], wanting: &[usize], shares: &mut [u64]) {
    let mut remainders = Vec::with_capacity(wanting.len());
    let mut over = left;
    for &index in wanting {
        let exact = left * claims[index].weight();
        let whole = exact / weights;
        shares[index] = u64::try_from(whole).unwrap_or(u64::MAX);
        over -= whole;
        remainders.push((Reverse(exact % weights), index));
    }
    remainders.sort_unstable();
    for &(_, index) in remainders
        .iter()
        .take(usize::try_from(over).unwrap_or(usize::MAX))
    {
        shares[index] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Claim, share_out};
    use proptest::prelude::*;

    fn claims(list: &[(u64, u64)]) -> Vec<Claim> {
        list.iter()
            .map(|&(weight, most)| Claim { weight, most })
            .collect()
    }

    /// Docker's own example: 1024, 512 and 512 shares on a busy machine are a half and two quarters; what an idle one
    /// leaves goes to the others two to one.
    #[test]
    fn weights_count_only_among_those_that_want_more() {
        let busy = share_out(1000, &claims(&[(1024, 1000), (512, 1000), (512, 1000)]));
        assert_eq!(busy, [500, 250, 250]);
        let idle = share_out(1000, &claims(&[(1024, 1000), (512, 1000), (512, 100)]));
        assert_eq!(idle, [600, 300, 100]);
        let room = share_out(4000, &claims(&[(2, 1000), (1024, 500)]));
        assert_eq!(room, [1000, 500], "a small weight is no limit");
        assert_eq!(share_out(0, &claims(&[(1, 5)])), [0]);
        assert_eq!(share_out(5, &[]), [0; 0]);
    }

    /// Were it left over, a machine would be idle while somebody wants it.
    #[test]
    fn what_rounding_leaves_goes_to_the_first_of_equals() {
        assert_eq!(share_out(10, &claims(&[(1, 9), (1, 9), (1, 9)])), [4, 3, 3]);
    }

    #[test]
    fn a_limit_bounds_a_demand() {
        assert_eq!(Claim::new(5, 900, Some(500)).most, 500);
        assert_eq!(Claim::new(5, 300, Some(500)).most, 300);
        assert_eq!(Claim::new(5, 300, None).most, 300);
    }

    proptest! {
        /// Never over capacity, nobody above its claim, no CPU idle while somebody wants it, and nobody who wants more
        /// has less for its weight than anybody else has, but for the unit that rounding may give.
        #[test]
        fn shares_are_max_min(
            capacity in 0_u64..100_000,
            list in prop::collection::vec((1_u64..300_000, 0_u64..50_000), 0..12),
        ) {
            let claims = claims(&list);
            let shares = share_out(capacity, &claims);
            let wanted: u64 = claims.iter().map(|claim| claim.most).sum();
            prop_assert_eq!(shares.iter().sum::<u64>(), wanted.min(capacity));
            for (claim, &share) in claims.iter().zip(&shares) {
                prop_assert!(share <= claim.most);
                if share == claim.most {
                    continue;
                }
                for (other, &has) in claims.iter().zip(&shares) {
                    let mine = u128::from(share + 1) * u128::from(other.weight);
                    let theirs = u128::from(has.saturating_sub(1)) * u128::from(claim.weight);
                    prop_assert!(theirs <= mine, "{claim:?} has {share}, {other:?} has {has}");
                }
            }
        }

        /// Nothing depends on the size of the numbers.
        #[test]
        fn the_largest_numbers_are_shared_too(weights in prop::collection::vec(1_u64.., 1..8)) {
            let weights: Vec<(u64, u64)> = weights.into_iter().map(|weight| (weight >> 24, u64::MAX)).collect();
            let shares = share_out(u64::MAX, &claims(&weights));
            prop_assert_eq!(shares.iter().map(|&share| u128::from(share)).sum::<u128>(), u128::from(u64::MAX));
        }
    }
}
