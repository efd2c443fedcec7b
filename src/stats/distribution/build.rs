//! Constructors of laws from their own parameters, or from a mean and a coefficient of variation.
//!
//! Knows how to turn such knowledge into each family's own parameters. Must not know how users write laws down (files,
//! units, field names).

use super::check::{DistributionError, non_negative, ordered, positive, variation};
use super::{Distribution, Empirical, Phase, hazard, weibull_ln_moment_ratio};
use statrs::function::gamma::gamma;
use std::f64::consts::FRAC_PI_2;

/// How far phase probabilities may miss one, so that 0.333 three times is refused and 0.3333333 accepted.
const PROBABILITY_SLACK: f64 = 1e-6;
/// Least tail index: below it single draws could exceed the range of `f64`.
const PARETO_ALPHA_MIN: f64 = 0.1;

impl Distribution {
    /// Always `value`, at least 0.
    ///
    /// # Errors
    /// If `value` is negative or not finite.
    pub fn constant(value: f64) -> Result<Self, DistributionError> {
        let value = non_negative("value", value)?;
        Ok(Self::Constant { value })
    }

    /// Exponential with `mean`, positive.
    ///
    /// # Errors
    /// If `mean` is not positive and finite.
    pub fn exponential(mean: f64) -> Result<Self, DistributionError> {
        let mean = positive("mean", mean)?;
        Ok(Self::Exponential { mean })
    }

    /// Uniform on [`low`, `high`); equal bounds give the constant.
    ///
    /// # Errors
    /// If a bound is negative or not finite, or `high` is below `low`.
    pub fn uniform(low: f64, high: f64) -> Result<Self, DistributionError> {
        let (low, high) = (non_negative("low bound", low)?, non_negative("high bound", high)?);
        ordered("high bound", high, "low bound", low)?;
        if high > low {
            Ok(Self::Uniform { low, high })
        } else {
            Self::constant(low)
        }
    }

    /// Normal of `mean` and `std` (standard deviation) *before* it is cut at zero by redrawing, so that
    /// [`Distribution::mean`] is above `mean` (by 0.7 % at `std` = `mean` / 2.5, by 0.003 % at `mean` / 4). Use
    /// [`Distribution::normal_mean_cv`] to state the moments after the cut. A `std` of 0 gives the constant.
    ///
    /// # Errors
    /// If `mean` or `std` is negative or not finite.
    pub fn normal(mean: f64, std: f64) -> Result<Self, DistributionError> {
        let (parent_mean, parent_std) = (
            non_negative("mean", mean)?,
            non_negative("standard deviation", std)?,
        );
        if parent_std > 0.0 {
            Ok(Self::Normal {
                parent_mean,
                parent_std,
            })
        } else {
            Self::constant(parent_mean)
        }
    }

    /// Normal cut at zero by redrawing whose mean and coefficient of variation *after* the cut are `mean` and `cv`.
    /// `cv` is at most √(π/2 - 1) ≈ 0.7555, where the parent's mean is zero. A `cv` of 0 gives the constant.
    ///
    /// # Errors
    /// If `mean` is not positive and finite, or `cv` is out of its range.
    pub fn normal_mean_cv(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        let (mean, cv) = (positive("mean", mean)?, variation(cv)?);
        if cv <= 0.0 {
            return Self::constant(mean);
        }
        let cv_max = (FRAC_PI_2 - 1.0).sqrt();
        if cv > cv_max {
            return Err(DistributionError::Variation {
                family: "normal",
                found: cv,
                expected: "of at most 0.7555 once it is cut at zero",
                instead: "lognormal or gamma",
            });
        }
        // The cv after the cut falls as the parent's mean / deviation grows, and is below 1 / ratio.
        let cv_after_cut = |ratio: f64| {
            let shift = ratio + hazard(ratio);
            (1.0 - hazard(ratio) * shift).max(0.0).sqrt() / shift
        };
        let ratio = bisect(0.0, 1.0 / cv + 1.0, |ratio| cv_after_cut(ratio) > cv);
        let parent_std = mean / (ratio + hazard(ratio));
        Self::normal(ratio * parent_std, parent_std)
    }

