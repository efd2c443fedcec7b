//! A deterministic rate over time: its value, bounds over a window, and exact integral.
//!
//! Knows: functions of time and how they combine. Must not know: randomness or requests.

use std::f64::consts::TAU;

use super::lines::exponential_areas;
use super::{Growth, Intensity, Lines, LoadProblem, OFFICE_DAYS, OFFICE_HOURS};
use crate::engine::{Span, Time};

/// A sine wave: base + amplitude · sin(2π(t − phase)/period), in requests per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sine {
    /// The mean rate, requests per second.
    pub base: f64,
    /// Half the distance from trough to peak, requests per second; not above `base`.
    pub amplitude: f64,
    /// One wave's length.
    pub period: Span,
    /// When the first wave starts to rise through the base.
    pub phase: Span,
}

/// Requests per second as a function of the time since the load began. Every integral is a closed form.
#[derive(Clone, Debug, PartialEq)]
pub enum RateCurve {
    /// The same rate always, requests per second.
    Flat(f64),
    /// A sine wave.
    Sine(Sine),
    /// Straight pieces: ramps, spikes, steps, weeks.
    Lines(Lines),
    /// A curve times a factor that may grow exponentially.
    Times(Box<Self>, Intensity),
    /// A curve that begins later; the rate is zero before.
    Shifted(Box<Self>, Span),
    /// The first `span` of a curve over and over, entered `phase` into it.
    Looped {
        /// What repeats.
        curve: Box<Self>,
        /// How much of it, longer than zero.
        span: Span,
        /// Where in it the load begins.
        phase: Span,
    },
    /// The sum of curves.
    Sum(Vec<Self>),
}

impl RateCurve {
    /// From rate `from` to rate `to` (requests per second) in a straight line that starts at `at` and lasts `over`.
    #[must_use]
    pub fn ramp(from: f64, to: f64, at: Time, over: Span) -> Self {
        Self::Lines(Lines::through(&[(at, from), (at + over, to)]))
    }

    /// Rate `base`, from `at` rising to `peak` within `rise`, there for `hold`, then back within `fall`
    /// (`None`: as fast as it rose).
    #[must_use]
    pub fn spike(base: f64, peak: f64, at: Time, rise: Span, hold: Span, fall: Option<Span>) -> Self {
        let top = at + rise;
        let down = top + hold;
        Self::Lines(Lines::through(&[
            (at, base),
            (top, peak),
            (down, peak),
            (down + fall.unwrap_or(rise), base),
        ]))
    }

    /// Constant between `steps` (time, requests per second from then on); before the first, the first one's rate.
    #[must_use]
    pub fn steps(steps: &[(Time, f64)]) -> Self {
        Self::Lines(Lines::steps(steps))
    }

    /// A week of `hours` × `days` factors around `mean` requests per second, repeated; the load begins `start` after
    /// Monday 00:00.
    #[must_use]
    pub fn weekly(mean: f64, hours: &[f64; 24], days: &[f64; 7], start: Span) -> Self {
        let week = Lines::week(mean, hours, days);
        Self::Looped {
            curve: Box::new(Self::Lines(week)),
            span: Span::from_secs(7 * 86_400),
            phase: start,
        }
    }

    /// A week of an office-hours service with `mean` requests per second, beginning `start` after Monday 00:00.
    #[must_use]
    pub fn office_hours(mean: f64, start: Span) -> Self {
        Self::weekly(mean, &OFFICE_HOURS, &OFFICE_DAYS, start)
    }

