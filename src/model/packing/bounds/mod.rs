//! How few bins could do at best: proven lower bounds, and for small problems the least itself.
//!
//! Knows: bounds over items, over time and over prices, all in whole numbers, so that no rounding ever lifts one above the
//! least. Must not know: heuristics, policies, or where a problem came from.

mod cheapest;
mod clique;
mod columns;
mod configuration;
mod dual_feasible;
mod exact;
mod kinds;
mod l1;
mod l2;
mod line;
mod mixed;
mod over_time;
mod pricing;
mod shares;
mod signed;
mod supply;

pub use cheapest::{Cheapest, Impossible, cheapest};
pub use over_time::{Change, OverTime, Sweep, over_time};
pub use supply::Supply;

use super::instance::Instance;
use columns::Columns;
use configuration::Valued;
use exact::Search;
use signed::without_sizes_below_zero;

/// No packing takes fewer bins than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// So many at least.
    pub bins: u64,
    /// Why: what proves it.
    pub method: &'static str,
}

/// How the linear program over sets of items is called as a proof.
const CONFIGURATIONS: &str = "configuration LP";

/// Up to so many items [`lower_bound`] also asks the linear program over sets of items: some milliseconds.
const CONFIGURATIONS_UP_TO: usize = 60;

/// The search for valuable sets of items ends after so many steps where nothing else is asked for.
const STEPS: u64 = 2_000_000;

/// The best of the bounds that cost next to nothing: sizes against capacities (`L1`), items over half a bin (`L2`),
/// dual feasible functions by dimension and over several (`mixed dimensions`), items no two of which fit together
/// (`clique`), and up to 60 items the linear program over sets of items (`configuration LP`). The first of those that are
/// equally good is named.
///
/// Items that no kind of bin takes are left out; dimensions with sizes below zero count for `L1` alone. Of several kinds a bin is taken to hold the most that any holds of each
/// dimension; only `L1` counts how many there are of each.
#[must_use]
pub fn lower_bound(instance: &Instance) -> Bound {
    let columns = Columns::of(&without_sizes_below_zero(instance));
    let bound = cheap(instance, &columns);
    if columns.len > CONFIGURATIONS_UP_TO {
        return bound;
    }
    lift(bound, configuration::value(&columns, bound.bins, STEPS).as_ref())
}

/// As [`lower_bound`], with the linear program over sets of items for any number of items, as far as `steps` steps of
/// search go. Beyond some hundred items it takes seconds to minutes.
#[must_use]
pub fn strong_lower_bound(instance: &Instance, steps: u64) -> Bound {
    let columns = Columns::of(&without_sizes_below_zero(instance));
    let bound = cheap(instance, &columns);
    lift(bound, configuration::value(&columns, bound.bins, steps).as_ref())
}

fn cheap(instance: &Instance, columns: &Columns) -> Bound {
    let lines = columns.lines();
    let bounds = [
        (l1::bins(instance), "L1"),
        (lines.iter().map(l2::bins).max().unwrap_or(0), "L2"),
        (
            lines.iter().map(dual_feasible::bins).max().unwrap_or(0),
            "dual feasible functions",
        ),
        (clique::bins(columns), "clique"),
        (mixed::bins(columns, &lines), "mixed dimensions"),
    ];
    let none = Bound {
        bins: 0,
        method: "L1",
    };
    bounds.into_iter().fold(none, |best, (bins, method)| {
        if bins > best.bins {
            Bound { bins, method }
        } else {
            best
        }
    })
}

fn lift(bound: Bound, valued: Option<&Valued>) -> Bound {
    match valued {
        Some(valued) if valued.bins > bound.bins => Bound {
            bins: valued.bins,
            method: CONFIGURATIONS,
        },
        _ => bound,
    }
}

/// A packing into the fewest bins there can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Least {
    /// The items of each bin, by their place in the instance.
    pub bins: Vec<Vec<usize>>,
    /// How many searches came to their end without finding a packing, each of which lifted the bound by one.
    pub lifted: u64,
}

/// The fewest bins of one kind without end that take all items, by search; `None` where there are several kinds or a
/// number of them, an item that fits nowhere or gives back to its bin, or no end of it within `steps` steps: some millions a second.
#[must_use]
pub fn exact(instance: &Instance, steps: u64) -> Option<Least> {
    let [kind] = instance.kinds.as_slice() else {
        return None;
    };
    let columns = Columns::of(&without_sizes_below_zero(instance));
    if kind.most.is_some() || columns.len < instance.items.len() || instance.has_sizes_below_zero() {
        return None;
    }
    let bound = cheap(instance, &columns);
    let valued = configuration::value(&columns, bound.bins, steps);
    let bins = lift(bound, valued.as_ref()).bins;
    let mut steps = steps;
    for lifted in 0.. {
        match exact::search(&columns, valued.as_ref(), bins + lifted, &mut steps) {
            Search::Found(bins) => return Some(Least { bins, lifted }),
            Search::Impossible => {}
            Search::Unknown => break,
        }
    }
    None
}

#[cfg(test)]
mod tests;
