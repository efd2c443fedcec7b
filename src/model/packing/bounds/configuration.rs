//! The strongest bound that a linear program gives: every bin holds one of the sets of items that fit together, in parts
//! (Gilmore and Gomory, *Operations Research* 9, 1961). The dual program values the items such that no set is worth more
//! than a bin; sets that are get a row of their own until there is none.
//!
//! The solver computes in floating point, the bound does not: its values are cut to whole numbers, the most that a set is
//! worth in them is searched for exactly, and what all items are worth over that is a bound whatever the values are
//! (Farley, *Operations Research* 38, 1990).

use super::columns::Columns;
use super::line::bins_for;
use super::pricing::price;
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, Solution, Variable};

/// What a bin is worth.
const BIN: u64 = 1 << 32;

/// Most programs, each with more rows than the last.
const ROUNDS_MAX: usize = 400;

/// Sets that get a row at a time, for each item.
const ROWS_PER_ITEM: f64 = 0.5;

/// What items are worth, at best, and what follows from it.
#[derive(Clone, Debug)]
pub(super) struct Valued {
    /// So many bins at least.
    pub(super) bins: u64,
    /// What each item is worth.
    pub(super) values: Vec<u64>,
    /// No set that goes into one bin is worth more.
    pub(super) bin: u64,
}

/// The best values found within `steps_max` steps of search. It ends early where no values prove more bins than `known` or
/// than those at hand.
pub(super) fn value(columns: &Columns, known: u64, steps_max: u64) -> Option<Valued> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let variables: Vec<Variable> = (0..columns.len)
        .map(|_| problem.add_var(1.0, (0.0, 1.0)))
        .collect();
    for set in greedy_sets(columns) {
        problem.add_constraint(row(&variables, &set), ComparisonOp::Le, 1.0);
    }
    let mut solution = problem.solve().ok()?.into_solution().ok()?;
    let (mut best, mut steps_left) = (None::<Valued>, steps_max);
    for _ in 0..ROUNDS_MAX {
        let values = whole(&solution, &variables);
        let Some(priced) = price(columns, &values, BIN, steps_left) else {
            break;
        };
        steps_left -= priced.steps;
        let worth = values.iter().map(|&value| u128::from(value)).sum();
        let bins = bins_for(worth, u128::from(priced.at_most));
        if best
            .as_ref()
            .is_none_or(|best| tighter(worth, priced.at_most, best))
        {
            best = Some(Valued {
                bins,
                values,
                bin: priced.at_most,
            });
        }
        // No values prove more than what the program gives these, up to its error.
        let ceiling = (solution.objective() - 1e-6).ceil() as u64;
        let proven = best.as_ref().map_or(known, |best| best.bins.max(known));
        if priced.sets.is_empty() || proven >= ceiling {
            break;
        }
        let rows = ((columns.len as f64 * ROWS_PER_ITEM) as usize).max(1);
        for set in priced.sets.iter().take(rows) {
            solution = solution
                .add_constraint(row(&variables, set), ComparisonOp::Le, 1.0)
                .ok()?
                .into_solution()
                .ok()?;
        }
    }
    best
}

fn tighter(worth: u128, bin: u64, than: &Valued) -> bool {
    let other: u128 = than.values.iter().map(|&value| u128::from(value)).sum();
    worth * u128::from(than.bin) > other * u128::from(bin)
}

fn whole(solution: &Solution, variables: &[Variable]) -> Vec<u64> {
    let value = |&variable: &Variable| (solution.var_value(variable).clamp(0.0, 1.0) * BIN as f64) as u64;
    variables.iter().map(value).collect()
}

fn row(variables: &[Variable], set: &[usize]) -> LinearExpr {
    let mut row = LinearExpr::empty();
    set.iter().for_each(|&item| row.add(variables[item], 1.0));
    row
}

/// From each item on, whatever still fits: every item is in a set.
fn greedy_sets(columns: &Columns) -> Vec<Vec<usize>> {
    let from = |start: usize| {
        let mut free = columns.capacity.clone();
        let mut set = Vec::new();
        for item in (start..columns.len).chain(0..start) {
            if free
                .iter()
                .zip(&columns.sizes)
                .all(|(&free, sizes)| sizes[item] <= free)
            {
                free.iter_mut()
                    .zip(&columns.sizes)
                    .for_each(|(free, sizes)| *free -= sizes[item]);
                set.push(item);
            }
        }
        set
    };
    (0..columns.len).map(from).collect()
}
