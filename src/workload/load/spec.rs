//! What a load is: plain parameters, checked, and opened into a source.
//!
//! Knows: the kinds of load and how each obeys the factors. Must not know: how a scenario file spells them.

use std::fmt::Debug;
use std::sync::Arc;

use thiserror::Error;

use super::constant::Constant;
use super::counts::CountSource;
use super::mmpp::MmppSource;
use super::modify::{Looped, Replayed};
use super::poisson::Poisson;
use super::renewal::Renewal;
use super::shaped::Shaped;
use super::source::Kind;
use super::{ArrivalSource, Counts, Factors, Gaps, Intensity, Mmpp, RateCurve, Repeat, Source};
use crate::engine::{Span, Stream, StreamKey, Time};

/// The highest rate accepted, requests per second: above it, gaps rounded to nanoseconds would bend the rate.
pub const RATE_MAX: f64 = 1e7;

/// A parameter that is not usable.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{field}: found {found}, expected {expected}")]
pub struct LoadProblem {
    /// The parameter, as users spell it.
    pub field: &'static str,
    /// Its value.
    pub found: f64,
    /// What would be usable.
    pub expected: &'static str,
}

impl LoadProblem {
    pub(super) const fn new(field: &'static str, found: f64, expected: &'static str) -> Self {
        Self {
            field,
            found,
            expected,
        }
    }

    /// The problem of a rate in requests per second, if it has one.
    pub(super) fn of_rate(field: &'static str, rate: f64) -> Option<Self> {
        let fine = (0.0..=RATE_MAX).contains(&rate);
        (!fine).then(|| Self::new(field, rate, "requests per second from 0 to 10000000"))
    }
}

/// Opens sources of a kind this module does not know, such as a file.
pub trait ArrivalFactory: Send + Sync + Debug {
    /// A source at its beginning, times counted from zero. Randomness, if any, comes from streams of `key` named
    /// after the load `name`; looped loads ask again for each lap, under another name.
    fn open(&self, key: StreamKey, name: &str) -> Box<dyn ArrivalSource>;

    /// How long the whole of it lasts, for loads that repeat at their end; `None` if it has no end.
    fn length(&self) -> Option<Span> {
        None
    }
}

/// A kind of load and its parameters. Rates are in requests per second.
#[derive(Clone, Debug)]
pub enum LoadSpec {
    /// Evenly spaced.
    Constant {
        /// Requests per second.
        rate: f64,
        /// When the first one comes; `None` draws it within the first gap.
        phase: Option<Span>,
    },
    /// Poisson at a constant rate.
    Poisson {
        /// Requests per second.
        rate: f64,
    },
    /// Independent gaps from a sampler.
    Renewal(Box<dyn Gaps>),
    /// Poisson at a varying rate.
    Shaped(RateCurve),
    /// Markov-modulated Poisson: bursts.
    Mmpp(Mmpp),
    /// So many requests in each interval.
    Counts(Counts),
    /// A caller's own, for example a file.
    Custom(Arc<dyn ArrivalFactory>),
}

/// A load: its kind and what is done to it.
#[derive(Clone, Debug)]
pub struct Load {
    /// The kind and its parameters.
    pub spec: LoadSpec,
    /// Scale, shift, repetition and growth.
    pub factors: Factors,
}

/// What a source needs to open: its streams, when it begins, and the factor on its rate from then on.
#[derive(Clone, Copy)]
pub(super) struct Opening<'a> {
    pub(super) key: StreamKey,
    pub(super) name: &'a str,
    pub(super) origin: Time,
    pub(super) factor: Intensity,
}

impl Opening<'_> {
    /// The stream `arrivals/<name><suffix>`.
    pub(super) fn stream(&self, suffix: &str) -> Stream {
        self.key.stream(&format!("arrivals/{}{suffix}", self.name))
    }
}

impl LoadSpec {
    /// A source at its beginning, which draws from the streams of `key` named `arrivals/<name>`.
    #[must_use]
    pub fn open(&self, key: StreamKey, name: &str) -> Source {
        self.open_once(&Opening {
            key,
            name,
            origin: Time::ZERO,
            factor: Intensity::ONE,
        })
    }

    /// This load with `factors`.
    #[must_use]
    pub fn with(self, factors: Factors) -> Load {
        Load { spec: self, factors }
    }

