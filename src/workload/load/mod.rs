//! Load: when requests come.
//!
//! Knows: arrival times, and how rates, counts and replayed requests become them. Must not know: files, a clock,
//! what a request does, or who serves it.
//!
//! Every source is a stream of arrivals in time order; nothing is generated ahead of need, so memory does not grow
//! with the length of a run. A source owns its random stream: two policies compared on one scenario see the same
//! arrivals, whatever they do.

mod constant;
mod counts;
mod curve;
mod factors;
mod intensity;
mod lines;
mod mmpp;
mod modify;
mod poisson;
mod renewal;
mod shaped;
mod source;
mod spec;

pub use counts::{CountSeries, CountStream, Counts, Spread};
pub use curve::{RateCurve, Sine};
pub use factors::{Factors, Growth, Repeat};
pub use intensity::Intensity;
pub use lines::{Lines, OFFICE_DAYS, OFFICE_HOURS};
pub use mmpp::{Mmpp, MmppState};
pub use renewal::Gaps;
pub use source::Source;
pub use spec::{ArrivalFactory, Load, LoadProblem, LoadSpec, RATE_MAX};

use crate::engine::{Span, Time};

/// One request on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it arrives.
    pub at: Time,
    /// Its class, an index into the workload's classes; `None` leaves the draw to the workload.
    pub class: Option<u8>,
    /// Its demand; `None` leaves the draw to the workload.
    pub demand: Option<Span>,
}

impl Arrival {
    /// A request at `at` whose class and demand the workload draws.
    #[must_use]
    pub const fn plain(at: Time) -> Self {
        Self {
            at,
            class: None,
            demand: None,
        }
    }
}

/// A stream of arrivals. Times never decrease. After the first `None` it stays `None`.
pub trait ArrivalSource: Send + Sync {
    /// The next request.
    fn next_arrival(&mut self) -> Option<Arrival>;

    /// A copy that goes on from the same place, for runs that fork and for further replications.
    fn clone_box(&self) -> Box<dyn ArrivalSource>;

    /// Why the stream ended early, if it did: for example a file that changed after it was validated.
    fn fault(&self) -> Option<&str> {
        None
    }
}

impl Clone for Box<dyn ArrivalSource> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// Rounds nanoseconds to the nearest whole one. Negative and NaN give zero, too large saturates.
///
/// Adding one half and truncating is one instruction where `round` is a library call.
#[inline]
fn whole_nanos(nanos: f64) -> u64 {
    (nanos + 0.5) as u64
}

#[cfg(test)]
mod tests;
