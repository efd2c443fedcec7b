//! How few bins could do at best: proven lower bounds, and for small problems the least itself.
//!
//! Knows: bounds over items, over time and over prices, all in whole numbers, so that no rounding ever lifts one above the
//! least. Must not know: heuristics, policies, or where a problem came from.

mod clique;
mod columns;
mod dual_feasible;
mod l1;
mod l2;
mod line;
mod mixed;

use super::instance::Instance;
use columns::Columns;

/// No packing takes fewer bins than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// So many at least.
    pub bins: u64,
    /// Why: what proves it.
    pub method: &'static str,
}

/// The best of the bounds that cost next to nothing: sizes against capacities ([`l1`]), items over half a bin ([`l2`]),
/// dual feasible functions by dimension ([`dual_feasible`]) and over several ([`mixed`]), items no two of which fit
/// together ([`clique`]). The first of those that are equally good is named.
///
/// Items that no kind of bin takes are left out. Of several kinds a bin is taken to hold the most that any holds of each
/// dimension; only `L1` counts how many there are of each.
#[must_use]
pub fn lower_bound(instance: &Instance) -> Bound {
    let columns = Columns::of(instance);
    let lines = columns.lines();
    let bounds = [
        Bound {
            bins: l1::bins(instance, &columns),
            method: "L1",
        },
        Bound {
            bins: lines.iter().map(l2::bins).max().unwrap_or(0),
            method: "L2",
        },
        Bound {
            bins: lines.iter().map(dual_feasible::bins).max().unwrap_or(0),
            method: "dual feasible functions",
        },
        Bound {
            bins: clique::bins(&columns),
            method: "clique",
        },
        Bound {
            bins: mixed::bins(&columns, &lines),
            method: "mixed dimensions",
        },
    ];
    let best = bounds.iter().map(|bound| bound.bins).max().unwrap_or(0);
    *bounds
        .iter()
        .find(|bound| bound.bins == best)
        .expect("the greatest is one of them")
}

#[cfg(test)]
mod tests;