    /// How long it lasts, if it has an end.
    #[must_use]
    pub fn length(&self) -> Option<Span> {
        match self {
            Self::Counts(counts) => counts.length(),
            Self::Custom(factory) => factory.length(),
            Self::Constant { .. }
            | Self::Poisson { .. }
            | Self::Renewal(_)
            | Self::Shaped(_)
            | Self::Mmpp(_) => None,
        }
    }

    /// Everything that is wrong with the parameters. A load with problems can still be opened, and does not panic.
    #[must_use]
    pub fn problems(&self) -> Vec<LoadProblem> {
        match self {
            Self::Constant { rate, .. } | Self::Poisson { rate } => {
                LoadProblem::of_rate("rate", *rate).into_iter().collect()
            }
            Self::Shaped(curve) => curve.problems(),
            Self::Mmpp(chain) => chain.problems(),
            Self::Counts(counts) if counts.interval.is_zero() => {
                vec![LoadProblem::new("interval", 0.0, "an interval longer than zero")]
            }
            Self::Counts(_) | Self::Renewal(_) | Self::Custom(_) => Vec::new(),
        }
    }

    /// The source without repetition.
    pub(super) fn open_once(&self, opening: &Opening<'_>) -> Source {
        let factor = opening.factor;
        Source::new(match self {
            Self::Constant { rate, phase } => Kind::Constant(Constant::new(*rate, *phase, opening)),
            Self::Poisson { rate } if factor.is_flat() => Kind::Poisson(Poisson::new(*rate, opening)),
            Self::Poisson { rate } => Kind::Shaped(Box::new(Shaped::new(&RateCurve::Flat(*rate), opening))),
            Self::Renewal(gaps) => Kind::Renewal(Box::new(Renewal::new(gaps.as_ref(), opening))),
            Self::Shaped(curve) => Kind::Shaped(Box::new(Shaped::new(curve, opening))),
            Self::Mmpp(chain) => Kind::Mmpp(Box::new(MmppSource::new(chain, opening))),
            Self::Counts(counts) => Kind::Counts(Box::new(CountSource::new(counts, opening))),
            Self::Custom(factory) => {
                let inner = factory.open(opening.key, opening.name);
                match factor.is_one() && opening.origin == Time::ZERO {
                    true => Kind::Custom(inner),
                    false => Kind::Replayed(Box::new(Replayed::new(inner, opening))),
                }
            }
        })
    }
}

impl Load {
    /// A source at its beginning, which draws from the streams of `key` named `arrivals/<name>`.
    #[must_use]
    pub fn open(&self, key: StreamKey, name: &str) -> Source {
        let (origin, factor) = (Time::ZERO + self.factors.shift, self.factors.intensity());
        let opening = Opening {
            key,
            name,
            origin,
            factor,
        };
        let span = match self.factors.repeat {
            Repeat::Once => None,
            Repeat::AtEnd => self.spec.length(),
            Repeat::Every(span) => Some(span),
        };
        match span {
            Some(span) => Source::new(Kind::Looped(Box::new(Looped::new(&self.spec, span, &opening)))),
            None => self.spec.open_once(&opening),
        }
    }

    /// Whether it is the same all the time: a constant rate or independent equal gaps, from the start and without growth.
    #[must_use]
    pub fn is_steady(&self) -> bool {
        let Factors {
            scale: _,
            shift,
            repeat,
            growth,
        } = self.factors;
        matches!(
            self.spec,
            LoadSpec::Constant { .. } | LoadSpec::Poisson { .. } | LoadSpec::Renewal(_)
        ) && shift.is_zero()
            && growth.is_none()
            && repeat == Repeat::Once
    }

    /// Everything that is wrong with the load.
    #[must_use]
    pub fn problems(&self) -> Vec<LoadProblem> {
        let mut problems = self.spec.problems();
        problems.extend(self.factors.problems());
        if let (true, LoadSpec::Constant { rate, .. } | LoadSpec::Poisson { rate }) =
            (problems.is_empty(), &self.spec)
        {
            problems.extend(LoadProblem::of_rate("rate × scale", rate * self.factors.scale));
        }
        problems
    }
}

impl From<LoadSpec> for Load {
    fn from(spec: LoadSpec) -> Self {
        Self {
            spec,
            factors: Factors::default(),
        }
    }
}
