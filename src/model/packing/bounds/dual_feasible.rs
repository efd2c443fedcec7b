//! Dual feasible functions: they map sizes to sizes such that whatever fits into a bin still does, so that the sum of what
//! they make of all items is a bound. They lift large items and drop small ones where room would be lost anyway.
//!
//! Fekete and Schepers, *Mathematical Programming* 91, 2001, for `u^(k)` and its composition with `U^(ε)`; Carlier,
//! Clautiaux and Moukrim, *Computers & Operations Research* 34, 2007, for `f_CCM`, which is nowhere below the former's
//! `φ^(ε)`; Clautiaux, Alves and Valério de Carvalho, *Annals of Operations Research* 179, 2010, for the whole family.
//! `U^(ε)` by itself is [`super::l2`].

use super::line::{Line, bins_for};

/// Greatest `k` of `u^(k)`; Fekete and Schepers saw hardly any gain beyond it.
const ROUNDING_MAX: u64 = 24;

/// Most thresholds that are tried, spread evenly over those that occur.
const THRESHOLDS_MAX: usize = 200;

/// The best of the family for one dimension.
pub(super) fn bins(line: &Line) -> u64 {
    if line.capacity == 0 {
        return 0;
    }
    let mut thresholds = line.thresholds();
    let step = thresholds.len().div_ceil(THRESHOLDS_MAX).max(1);
    thresholds = thresholds.into_iter().step_by(step).collect();
    let rounded = (1..=ROUNDING_MAX).map(|k| rounded(line, k, &thresholds));
    let floors = thresholds.iter().filter(|&&threshold| threshold > 0);
    rounded
        .chain(floors.map(|&threshold| floored(line, threshold)))
        .max()
        .unwrap_or(0)
}

/// `u^(k)` after `U^(ε)` for each ε of `thresholds` and for none: sizes above `capacity - ε` count as a whole bin, those
/// below ε as nothing, the others as `⌊(k+1)x⌋/k`, or as they are where `(k+1)x` is whole.
fn rounded(line: &Line, k: u64, thresholds: &[u64]) -> u64 {
    let whole = u128::from(k * (k + 1));
    let mut sums = vec![0];
    sums.extend(line.sizes.iter().scan(0, |sum, &size| {
        *sum += u128::from(rounded_part(size, line.capacity, k).0);
        Some(*sum)
    }));
    let all = line.sizes.len();
    let bound = |threshold: u64| {
        let (from, until) = (line.below(threshold), line.up_to(line.capacity - threshold));
        bins_for((all - until) as u128 * whole + sums[until] - sums[from], whole)
    };
    thresholds
        .iter()
        .copied()
        .chain([0])
        .map(bound)
        .max()
        .unwrap_or(0)
}

/// `u^(k)` of a size, as part and whole, in units of `1/(k(k+1))` of a bin.
pub(super) fn rounded_part(size: u64, capacity: u64, k: u64) -> (u64, u64) {
    let scaled = u128::from(k + 1) * u128::from(size);
    let (parts, rest) = (scaled / u128::from(capacity), scaled % u128::from(capacity));
    let part = if rest == 0 {
        parts as u64 * k
    } else {
        parts as u64 * (k + 1)
    };
    (part, k * (k + 1))
}

/// `f_CCM`: how many pieces of `piece` a size holds, and of a size above half a bin how many fewer fit beside it.
fn floored(line: &Line, piece: u64) -> u64 {
    let (capacity, pieces) = (line.capacity, line.capacity / piece);
    // In halves, for sizes of exactly half a bin.
    let value = |size: u64| match (u128::from(size) * 2).cmp(&u128::from(capacity)) {
        std::cmp::Ordering::Greater => 2 * (pieces - (capacity - size) / piece),
        std::cmp::Ordering::Equal => pieces,
        std::cmp::Ordering::Less => 2 * (size / piece),
    };
    let sum = line.sizes.iter().map(|&size| u128::from(value(size))).sum();
    bins_for(sum, 2 * u128::from(pieces))
}
