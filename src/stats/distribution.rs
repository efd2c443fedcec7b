//! Laws of non-negative random quantities: their parameters and moments.
//!
//! Knows the mathematics of each family. Must not know what a value measures (seconds, bytes, work), how a user writes
//! a law down, or which stream it is drawn from. The parts: [`build`] and [`percentiles`] take what users know, [`check`]
//! refuses what cannot be, [`quantile`] inverts, [`sampler`] draws.

pub mod build;
pub mod check;
pub mod empirical;
pub mod percentiles;
pub mod quantile;
pub mod sampler;

pub use check::DistributionError;
pub use empirical::Empirical;
pub use sampler::Sampler;

use statrs::function::erf::erfc;
use statrs::function::gamma::{gamma, ln_gamma};
use std::f64::consts::{PI, SQRT_2};
use std::sync::Arc;

/// One phase of a hyperexponential law: with `probability`, an exponential of `mean`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// How likely this phase is taken, in (0, 1]; the phases of a law sum to one.
    pub probability: f64,
    /// Mean of the exponential, in the unit of the values, positive.
    pub mean: f64,
}

/// A law of a finite, non-negative quantity, in whatever unit its user chose.
///
/// Make one by a constructor: these check, and the fields are public only to be read. Every family is closed under
/// [`Distribution::scaled`], and fields that carry the unit scale with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same value.
    Constant {
        /// The value, at least 0.
        value: f64,
    },
    /// Memoryless: P(X > x) = exp(-x / mean).
    Exponential {
        /// Mean, positive.
        mean: f64,
    },
    /// Every value of [low, high) equally likely.
    Uniform {
        /// Least value, at least 0.
        low: f64,
        /// Bound never reached, above `low`.
        high: f64,
    },
    /// A normal law cut at zero by redrawing: the normal law given that the value is not negative. No mass piles up at
    /// zero, and the mean is above, the deviation below, those of the uncut normal.
    Normal {
        /// Mean of the normal before the cut, at least 0.
        parent_mean: f64,
        /// Standard deviation of the normal before the cut, positive.
        parent_std: f64,
    },
    /// The logarithm is normal.
    LogNormal {
        /// Median, positive.
        median: f64,
        /// Standard deviation of the natural logarithm, positive.
        sigma: f64,
    },
    /// Density proportional to x^(shape-1) exp(-x / scale).
    Gamma {
        /// Shape, positive; the squared coefficient of variation is 1 / shape.
        shape: f64,
        /// Scale, positive; the mean is shape * scale.
        scale: f64,
    },
    /// The sum of `phases` exponentials of equal mean.
    Erlang {
        /// Number of exponentials, at least 1.
        phases: u32,
        /// Mean of the sum, positive.
        mean: f64,
    },
    /// P(X > x) = exp(-(x / scale)^shape).
    Weibull {
        /// Shape, positive; below 1 the tail is heavier than exponential.
        shape: f64,
        /// Scale, positive: the 63.2nd percentile.
        scale: f64,
    },
    /// P(X > x) = (min / x)^alpha for x >= min (Pareto type I).
    Pareto {
        /// Tail index; the mean is infinite at or below 1, the variance at or below 2.
        alpha: f64,
        /// Least value, positive.
        min: f64,
    },
    /// A mixture of exponentials: more variable than one exponential.
    Hyperexponential {
        /// The phases, at least one.
        phases: Arc<[Phase]>,
    },
    /// The values somebody measured, drawn with replacement.
    Empirical(Empirical),
}

impl Distribution {
    /// Always zero.
    pub const ZERO: Self = Self::Constant { value: 0.0 };

