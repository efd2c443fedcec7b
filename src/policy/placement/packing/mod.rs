//! Which bin takes each of these items? Heuristics for a set of items at once, one file each.
//!
//! Knows: instances, sizes as shares of a bin, measures of them. Must not know: files, bounds, or what a packing is for.
//!
//! Sizes are compared as 32-bit shares of a bin, summed in the order of dimensions and never fused: that is the arithmetic
//! of the published results (Mommessin, Erlebach and Shakhlevich 2024), which are met bin by bin. Whether an item
//! fits is decided on whole numbers.
//!
//! Where bins are of several kinds, all heuristics open them by one rule: of the kinds that take the item and are not used
//! up, the one in which the item's share (its greatest over the dimensions) costs least; then the cheaper kind, then
//! the one in which it takes the smaller share, then the first by name. Without prices the smallest share decides.

mod best_fit;
mod best_fit_decreasing;
mod bin_list;
mod by_rule;
mod columns;
mod dot_product;
mod fill_one;
mod first_fit;
mod first_fit_decreasing;
mod l2_norm_greedy;
mod measure;
mod next_fit;
mod open_bins;
pub mod published;
mod random;
mod shares;
mod weights;
mod worst_fit;

pub use best_fit::BestFit;
pub use best_fit_decreasing::{BestFitDecreasing, Refresh};
pub use by_rule::ByRule;
pub use dot_product::DotProduct;
pub use first_fit::FirstFit;
pub use first_fit_decreasing::FirstFitDecreasing;
pub use l2_norm_greedy::L2NormGreedy;
pub use measure::{BinMeasure, Measure};
pub use next_fit::NextFit;
pub use random::Random;
pub use weights::Weights;
pub use worst_fit::WorstFit;

use crate::engine::Stream;
use crate::model::packing::{Instance, Packing};
use std::fmt;

/// A heuristic that packs a set of items.
pub trait Packer: Send + Sync + fmt::Debug {
    /// Packs the items of `instance`, which are presented in its order. Every item fits some kind of bin; those for which
    /// none is left are left out.
    fn pack(&self, instance: &Instance, stream: &mut Stream) -> Packing;

    /// A copy.
    fn clone_box(&self) -> Box<dyn Packer>;
}

impl Clone for Box<dyn Packer> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

impl<P: Packer + 'static> From<P> for Box<dyn Packer> {
    fn from(policy: P) -> Self {
        Box::new(policy)
    }
}

#[cfg(test)]
mod tests;