    /// Lognormal of `median` and `sigma`, the standard deviation of the natural logarithm. A `sigma` of 0 gives the
    /// constant.
    ///
    /// # Errors
    /// If `median` is not positive and finite, `sigma` is negative, or the mean would leave the range of `f64`.
    pub fn lognormal(median: f64, sigma: f64) -> Result<Self, DistributionError> {
        let (median, sigma) = (positive("median", median)?, non_negative("sigma", sigma)?);
        if sigma <= 0.0 {
            return Self::constant(median);
        }
        let law = Self::LogNormal { median, sigma };
        positive("mean", law.mean())?;
        Ok(law)
    }

    /// Lognormal of `mean` and coefficient of variation `cv`: σ² = ln(1 + cv²), median = mean / √(1 + cv²). A `cv` of
    /// 0 gives the constant.
    ///
    /// # Errors
    /// If `mean` is not positive and finite, or `cv` is negative or not finite.
    pub fn lognormal_mean_cv(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        let (mean, cv) = (positive("mean", mean)?, variation(cv)?);
        Self::lognormal(mean / 1.0_f64.hypot(cv), (cv * cv).ln_1p().sqrt())
    }

    /// Gamma of `shape` and `scale`; the mean is shape · scale.
    ///
    /// # Errors
    /// If a parameter is not positive and finite, or the mean would leave the range of `f64`.
    pub fn gamma(shape: f64, scale: f64) -> Result<Self, DistributionError> {
        let (shape, scale) = (positive("shape", shape)?, positive("scale", scale)?);
        positive("mean", shape * scale)?;
        Ok(Self::Gamma { shape, scale })
    }

    /// Gamma of `mean` and coefficient of variation `cv`: shape = 1 / cv². A `cv` of 0 gives the constant.
    ///
    /// # Errors
    /// If `mean` is not positive and finite, or `cv` is negative or not finite.
    pub fn gamma_mean_cv(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        let (mean, cv) = (positive("mean", mean)?, variation(cv)?);
        if cv <= 0.0 {
            return Self::constant(mean);
        }
        Self::gamma(1.0 / (cv * cv), mean * cv * cv)
    }

    /// The sum of `phases` exponentials (at least 1) with `mean` in all; the coefficient of variation is 1 / √phases.
    ///
    /// # Errors
    /// If `phases` is 0 or `mean` is not positive and finite.
    pub fn erlang(phases: u32, mean: f64) -> Result<Self, DistributionError> {
        let mean = positive("mean", mean)?;
        if phases == 0 {
            return Err(DistributionError::Empty { what: "phase" });
        }
        Ok(Self::Erlang { phases, mean })
    }

    /// Weibull of `shape` and `scale`.
    ///
    /// # Errors
    /// If a parameter is not positive and finite, or the mean would leave the range of `f64`.
    pub fn weibull(shape: f64, scale: f64) -> Result<Self, DistributionError> {
        let (shape, scale) = (positive("shape", shape)?, positive("scale", scale)?);
        let law = Self::Weibull { shape, scale };
        positive("mean", law.mean())?;
        Ok(law)
    }

    /// Weibull of `mean` and coefficient of variation `cv`, from 0.001 to 1000; the shape is found by bisection. A
    /// `cv` of 0 gives the constant.
    ///
    /// # Errors
    /// If `mean` is not positive and finite, or `cv` is out of its range.
    pub fn weibull_mean_cv(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        let (mean, cv) = (positive("mean", mean)?, variation(cv)?);
        if cv <= 0.0 {
            return Self::constant(mean);
        }
        if !(0.001..=1000.0).contains(&cv) {
            return Err(DistributionError::Variation {
                family: "weibull",
                found: cv,
                expected: "from 0.001 to 1000",
                instead: "lognormal",
            });
        }
        // ln(1 + cv²) grows with 1 / shape.
        let target = (cv * cv).ln_1p();
        let inverse_shape = bisect(1e-4, 20.0, |inverse| weibull_ln_moment_ratio(inverse) < target);
        Self::weibull(1.0 / inverse_shape, mean / gamma(1.0 + inverse_shape))
    }

