//! Evenly spaced arrivals.
//!
//! Knows: a rate, a phase and a factor on the rate. Must not know: where they came from.

use rand::RngExt;

use super::spec::Opening;
use super::{Arrival, Intensity, whole_nanos};
use crate::engine::{Span, Time};

/// Request `i` comes when the integral of the rate reaches `first + i`. Each time is computed from `i`, not from the
/// time before, so rounding does not add up.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    origin: Time,
    rate: f64,
    factor: Intensity,
    first: f64,
    index: u64,
    ended: bool,
}

impl Constant {
    /// `rate` requests per second; the first after `phase`, or at random within the first gap.
    pub(super) fn new(rate: f64, phase: Option<Span>, opening: &Opening<'_>) -> Self {
        let factor = opening.factor;
        let first = match phase {
            Some(Span::ZERO) => 0.0,
            Some(phase) => rate * factor.mean(0.0, phase.secs_f64()) * phase.secs_f64(),
            None => opening.stream("").random::<f64>(),
        };
        Self {
            origin: opening.origin,
            rate,
            factor,
            first,
            index: 0,
            ended: rate <= 0.0 || factor.scale() <= 0.0,
        }
    }

    #[inline]
    pub(super) fn next_arrival(&mut self) -> Option<Arrival> {
        if self.ended {
            return None;
        }
        let after = self
            .factor
            .advance(0.0, (self.first + self.index as f64) / self.rate);
        let at = self.origin + Span::from_nanos(whole_nanos(after * 1e9));
        if at == Time::NEVER {
            self.ended = true;
            return None;
        }
        self.index += 1;
        Some(Arrival::plain(at))
    }
}
