//! Constructors of laws from their median or 95th percentile, which is what dashboards show.
//!
//! Knows how to turn such knowledge into each family's own parameters. Must not know how users write laws down (files,
//! units, field names).

use super::Distribution;
use super::check::{DistributionError, ordered, positive, variation};
use statrs::function::erf::erfc_inv;
use std::f64::consts::{LN_2, LN_10, SQRT_2};

/// -ln 0.05: the 95th percentile of a unit exponential.
const EXPONENTIAL_P95: f64 = LN_2 + LN_10;
const P95: &str = "95th percentile";

/// The 95th percentile of the standard normal law, 1.64485.
fn normal_p95() -> f64 {
    SQRT_2 * erfc_inv(2.0 * 0.05)
}

impl Distribution {
    /// Exponential of `median`: the mean is median / ln 2.
    ///
    /// # Errors
    /// If `median` is not positive and finite, or the mean would leave the range of `f64`.
    pub fn exponential_median(median: f64) -> Result<Self, DistributionError> {
        Self::exponential(positive("median", median)? / LN_2)
    }

    /// Exponential of 95th percentile `p95`: the mean is p95 / ln 20.
    ///
    /// # Errors
    /// If `p95` is not positive and finite.
    pub fn exponential_p95(p95: f64) -> Result<Self, DistributionError> {
        Self::exponential(positive(P95, p95)? / EXPONENTIAL_P95)
    }

    /// Lognormal of `median` and 95th percentile `p95`: σ = ln(p95 / median) / 1.64485. Equal ones give the constant.
    ///
    /// # Errors
    /// If either is not positive and finite, or `p95` is below `median`.
    pub fn lognormal_median_p95(median: f64, p95: f64) -> Result<Self, DistributionError> {
        let (median, p95) = (positive("median", median)?, positive(P95, p95)?);
        ordered(P95, p95, "median", median)?;
        Self::lognormal(median, (p95 / median).ln() / normal_p95())
    }

    /// Lognormal of `median` and coefficient of variation `cv`: σ² = ln(1 + cv²). A `cv` of 0 gives the constant.
    ///
    /// # Errors
    /// If `median` is not positive and finite, `cv` is negative or not finite, or the mean would leave the range of
    /// `f64`.
    pub fn lognormal_median_cv(median: f64, cv: f64) -> Result<Self, DistributionError> {
        let (median, cv) = (positive("median", median)?, variation(cv)?);
        Self::lognormal(median, (cv * cv).ln_1p().sqrt())
    }

    /// Lognormal of `mean` and 95th percentile `p95`, from `mean` (which gives the constant) to 3.868 times as much:
    /// σ is the lesser root of σ² / 2 - 1.64485 σ + ln(p95 / mean) = 0. The greater one, at least 1.64485, is a law
    /// whose mean is made by its last few percent, which nobody means who says this.
    ///
    /// # Errors
    /// If either is not positive and finite, or `p95` is out of its range.
    pub fn lognormal_mean_p95(mean: f64, p95: f64) -> Result<Self, DistributionError> {
        let (mean, p95) = (positive("mean", mean)?, positive(P95, p95)?);
        ordered(P95, p95, "mean", mean)?;
        let (z, above) = (normal_p95(), (p95 / mean).ln());
        let discriminant = z * z - 2.0 * above;
        if discriminant < 0.0 {
            return Err(DistributionError::Parameter {
                what: P95,
                found: p95,
                expected: "at most 3.868 times the mean of a lognormal law",
            });
        }
        // z - √discriminant, without the cancellation.
        let sigma = 2.0 * above / (z + discriminant.sqrt());
        Self::lognormal(mean * (-sigma * sigma / 2.0).exp(), sigma)
    }

    /// Weibull of `median` and 95th percentile `p95`: shape = ln(ln 20 / ln 2) / ln(p95 / median), scale =
    /// median / (ln 2)^(1 / shape). Equal ones give the constant.
    ///
    /// # Errors
    /// If either is not positive and finite, `p95` is below `median`, or the mean would leave the range of `f64`.
    pub fn weibull_median_p95(median: f64, p95: f64) -> Result<Self, DistributionError> {
        let (median, p95) = (positive("median", median)?, positive(P95, p95)?);
        ordered(P95, p95, "median", median)?;
        let spread = (p95 / median).ln();
        if spread <= 0.0 {
            return Self::constant(median);
        }
        let shape = (EXPONENTIAL_P95 / LN_2).ln() / spread;
        Self::weibull(shape, median / LN_2.powf(1.0 / shape))
    }
}
