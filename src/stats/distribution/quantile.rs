//! Quantiles of laws: closed forms where there are any, otherwise a numerical inverse.
//!
//! Knows inverse distribution functions. Must not be used to draw: [`super::Sampler`] is several times faster.

use super::build::bisect;
use super::{Distribution, normal_cdf};
use statrs::distribution::{ContinuousCDF, Gamma};
use statrs::function::erf::erfc_inv;
use std::f64::consts::SQRT_2;

impl Distribution {
    /// The value that a draw does not exceed with probability `p` (clamped to [0, 1]), in the unit of the values.
    /// `p = 1` gives the greatest value, which is `f64::INFINITY` for laws with an unbounded tail.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        let p = p.clamp(0.0, 1.0);
        // -ln(1 - p): the quantile of a unit exponential; plus zero, so that p = 0 gives 0 and not -0.
        let exponential = -(-p).ln_1p() + 0.0;
        match self {
            Self::Constant { value } => *value,
            Self::Exponential { mean } => mean * exponential,
            Self::Uniform { low, high } => low + (high - low) * p,
            Self::Normal {
                parent_mean,
                parent_std,
            } => {
                // What of the parent's mass lies above the quantile; the upper tail keeps its accuracy.
                let above = (1.0 - p) * normal_cdf(parent_mean / parent_std);
                (parent_mean + parent_std * SQRT_2 * erfc_inv(2.0 * above)).max(0.0)
            }
            Self::LogNormal { median, sigma } => median * (-sigma * SQRT_2 * erfc_inv(2.0 * p)).exp(),
            Self::Gamma { shape, scale } => scale * unit_gamma_quantile(*shape, p),
            Self::Erlang { phases, mean } => {
                let shape = f64::from(*phases);
                mean / shape * unit_gamma_quantile(shape, p)
            }
            Self::Weibull { shape, scale } => scale * exponential.powf(1.0 / shape),
            Self::Pareto { alpha, min } => min * (exponential / alpha).exp(),
            Self::Hyperexponential { phases } => {
                let above = |x: f64| {
                    phases
                        .iter()
                        .map(|phase| phase.probability * (-x / phase.mean).exp())
                        .sum::<f64>()
                };
                let longest = phases.iter().map(|phase| phase.mean).fold(0.0, f64::max);
                if p >= 1.0 {
                    return f64::INFINITY;
                }
                // No phase is longer than the longest, so its own quantile is an upper bound.
                bisect(0.0, longest * exponential, |x| above(x) > 1.0 - p)
            }
            Self::Empirical(values) => values.quantile(p),
        }
    }
}

fn unit_gamma_quantile(shape: f64, p: f64) -> f64 {
    Gamma::new(shape, 1.0).map_or(f64::NAN, |law| law.inverse_cdf(p))
}
