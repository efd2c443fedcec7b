//! Several dimensions as one: whatever fits in each of them also fits in any weighted sum, and on the sum the bounds of one
//! dimension see items that are middling in each but together more than half. A weighted sum as it is never proves more
//! than the best of its dimensions, so that only what [`super::l2`] and [`super::dual_feasible`] make of it is of interest.
//! (Caprara and Toth, *Discrete Applied Mathematics* 111, 2001, § 3, for such surrogates in two dimensions.)

use super::columns::Columns;
use super::line::Line;
use super::{dual_feasible, l2};

/// What a bin holds of a dimension after scaling; sizes are rounded down, which only weakens a bound.
const SCALE: u128 = 1 << 20;

/// Most dimensions of which each pair is mixed.
const PAIRED_MAX: usize = 12;

/// The best over: all dimensions alike, all by what is asked for of them, and each pair.
pub(super) fn bins(columns: &Columns, lines: &[Line]) -> u64 {
    let dimensions: Vec<usize> = (0..columns.capacity.len())
        .filter(|&dimension| columns.capacity[dimension] > 0)
        .collect();
    if dimensions.len() < 2 {
        return 0;
    }
    let load = |dimension: usize| {
        let line = &lines[dimension];
        let sum = line.sum(0, line.sizes.len());
        (sum * 16 / u128::from(line.capacity) / (columns.len.max(1) as u128)).max(1)
    };
    let mut mixtures = vec![
        dimensions
            .iter()
            .map(|&dimension| (dimension, 1))
            .collect::<Vec<_>>(),
        dimensions
            .iter()
            .map(|&dimension| (dimension, load(dimension)))
            .collect(),
    ];
    if dimensions.len() <= PAIRED_MAX {
        for (at, &one) in dimensions.iter().enumerate() {
            mixtures.extend(
                dimensions[at + 1..]
                    .iter()
                    .map(|&other| vec![(one, 1), (other, 1)]),
            );
        }
    }
    let bound = |mixture: &Vec<(usize, u128)>| {
        let line = mix(columns, mixture);
        l2::bins(&line).max(dual_feasible::bins(&line))
    };
    mixtures.iter().map(bound).max().unwrap_or(0)
}

fn mix(columns: &Columns, mixture: &[(usize, u128)]) -> Line {
    let scaled = |item: usize| -> u128 {
        let terms = mixture.iter().map(|&(dimension, weight)| {
            let share = u128::from(columns.sizes[dimension][item]) * SCALE;
            weight * (share / u128::from(columns.capacity[dimension]))
        });
        terms.sum()
    };
    let capacity: u128 = mixture.iter().map(|&(_, weight)| weight * SCALE).sum();
    let sizes = (0..columns.len).map(|item| scaled(item) as u64).collect();
    Line::new(capacity as u64, sizes)
}
