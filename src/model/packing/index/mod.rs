//! Which node has room, and of those the first, or the one with the least or the most left? Asked of thousands of nodes,
//! a million times.
//!
//! Two ways to the same answer, to the node: [`FleetScan`] looks at every node, [`FleetIndex`] keeps nodes sorted by what
//! they have left, apart by which sizes they have room for, and looks at few. What is left is a mean share of the
//! capacity ([`MeanShare`]); among equals the lowest number is the answer.
//!
//! Knows: capacities, what is free. Must not know: pods, or which order a policy wants.
//!
//! [`MeanShare`]: super::MeanShare

mod by_shape;
mod coarse;
mod columns;
mod leaf;
mod levels;
mod sorted;
mod sorted_leaves;
#[cfg(test)]
mod tests;

pub use by_shape::{ByShape, Order, Shelf};
pub use columns::Columns;
pub use sorted_leaves::SortedLeaves;

/// Nodes sorted by what they have left.
pub type FleetIndex<const D: usize> = ByShape<SortedLeaves<D>, D>;

/// Every node looked at.
pub type FleetScan<const D: usize> = ByShape<Columns<D>, D>;

/// Amounts of `D` resources.
pub type Amounts<const D: usize> = [u64; D];

/// Whether `need` has room in `free`.
#[must_use]
pub fn has_room<const D: usize>(need: &Amounts<D>, free: &Amounts<D>) -> bool {
    need.iter()
        .zip(free)
        .fold(true, |fits, (need, free)| fits & (need <= free))
}
