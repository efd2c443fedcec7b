//! Powers as Go computes them (`math.Pow`), whose last bits show in a weighted average.
//!
//! Knows: bases and results from far above the smallest numbers up to one. Must not know: what is weighted.
//!
//! Go multiplies by repeated squaring and takes the rest by way of the logarithm; the C library that Rust calls rounds
//! better, and so differently.

use crate::policy::pod_scaling::go_math;

/// `base^(1/root)` for a base in (0, 1] and a root of at least one.
pub(super) fn root(base: f64, root: u64) -> f64 {
    match root {
        1 => base,
        2 => base.sqrt(),
        _ => ((1.0 / root as f64) * base.ln()).exp(),
    }
}

/// `base^exponent` for a base in (0, 1].
pub(super) fn power(base: f64, exponent: u64) -> f64 {
    // Seconds of a window: an hour at most.
    go_math::pow(base, i32::try_from(exponent).unwrap_or(i32::MAX))
}