    /// Pareto of tail index `alpha` (at least 0.1) and least value `min`. The mean is infinite for `alpha` at or below
    /// 1, the variance at or below 2.
    ///
    /// # Errors
    /// If `alpha` is below 0.1 or not finite, or `min` is not positive and finite.
    pub fn pareto(alpha: f64, min: f64) -> Result<Self, DistributionError> {
        let (alpha, min) = (positive("alpha", alpha)?, positive("least value", min)?);
        if alpha < PARETO_ALPHA_MIN {
            let (what, expected) = ("alpha", "at least 0.1");
            return Err(DistributionError::Parameter {
                what,
                found: alpha,
                expected,
            });
        }
        Ok(Self::Pareto { alpha, min })
    }

    /// Pareto of tail index `alpha`, above 1, and `mean`: the least value is mean · (alpha - 1) / alpha.
    ///
    /// # Errors
    /// If `alpha` is not above 1 and finite, or `mean` is not positive and finite.
    pub fn pareto_mean(alpha: f64, mean: f64) -> Result<Self, DistributionError> {
        let (alpha, mean) = (positive("alpha", alpha)?, positive("mean", mean)?);
        if alpha <= 1.0 {
            let (what, expected) = ("alpha", "above 1 for the mean to exist");
            return Err(DistributionError::Parameter {
                what,
                found: alpha,
                expected,
            });
        }
        Self::pareto(alpha, mean * (alpha - 1.0) / alpha)
    }

    /// A mixture of exponentials from pairs (probability, mean). The probabilities are positive and sum to 1 (within
    /// 1e-6, then normalised).
    ///
    /// # Errors
    /// If there is no phase, a parameter is not positive and finite, or the probabilities do not sum to 1.
    pub fn hyperexponential(phases: &[(f64, f64)]) -> Result<Self, DistributionError> {
        if phases.is_empty() {
            return Err(DistributionError::Empty { what: "phase" });
        }
        let sum: f64 = phases.iter().map(|&(probability, _)| probability).sum();
        let checked = phases.iter().map(|&(probability, mean)| {
            Ok(Phase {
                probability: positive("probability of a phase", probability)? / sum,
                mean: positive("mean of a phase", mean)?,
            })
        });
        let phases = checked.collect::<Result<_, DistributionError>>()?;
        if (sum - 1.0).abs() > PROBABILITY_SLACK {
            return Err(DistributionError::Probabilities { sum });
        }
        Ok(Self::Hyperexponential { phases })
    }

    /// Two exponential phases with `mean` and coefficient of variation `cv` (at least 1) in all, each phase giving half
    /// of the mean ("balanced means"): p₁ = (1 + √((c²-1)/(c²+1))) / 2, means mean / 2p₁ and mean / 2p₂
    /// (Whitt, *Approximating a point process by a renewal process I*, Operations Research 30(1), 1982, §3).
    ///
    /// # Errors
    /// If `mean` is not positive and finite, or `cv` is below 1 or not finite.
    pub fn hyperexponential_mean_cv(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        let (mean, cv) = (positive("mean", mean)?, variation(cv)?);
        if cv < 1.0 {
            return Err(DistributionError::Variation {
                family: "hyperexponential",
                found: cv,
                expected: "of at least 1",
                instead: "gamma, erlang or lognormal",
            });
        }
        let c2 = cv * cv;
        let root = ((c2 - 1.0) / (c2 + 1.0)).sqrt();
        // The rarer phase's probability, (1 - root) / 2, without the cancellation.
        let rare = 1.0 / ((c2 + 1.0) * (1.0 + root));
        let common = 1.0 - rare;
        Self::hyperexponential(&[(common, mean / 2.0 / common), (rare, mean / 2.0 / rare)])
    }

    /// The given `values`, each equally likely.
    ///
    /// # Errors
    /// If there is no value, or one is negative or not finite.
    pub fn empirical(values: Vec<f64>) -> Result<Self, DistributionError> {
        Empirical::new(values).map(Self::Empirical)
    }

    /// Values with weights, as pairs (value, weight); weights need not sum to anything.
    ///
    /// # Errors
    /// If no pair has a positive weight, or a number is negative or not finite.
    pub fn empirical_weighted(pairs: &[(f64, f64)]) -> Result<Self, DistributionError> {
        Empirical::weighted(pairs).map(Self::Empirical)
    }
}

/// The place in [`low`, `high`] where `below` turns from true to false, to the last bit.
pub(super) fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}