    /// The mean, in the unit of the values; `f64::INFINITY` for a Pareto law with `alpha <= 1`.
    ///
    /// Formulas: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions*, 2nd ed.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant { value } => *value,
            Self::Exponential { mean } | Self::Erlang { mean, .. } => *mean,
            Self::Uniform { low, high } => f64::midpoint(*low, *high),
            Self::Normal {
                parent_mean,
                parent_std,
            } => {
                let ratio = parent_mean / parent_std;
                parent_std * (ratio + hazard(ratio))
            }
            Self::LogNormal { median, sigma } => median * (sigma * sigma / 2.0).exp(),
            Self::Gamma { shape, scale } => shape * scale,
            Self::Weibull { shape, scale } => scale * gamma(1.0 + 1.0 / shape),
            Self::Pareto { alpha, min } if *alpha > 1.0 => alpha * min / (alpha - 1.0),
            Self::Pareto { .. } => f64::INFINITY,
            Self::Hyperexponential { phases } => {
                phases.iter().map(|phase| phase.probability * phase.mean).sum()
            }
            Self::Empirical(values) => values.mean(),
        }
    }

    /// The variance, in the square of the unit of the values; `f64::INFINITY` for a Pareto law with `alpha <= 2`.
    #[must_use]
    pub fn variance(&self) -> f64 {
        match self {
            Self::Constant { .. } => 0.0,
            Self::Exponential { mean } => mean * mean,
            Self::Uniform { low, high } => (high - low) * (high - low) / 12.0,
            Self::Normal {
                parent_mean,
                parent_std,
            } => {
                let ratio = parent_mean / parent_std;
                let hazard = hazard(ratio);
                parent_std * parent_std * (1.0 - hazard * (ratio + hazard))
            }
            Self::LogNormal { sigma, .. } => squared(self.mean()) * (sigma * sigma).exp_m1(),
            Self::Gamma { shape, scale } => shape * scale * scale,
            Self::Erlang { phases, mean } => mean * mean / f64::from(*phases),
            Self::Weibull { shape, .. } => {
                squared(self.mean()) * weibull_ln_moment_ratio(1.0 / shape).exp_m1()
            }
            Self::Pareto { alpha, min } if *alpha > 2.0 => {
                min * min * alpha / (squared(alpha - 1.0) * (alpha - 2.0))
            }
            Self::Pareto { .. } => f64::INFINITY,
            Self::Hyperexponential { phases } => {
                // Law of total variance: a mixture's variance is the mean of the phases' variances (here the squared
                // means) plus the variance of their means. A sum of non-negative terms: nothing cancels.
                let mean = self.mean();
                phases
                    .iter()
                    .map(|phase| phase.probability * (squared(phase.mean) + squared(phase.mean - mean)))
                    .sum()
            }
            Self::Empirical(values) => values.variance(),
        }
    }

    /// The squared coefficient of variation, variance / mean²: 0 for a constant, 1 for an exponential.
    #[must_use]
    pub fn cv2(&self) -> f64 {
        let (mean, variance) = (self.mean(), self.variance());
        if variance.is_infinite() {
            f64::INFINITY
        } else if variance > 0.0 {
            variance / mean / mean
        } else {
            0.0
        }
    }

    /// The law of the values multiplied by `factor`; a factor of zero gives the constant zero.
    ///
    /// # Errors
    /// If `factor` is negative or not finite, or if the values would leave the range of `f64`.
    pub fn scaled(&self, factor: f64) -> Result<Self, DistributionError> {
        let by = check::non_negative("factor", factor)?;
        if by <= 0.0 {
            return Self::constant(0.0);
        }
        match self {
            Self::Constant { value } => Self::constant(value * by),
            Self::Exponential { mean } => Self::exponential(mean * by),
            Self::Uniform { low, high } => Self::uniform(low * by, high * by),
            Self::Normal {
                parent_mean,
                parent_std,
            } => Self::normal(parent_mean * by, parent_std * by),
            Self::LogNormal { median, sigma } => Self::lognormal(median * by, *sigma),
            Self::Gamma { shape, scale } => Self::gamma(*shape, scale * by),
            Self::Erlang { phases, mean } => Self::erlang(*phases, mean * by),
            Self::Weibull { shape, scale } => Self::weibull(*shape, scale * by),
            Self::Pareto { alpha, min } => Self::pareto(*alpha, min * by),
            Self::Hyperexponential { phases } => {
                for phase in phases.iter() {
                    check::positive("mean of a phase", phase.mean * by)?;
                }
                let scale = |phase: &Phase| Phase {
                    mean: phase.mean * by,
                    ..*phase
                };
                Ok(Self::Hyperexponential {
                    phases: phases.iter().map(scale).collect(),
                })
            }
            Self::Empirical(values) => Ok(Self::Empirical(values.scaled(by)?)),
        }
    }
}

/// The inverse Mills ratio φ(a) / Φ(a): what a standard normal cut to [-a, ∞) gains in mean over the uncut one
/// (Johnson, Kotz & Balakrishnan, vol. 1, §13.10.1).
pub(super) fn hazard(a: f64) -> f64 {
    (-a * a / 2.0).exp() / (2.0 * PI).sqrt() / normal_cdf(a)
}

/// Φ(x), accurate in the lower tail too.
pub(super) fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x / SQRT_2)
}

/// ln(1 + cv²) of a Weibull law with shape 1 / `inverse_shape`: ln Γ(1+2x) - 2 ln Γ(1+x).
pub(super) fn weibull_ln_moment_ratio(inverse_shape: f64) -> f64 {
    ln_gamma(1.0 + 2.0 * inverse_shape) - 2.0 * ln_gamma(1.0 + inverse_shape)
}

fn squared(value: f64) -> f64 {
    value * value
}

#[cfg(test)]
mod tests;
