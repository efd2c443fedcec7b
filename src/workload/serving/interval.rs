//! What happened since the last sample: for time series and for observed metrics.

use crate::engine::Span;
use crate::stats::Histogram;

/// Counts and latencies since the last reset.
#[derive(Clone, Debug)]
pub struct IntervalStats {
    /// Attempts that arrived.
    pub arrivals: u64,
    /// Attempts answered in time.
    pub completions: u64,
    /// Attempts that failed, whether or not they were retried.
    pub failures: u64,
    /// Latency of the requests that succeeded, ns.
    pub latency: Histogram,
}

impl Default for IntervalStats {
    fn default() -> Self {
        Self {
            arrivals: 0,
            completions: 0,
            failures: 0,
            latency: Histogram::coarse(),
        }
    }
}

impl IntervalStats {
    /// A request was answered in time, `latency` after it first arrived.
    #[inline(always)]
    pub(super) fn succeeded(&mut self, latency: Span) {
        self.completions += 1;
        self.latency.record_one(latency.nanos());
    }

    /// Starts a new interval.
    pub fn reset(&mut self) {
        (self.arrivals, self.completions, self.failures) = (0, 0, 0);
        if self.latency.count() > 0 {
            self.latency.reset();
        }
    }
}
