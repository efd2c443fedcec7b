//! Drawing from laws: everything that can be computed before the first draw is.
//!
//! Knows sampling algorithms. Must not own a stream: the caller hands one in, and how many words one draw takes from
//! it is part of what published figures depend on. No draw allocates; the dispatch is one match.
//!
//! Exponential and normal variates come from `rand_distr`'s ziggurats, gamma from its Marsaglia–Tsang; Weibull and
//! Pareto are powers and exponentials of an exponential variate, which saves the logarithm of an inversion.

use super::{Distribution, Empirical, Phase};
use crate::engine::{Span, Stream};
use rand::RngExt;
use rand_distr::{Exp1, Gamma, StandardNormal};
use std::sync::Arc;

/// A law ready to be drawn from. Made by [`Distribution::compile`].
#[derive(Clone, Debug)]
pub struct Sampler(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Constant {
        value: f64,
    },
    Exponential {
        mean: f64,
    },
    Uniform {
        low: f64,
        width: f64,
    },
    Normal {
        mean: f64,
        std: f64,
    },
    LogNormal {
        median: f64,
        sigma: f64,
    },
    Gamma(Gamma<f64>),
    Weibull {
        scale: f64,
        inverse_shape: f64,
    },
    Pareto {
        min: f64,
        inverse_alpha: f64,
    },
    TwoPhase {
        first_share: f64,
        first: f64,
        second: f64,
    },
    Phases(Arc<[Phase]>),
    Empirical(Empirical),
}

impl Distribution {
    /// Prepares the law for drawing.
    ///
    /// # Panics
    /// If a gamma or Erlang variant was put together by hand with parameters that its constructor refuses.
    #[must_use]
    pub fn compile(&self) -> Sampler {
        let gamma = |shape, scale| Kind::Gamma(Gamma::new(shape, scale).expect("parameters were checked"));
        Sampler(match self {
            Self::Constant { value } => Kind::Constant { value: *value },
            Self::Exponential { mean } => Kind::Exponential { mean: *mean },
            Self::Uniform { low, high } => Kind::Uniform {
                low: *low,
                width: high - low,
            },
            Self::Normal {
                parent_mean,
                parent_std,
            } => Kind::Normal {
                mean: *parent_mean,
                std: *parent_std,
            },
            Self::LogNormal { median, sigma } => Kind::LogNormal {
                median: *median,
                sigma: *sigma,
            },
            Self::Gamma { shape, scale } => gamma(*shape, *scale),
            Self::Erlang { phases: 1, mean } => Kind::Exponential { mean: *mean },
            Self::Erlang { phases, mean } => gamma(f64::from(*phases), mean / f64::from(*phases)),
            Self::Weibull { shape, scale } => Kind::Weibull {
                scale: *scale,
                inverse_shape: 1.0 / shape,
            },
            Self::Pareto { alpha, min } => Kind::Pareto {
                min: *min,
                inverse_alpha: 1.0 / alpha,
            },
            Self::Hyperexponential { phases } => match **phases {
                [first, second] => Kind::TwoPhase {
                    first_share: first.probability,
                    first: first.mean,
                    second: second.mean,
                },
                _ => Kind::Phases(Arc::clone(phases)),
            },
            Self::Empirical(values) => Kind::Empirical(values.clone()),
        })
    }
}

impl Sampler {
    /// One draw, in the unit of the law's values; never negative, never NaN.
    #[inline]
    pub fn sample(&self, rng: &mut Stream) -> f64 {
        match &self.0 {
            Kind::Constant { value } => *value,
            Kind::Exponential { mean } => mean * exponential(rng),
            Kind::Uniform { low, width } => low + width * rng.random::<f64>(),
            Kind::Normal { mean, std } => loop {
                // The parent's mean is not negative, so at least every second draw is kept on average.
                let value = mean + std * normal(rng);
                if value >= 0.0 {
                    return value;
                }
            },
            Kind::LogNormal { median, sigma } => median * (sigma * normal(rng)).exp(),
            Kind::Gamma(gamma) => rng.sample(gamma),
            Kind::Weibull { scale, inverse_shape } => scale * exponential(rng).powf(*inverse_shape),
            Kind::Pareto { min, inverse_alpha } => min * (exponential(rng) * inverse_alpha).exp(),
            Kind::TwoPhase {
                first_share,
                first,
                second,
            } => {
                let mean = if rng.random::<f64>() < *first_share {
                    first
                } else {
                    second
                };
                mean * exponential(rng)
            }
            Kind::Phases(phases) => phase_mean(phases, rng.random()) * exponential(rng),
            Kind::Empirical(values) => values.at(rng.random()),
        }
    }

    /// One draw as a span, for a law whose values are seconds: rounded to the nearest nanosecond, saturating at
    /// [`Span::MAX`].
    #[inline]
    pub fn sample_span(&self, rng: &mut Stream) -> Span {
        /// Below this many nanoseconds (52 days) adding a half is exact, and truncating then rounds without a call.
        const EXACT_HALVES: f64 = (1_u64 << 52) as f64;
        let secs = self.sample(rng);
        let nanos = secs * 1e9;
        if nanos < EXACT_HALVES {
            Span::from_nanos((nanos + 0.5) as u64)
        } else {
            Span::from_secs_f64(secs)
        }
    }
}

#[inline]
fn exponential(rng: &mut Stream) -> f64 {
    rng.sample(Exp1)
}

#[inline]
fn normal(rng: &mut Stream) -> f64 {
    rng.sample(StandardNormal)
}

/// The mean of the phase that `u` in [0, 1) falls into; the last one takes what rounding leaves.
fn phase_mean(phases: &[Phase], u: f64) -> f64 {
    let mut left = u;
    for phase in phases {
        if left < phase.probability {
            return phase.mean;
        }
        left -= phase.probability;
    }
    phases.last().map_or(0.0, |phase| phase.mean)
}