    /// `factor` times this curve.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        self.times(Intensity::flat(factor))
    }

    /// This curve growing by `growth`.
    #[must_use]
    pub fn growing(self, growth: Growth) -> Self {
        self.times(Intensity::growing(1.0, growth.per_sec()))
    }

    /// This curve times `factor`; the curve itself if that is one.
    #[must_use]
    pub fn times(self, factor: Intensity) -> Self {
        if factor.is_one() {
            self
        } else {
            Self::Times(Box::new(self), factor)
        }
    }

    /// This curve beginning `by` later, zero before.
    #[must_use]
    pub fn shifted(self, by: Span) -> Self {
        Self::Shifted(Box::new(self), by)
    }

    /// The first `span` of this curve, over and over.
    #[must_use]
    pub fn looped(self, span: Span) -> Self {
        Self::Looped {
            curve: Box::new(self),
            span,
            phase: Span::ZERO,
        }
    }

    /// Requests per second at `at` after the load began.
    #[must_use]
    pub fn rate_at(&self, at: Time) -> f64 {
        match self {
            Self::Flat(rate) => *rate,
            Self::Sine(sine) => sine.at_turn(sine.turn(at)),
            Self::Lines(lines) => lines.rate_at(at),
            Self::Times(curve, factor) => curve.rate_at(at) * factor.at(at.secs_f64()),
            Self::Shifted(curve, by) => match at.nanos().checked_sub(by.nanos()) {
                Some(nanos) => curve.rate_at(Time::from_nanos(nanos)),
                None => 0.0,
            },
            Self::Looped { curve, span, phase } => curve.rate_at(lap(at, *span, *phase).1),
            Self::Sum(curves) => curves.iter().map(|curve| curve.rate_at(at)).sum(),
        }
    }

    /// A lower and an upper bound of the rate in [from, until], requests per second. Tight for everything but sums
    /// and growth, where the parts' bounds are combined.
    #[must_use]
    pub fn bounds(&self, from: Time, until: Time) -> (f64, f64) {
        match self {
            Self::Flat(rate) => (*rate, *rate),
            Self::Sine(sine) => sine.bounds(from, until),
            Self::Lines(lines) => lines.bounds(from, until),
            Self::Times(curve, factor) => {
                let (low, high) = curve.bounds(from, until);
                let (start, end) = (factor.at(from.secs_f64()), factor.at(until.secs_f64()));
                (low * start.min(end), high * start.max(end))
            }
            Self::Shifted(curve, by) => {
                let back = |at: Time| Time::from_nanos(at.nanos().saturating_sub(by.nanos()));
                let (low, high) = match until.nanos() < by.nanos() {
                    true => (0.0, 0.0),
                    false => curve.bounds(back(from), back(until)),
                };
                (if from.nanos() < by.nanos() { 0.0 } else { low }, high)
            }
            Self::Looped { curve, span, phase } => {
                let ((first, start), (last, end)) = (lap(from, *span, *phase), lap(until, *span, *phase));
                let whole = Time::ZERO + *span;
                match last - first {
                    0 => curve.bounds(start, end),
                    1 if end < start => {
                        let (low, high) = curve.bounds(start, whole);
                        let (low_next, high_next) = curve.bounds(Time::ZERO, end);
                        (low.min(low_next), high.max(high_next))
                    }
                    _ => curve.bounds(Time::ZERO, whole),
                }
            }
            Self::Sum(curves) => curves.iter().fold((0.0, 0.0), |(low, high), curve| {
                let (more_low, more_high) = curve.bounds(from, until);
                (low + more_low, high + more_high)
            }),
        }
    }

    /// The greatest rate in [from, until], or a bound above it (see [`Self::bounds`]).
    #[must_use]
    pub fn rate_max(&self, from: Time, until: Time) -> f64 {
        self.bounds(from, until).1
    }

    /// The expected number of requests in [from, until): the integral of the rate, in closed form.
    #[must_use]
    pub fn integral(&self, from: Time, until: Time) -> f64 {
        if until <= from {
            0.0
        } else {
            self.area(from, until, 0.0)
        }
    }

    /// Everything that is wrong with the curve.
    #[must_use]
    pub fn problems(&self) -> Vec<LoadProblem> {
        match self {
            Self::Flat(rate) => LoadProblem::of_rate("rate", *rate).into_iter().collect(),
            Self::Sine(sine) => sine.problems(),
            Self::Lines(lines) => lines
                .rates()
                .filter_map(|rate| LoadProblem::of_rate("rate", rate))
                .collect(),
            Self::Times(curve, factor) => {
                let mut problems = curve.problems();
                if !(factor.scale().is_finite() && factor.scale() >= 0.0) {
                    problems.push(LoadProblem::new("scale", factor.scale(), "a number from 0 up"));
                }
                problems
            }
            Self::Shifted(curve, _) => curve.problems(),
            Self::Looped { curve, span, .. } => {
                let mut problems = curve.problems();
                if span.is_zero() {
                    problems.push(LoadProblem::new("loop", 0.0, "a period longer than zero"));
                }
                problems
            }
            Self::Sum(curves) => curves.iter().flat_map(Self::problems).collect(),
        }
    }

    /// ∫ rate(t) · e^(k(t − from)) dt over [from, until). Growth only adds to k, which is why all curves stay closed
    /// forms; counting from `from` keeps the exponentials in range.
    fn area(&self, from: Time, until: Time, k: f64) -> f64 {
        let length = until.since(from).secs_f64();
        match self {
            Self::Flat(rate) => rate * exponential_areas(k, length).0,
            Self::Sine(sine) => sine.area(from, until, k),
            Self::Lines(lines) => lines.area(from, until, k),
            Self::Times(curve, factor) => {
                factor.at(from.secs_f64()) * curve.area(from, until, k + factor.per_sec())
            }
            Self::Shifted(curve, by) => {
                let back = |at: Time| Time::from_nanos(at.nanos().saturating_sub(by.nanos()));
                if until.nanos() <= by.nanos() {
                    return 0.0;
                }
                (k * (Time::ZERO + *by).since(from).secs_f64()).exp() * curve.area(back(from), back(until), k)
            }
            Self::Looped { curve, span, phase } => {
                let ((first, start), (last, end)) = (lap(from, *span, *phase), lap(until, *span, *phase));
                let whole = Time::ZERO + *span;
                if first == last {
                    return curve.area(start, end, k);
                }
                // How long after `from` the first whole lap begins, and the last one.
                let (head, tail) = (whole.since(start).secs_f64(), length - end.secs_f64());
                let laps = (last - first - 1) as f64;
                let growth = k * span.secs_f64();
                // A whole lap counts only where there is one: over a lap far longer than the window a growth that is
                // harmless within it may be endless, and nothing times endless is no number.
                let middle = if last - first == 1 {
                    0.0
                } else if growth.abs() < 1e-300 {
                    (k * head).exp() * laps * curve.area(Time::ZERO, whole, k)
                } else {
                    (k * head).exp() * (laps * growth).exp_m1() / growth.exp_m1()
                        * curve.area(Time::ZERO, whole, k)
                };
                curve.area(start, whole, k) + middle + (k * tail).exp() * curve.area(Time::ZERO, end, k)
            }
            Self::Sum(curves) => curves.iter().map(|curve| curve.area(from, until, k)).sum(),
        }
    }
}

