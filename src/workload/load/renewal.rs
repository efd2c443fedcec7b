//! Renewal arrivals: independent gaps from any sampler.
//!
//! Knows: that gaps come from somewhere. Must not know: which distribution they follow.

use std::fmt::Debug;

use super::spec::Opening;
use super::{Arrival, Intensity, whole_nanos};
use crate::engine::{Span, Stream, Time};

/// A sampler of gaps between requests. It may keep state, for correlated gaps.
pub trait Gaps: Send + Sync + Debug {
    /// The next gap in seconds; negative and NaN count as zero, infinity ends the load.
    fn next_gap(&mut self, stream: &mut Stream) -> f64;

    /// A copy in the same state.
    fn clone_box(&self) -> Box<dyn Gaps>;
}

impl Clone for Box<dyn Gaps> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// Arrivals with sampled gaps; the first comes one gap after the beginning. A factor on the rate shortens the gaps.
#[derive(Clone, Debug)]
pub(super) struct Renewal {
    gaps: Box<dyn Gaps>,
    stream: Stream,
    factor: Intensity,
    origin: Time,
    /// Nanoseconds since the origin.
    at: u64,
}

impl Renewal {
    pub(super) fn new(gaps: &dyn Gaps, opening: &Opening<'_>) -> Self {
        let (stream, factor, origin) = (opening.stream(""), opening.factor, opening.origin);
        Self {
            gaps: gaps.clone_box(),
            stream,
            factor,
            origin,
            at: 0,
        }
    }

    #[inline]
    pub(super) fn next_arrival(&mut self) -> Option<Arrival> {
        if self.at == u64::MAX {
            return None;
        }
        // `max` also turns NaN into zero.
        let gap = self.gaps.next_gap(&mut self.stream).max(0.0);
        let gap = self.factor.advance(Time::from_nanos(self.at).secs_f64(), gap);
        self.at = self.at.saturating_add(whole_nanos(gap * 1e9));
        let at = self.origin + Span::from_nanos(self.at);
        if at == Time::NEVER {
            self.at = u64::MAX;
            return None;
        }
        Some(Arrival::plain(at))
    }
}
