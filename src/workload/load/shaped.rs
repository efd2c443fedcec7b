//! Poisson arrivals at a rate that varies: thinning under a local bound.
//!
//! Knows: a rate curve's value and bounds. Must not know: how the curve is made.
//!
//! Exact in law: within a segment on which the rate lies between `low` and `high`, candidates come as a Poisson
//! process of rate `high` and each is kept with probability rate/high (Lewis and Shedler 1979); the process has no
//! memory, so a candidate gap that crosses the segment's end is dropped and drawn anew behind it. Segments are cut by
//! the curve alone, so that `low` is near `high` wherever requests are many: at night the bound is the night's. A
//! candidate below `low` is kept without evaluating the curve.

use std::sync::Arc;

use rand::RngExt;
use rand_distr::{Distribution, Exp1};

use super::spec::Opening;
use super::{Arrival, RateCurve, whole_nanos};
use crate::engine::{Span, Stream, Time};

/// A segment's bounds are good enough when low ≥ this share of high.
const EVEN_ENOUGH: f64 = 0.75;
/// Below so many candidates in a segment, evenness is not worth another cut.
const CANDIDATES_FEW: f64 = 16.0;
/// Nanoseconds: one minute at first, thirty days at most.
const SEGMENT_FIRST: u64 = 60_000_000_000;
const SEGMENT_MAX: u64 = 30 * 86_400_000_000_000;
/// Above one request a nanosecond time could not tell requests apart; higher rates count as this. Per second.
const RATE_CEILING: f64 = 1e9;

/// Non-homogeneous Poisson arrivals.
#[derive(Clone, Debug)]
pub(super) struct Shaped {
    curve: Arc<RateCurve>,
    stream: Stream,
    origin: Time,
    /// Nanoseconds since the origin: the last candidate, the segment's end, its length.
    at: u64,
    end: u64,
    length: u64,
    /// Requests per second.
    low: f64,
    high: f64,
    /// Nanoseconds between candidates.
    gap_mean: f64,
}

impl Shaped {
    /// Arrivals at the rate `curve` times the opening's factor.
    pub(super) fn new(curve: &RateCurve, opening: &Opening<'_>) -> Self {
        Self {
            curve: Arc::new(curve.clone().times(opening.factor)),
            stream: opening.stream(""),
            origin: opening.origin,
            at: 0,
            end: 0,
            length: SEGMENT_FIRST,
            low: 0.0,
            high: 0.0,
            gap_mean: f64::INFINITY,
        }
    }

    #[inline]
    pub(super) fn next_arrival(&mut self) -> Option<Arrival> {
        loop {
            if self.at >= self.end && !self.next_segment() {
                return None;
            }
            let gap: f64 = Exp1.sample(&mut self.stream);
            self.at = self.at.saturating_add(whole_nanos(gap * self.gap_mean));
            if self.at >= self.end {
                self.at = self.end;
                continue;
            }
            let level = self.stream.random::<f64>() * self.high;
            if level < self.low || level < self.curve.rate_at(Time::from_nanos(self.at)) {
                let at = self.origin + Span::from_nanos(self.at);
                if at == Time::NEVER {
                    self.end = u64::MAX;
                    self.at = u64::MAX;
                    return None;
                }
                return Some(Arrival::plain(at));
            }
        }
    }

    /// Moves on to the next segment with a rate above zero; false at the end of time.
    fn next_segment(&mut self) -> bool {
        loop {
            let from = self.end;
            if from == u64::MAX {
                return false;
            }
            self.length = self.length.saturating_mul(2).clamp(2, SEGMENT_MAX);
            loop {
                self.end = from.saturating_add(self.length);
                let (low, high) = self
                    .curve
                    .bounds(Time::from_nanos(from), Time::from_nanos(self.end));
                (self.low, self.high) = (low.min(RATE_CEILING), high.min(RATE_CEILING));
                let candidates = self.high * self.length as f64 / 1e9;
                if self.low >= EVEN_ENOUGH * self.high || candidates <= CANDIDATES_FEW || self.length <= 1 {
                    break;
                }
                self.length /= 2;
            }
            self.at = from;
            if self.high > 0.0 {
                self.gap_mean = 1e9 / self.high;
                return true;
            }
        }
    }
}