/// Which lap `at` falls into, and where in it.
fn lap(at: Time, span: Span, phase: Span) -> (u64, Time) {
    let (nanos, span) = (at.nanos().saturating_add(phase.nanos()), span.nanos().max(1));
    (nanos / span, Time::from_nanos(nanos % span))
}

impl Sine {
    fn problems(&self) -> Vec<LoadProblem> {
        let mut problems: Vec<_> = LoadProblem::of_rate("base", self.base).into_iter().collect();
        problems.extend(LoadProblem::of_rate("peak", self.base + self.amplitude.abs()));
        if self.amplitude.abs() > self.base {
            let expected = "an amplitude not above the base: rates cannot be negative";
            problems.push(LoadProblem::new("amplitude", self.amplitude, expected));
        }
        if self.period.is_zero() {
            problems.push(LoadProblem::new("period", 0.0, "a period longer than zero"));
        }
        problems
    }

    /// Waves since the phase, negative before it.
    fn turn(&self, at: Time) -> f64 {
        (at.secs_f64() - self.phase.secs_f64()) / self.period.secs_f64().max(1e-9)
    }

    fn at_turn(&self, turn: f64) -> f64 {
        (self.base + self.amplitude * (turn.fract() * TAU).sin()).max(0.0)
    }

    fn bounds(&self, from: Time, until: Time) -> (f64, f64) {
        // A hair wider than asked, so that rounding cannot hide an extremum on the edge.
        let (start, end) = (self.turn(from) - 1e-9, self.turn(until) + 1e-9);
        let touches = |extremum: f64| (end - extremum).floor() > (start - extremum).floor();
        let (mut low, mut high) = (self.at_turn(start), self.at_turn(end));
        if high < low {
            (low, high) = (high, low);
        }
        let (crest, trough) = if self.amplitude < 0.0 {
            (0.75, 0.25)
        } else {
            (0.25, 0.75)
        };
        if touches(crest) {
            high = self.base + self.amplitude.abs();
        }
        if touches(trough) {
            low = self.base - self.amplitude.abs();
        }
        (low.max(0.0), high)
    }

    /// ∫ (base + amplitude·sin(ωt − φ)) · e^(k(t − from)) dt.
    fn area(&self, from: Time, until: Time, k: f64) -> f64 {
        let omega = TAU / self.period.secs_f64().max(1e-9);
        let length = until.since(from).secs_f64();
        let wave = |at: Time| {
            let angle = self.turn(at).fract() * TAU;
            (k * at.since(from).secs_f64()).exp() * (k * angle.sin() - omega * angle.cos())
        };
        self.base * exponential_areas(k, length).0
            + self.amplitude * (wave(until) - wave(from)) / (k * k + omega * omega)
    }
}
