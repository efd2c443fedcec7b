//! Floor 2: numbers.
//!
//! Knows: laws of random quantities and how to draw from them, mergeable histograms, time-weighted means, confidence
//! intervals, and how much of a run to discard as warm-up. Must not know: what the numbers measure (pods, requests,
//! money), nor any file, thread or clock but the simulated one. Imports only [`crate::engine`].

pub mod distribution;
pub mod histogram;
pub mod interval;
pub mod time_weighted;
pub mod warmup;

pub use distribution::{Distribution, DistributionError, Empirical, Phase, Sampler};
pub use histogram::Histogram;
pub use interval::{MeanInterval, PairedDifference};
pub use time_weighted::{Gauge, TimeWeighted};
pub use warmup::{WarmupEstimate, mser5};
