//! What items cost at least on machines of several kinds, each with its price: the linear program over kinds of bins.
//!
//! The program: so many bins of each kind, in parts, no more than there are; every item spread over the kinds that take it,
//! in parts; in no measure more on a kind than its bins hold; least cost. Measures are the dimensions and, for each, two
//! dual feasible functions of it on each kind ([`super::dual_feasible`]), so that items over half of a machine keep apart.
//!
//! What is solved is its dual: how a kind's price is shared out among its measures. The solver computes in floating point,
//! the bound does not: the shares are cut to whole units that add up to no more than the price, and whatever the shares
//! are, an item costs at least the sum of what it takes of each on the kind where that is least. Nothing is rounded up.

use super::kinds::{Classes, Kinds};
use super::shares::{Shares, best_shares};
use super::signed::without_sizes_below_zero;
use crate::model::packing::Instance;
use crate::model::price::Money;
use std::fmt;

/// No packing costs less, and none takes fewer bins. The two are not of one packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cheapest {
    /// The least cost of an hour; `None` where a kind has no price.
    pub cost_per_hour: Option<Money>,
    /// The fewest bins.
    pub bins: u64,
}

/// Why there is no packing at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Impossible {
    /// No kind of bin takes these items, by their place in the instance.
    TooLarge(Vec<usize>),
    /// All bins that there are do not hold all items.
    TooFewBins,
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(items) => write!(f, "{} item(s) fit into no kind of bin", items.len()),
            Self::TooFewBins => f.write_str("all bins that there are do not hold all items"),
        }
    }
}

/// What a bin is worth where bins are counted, and the finest part of it.
const BIN: u128 = 1_000_000_000_000;

/// The least cost and the fewest bins for all items of an instance of any number of kinds.
///
/// # Errors
/// If it is proven that there is no packing.
pub fn cheapest(instance: &Instance) -> Result<Cheapest, Impossible> {
    let instance = &*without_sizes_below_zero(instance);
    let fits =
        |item: &&crate::model::packing::Item| instance.kinds.iter().any(|kind| item.fits(&kind.capacity));
    let large: Vec<usize> = (instance.items.iter().enumerate())
        .filter(|(_, item)| !fits(item))
        .map(|(place, _)| place)
        .collect();
    if !large.is_empty() {
        return Err(Impossible::TooLarge(large));
    }
    let kinds = Kinds::of(instance);
    let classes = Classes::of(instance, &kinds);
    // Were there a packing, it would cost nothing where nothing has a price: any bound above that says there is none.
    if kinds.are_limited() && bound(&kinds, &classes, &vec![0; kinds.len()], BIN) > 0 {
        return Err(Impossible::TooFewBins);
    }
    let bins = bound(&kinds, &classes, &vec![BIN; kinds.len()], BIN).div_ceil(BIN);
    let prices: Option<Vec<u128>> = instance
        .kinds
        .iter()
        .map(|kind| kind.price.map(Money::picos))
        .collect();
    let cost_per_hour = prices.map(|prices| {
        // Every cost is a sum of prices.
        let step = prices.iter().copied().fold(0, greatest_common_divisor).max(1);
        let dearest = prices.iter().copied().max().unwrap_or(0).max(1);
        Money::from_picos(bound(&kinds, &classes, &prices, dearest).div_ceil(step) * step)
    });
    Ok(Cheapest {
        cost_per_hour,
        bins: u64::try_from(bins).unwrap_or(u64::MAX),
    })
}

/// What all items cost at least at these prices; `unit` is of the size of a price.
fn bound(kinds: &Kinds, classes: &Classes, prices: &[u128], unit: u128) -> u128 {
    let Some(shares) = best_shares(kinds, classes, prices, unit) else {
        return 0;
    };
    worth(kinds, classes, prices, &shares)
}

/// What these shares prove, in whole numbers.
fn worth(kinds: &Kinds, classes: &Classes, prices: &[u128], shares: &Shares) -> u128 {
    let items: u128 = (0..classes.len())
        .map(|class| {
            let costs = kinds.that_take(classes, class).map(|kind| {
                let measures = kinds.measures(kind, classes.sizes(class));
                let taken = measures.zip(&shares.by_kind[kind]);
                taken
                    .map(|((part, whole), &share)| part_of(share, part, whole))
                    .sum::<u128>()
            });
            u128::from(classes.count(class)) * costs.min().unwrap_or(0)
        })
        .sum();
    // Where a kind's shares are more than its price, a bin of it is so much dearer than it is, at most all there are.
    let dearer = (0..kinds.len()).map(|kind| {
        let shares: u128 = shares.by_kind[kind].iter().sum();
        u128::from(kinds.most(kind).unwrap_or(0)) * shares.saturating_sub(prices[kind])
    });
    items.saturating_sub(dearer.sum())
}

/// `share * part / whole`, rounded down; less where that is too large for the arithmetic.
fn part_of(share: u128, part: u64, whole: u64) -> u128 {
    let (part, whole) = (u128::from(part), u128::from(whole));
    match share.checked_mul(part) {
        Some(product) => product / whole,
        None => share / whole * part,
    }
}

fn greatest_common_divisor(one: u128, other: u128) -> u128 {
    if other == 0 {
        one
    } else {
        greatest_common_divisor(other, one % other)
    }
}
