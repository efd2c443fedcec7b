//! How a price is best shared out among what a machine has, so that items cost the most: a linear program, in floating
//! point. Any answer of it proves something; how much is counted elsewhere, in whole numbers.

use super::kinds::{Classes, Kinds};
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, Variable};
use std::collections::BTreeSet;

/// Of each kind what each of its measures costs a whole bin, in whole units. Of a kind without end they add up to its
/// price at most.
pub(super) struct Shares {
    pub(super) by_kind: Vec<Vec<u128>>,
}

/// How much dearer a kind that is scarce may become, in units.
const SCARCITY_MAX: f64 = 1_000.0;

/// Programs, each with the rows that the last one broke.
const ROUNDS_MAX: usize = 60;

/// Breaking a row by less is an error of the arithmetic.
const TOLERANCE: f64 = 1e-9;

/// The best shares; `None` if the solver finds none.
pub(super) fn best_shares(
    kinds: &Kinds<'_>,
    classes: &Classes,
    prices: &[u128],
    unit: u128,
) -> Option<Shares> {
    let mut rows: BTreeSet<(usize, usize)> = (0..classes.len())
        .filter_map(|class| Some((class, kinds.that_take(classes, class).next()?)))
        .collect();
    let mut best = None;
    for _ in 0..ROUNDS_MAX {
        let Some(solved) = solve(kinds, classes, prices, unit, &rows) else {
            break;
        };
        let broken = broken_rows(kinds, classes, &solved);
        best = Some(solved.shares);
        let before = rows.len();
        rows.extend(broken);
        if rows.len() == before {
            break;
        }
    }
    best.map(|shares| whole(kinds, &shares, prices, unit))
}

struct Solved {
    shares: Vec<Vec<f64>>,
    costs: Vec<f64>,
}

fn solve(
    kinds: &Kinds<'_>,
    classes: &Classes,
    prices: &[u128],
    unit: u128,
    rows: &BTreeSet<(usize, usize)>,
) -> Option<Solved> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let price = |kind: usize| prices[kind] as f64 / unit as f64;
    let most = 1.0 + SCARCITY_MAX;
    let mut shares: Vec<Vec<Variable>> = Vec::new();
    for kind in 0..kinds.len() {
        let own: Vec<Variable> = (0..kinds.measures_len())
            .map(|_| problem.add_var(0.0, (0.0, most)))
            .collect();
        let mut row = LinearExpr::empty();
        own.iter().for_each(|&share| row.add(share, 1.0));
        if let Some(there_are) = kinds.most(kind) {
            let scarcity = problem.add_var(-(there_are as f64), (0.0, SCARCITY_MAX));
            row.add(scarcity, -1.0);
        }
        problem.add_constraint(row, ComparisonOp::Le, price(kind));
        shares.push(own);
    }
    let costs: Vec<Variable> = (0..classes.len())
        .map(|class| problem.add_var(classes.count(class) as f64, (0.0, most)))
        .collect();
    for &(class, kind) in rows {
        let mut row = LinearExpr::empty();
        row.add(costs[class], 1.0);
        let measures = kinds.measures(kind, classes.sizes(class));
        for ((part, whole), &share) in measures.zip(&shares[kind]) {
            if part > 0 {
                row.add(share, -(part as f64 / whole as f64));
            }
        }
        problem.add_constraint(row, ComparisonOp::Le, 0.0);
    }
    let solution = problem.solve().ok()?.into_solution().ok()?;
    let value = |&variable: &Variable| solution.var_value(variable).max(0.0);
    Some(Solved {
        shares: shares.iter().map(|own| own.iter().map(value).collect()).collect(),
        costs: costs.iter().map(value).collect(),
    })
}

/// Of each class the kind on which it costs the least, if that is less than the program had it cost.
fn broken_rows(kinds: &Kinds<'_>, classes: &Classes, solved: &Solved) -> Vec<(usize, usize)> {
    let worst = |class: usize| {
        let costs = kinds.that_take(classes, class).map(|kind| {
            let measures = kinds
                .measures(kind, classes.sizes(class))
                .zip(&solved.shares[kind]);
            let cost: f64 = measures
                .map(|((part, whole), share)| share * part as f64 / whole as f64)
                .sum();
            (cost, kind)
        });
        let (cost, kind) = costs.min_by(|one, other| one.0.total_cmp(&other.0))?;
        (cost < solved.costs[class] - TOLERANCE).then_some((class, kind))
    };
    (0..classes.len()).filter_map(worst).collect()
}

/// Cut to whole units, and to the price where nothing may be dearer than it.
fn whole(kinds: &Kinds<'_>, shares: &[Vec<f64>], prices: &[u128], unit: u128) -> Shares {
    let by_kind = shares.iter().enumerate().map(|(kind, own)| {
        let mut own: Vec<u128> = own.iter().map(|share| (share * unit as f64) as u128).collect();
        if kinds.most(kind).is_none() {
            let mut over = own.iter().sum::<u128>().saturating_sub(prices[kind]);
            for share in &mut own {
                let less = over.min(*share);
                *share -= less;
                over -= less;
            }
        }
        own
    });
    Shares {
        by_kind: by_kind.collect(),
    }
}
