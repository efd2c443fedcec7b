//! One packing: pods onto a fleet, or items into bins, under one policy and one seed.
//!
//! Knows: in which order pods come, which machine a policy scores best, and what is measured on the way. Must not know:
//! files, threads, or other packings.

mod curve;
pub mod dynamic;
mod inflation;
pub mod items;
mod machines;
mod numa;
mod score_board;
mod sequence;

pub use curve::{ARRIVED_PCT_MAX, Curve, Point};
pub use inflation::{Filled, Inflation, InflationOutcome, Measured};
pub use numa::{Amounts, NumaOutcome, NumaPacking};
