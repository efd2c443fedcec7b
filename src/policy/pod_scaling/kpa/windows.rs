//! The two windows over one metric: the stable one, and the short one that panics.
//!
//! Knows: that both see every sample. Must not know: what the averages decide. Source: `metrics/collector.go`.

use super::{Aggregation, Averages, MetricWindow};
use crate::engine::{Span, Time};

/// A metric in its stable and its panic window.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricWindows {
    stable: MetricWindow,
    panic: MetricWindow,
}

impl MetricWindows {
    /// Empty windows of these lengths, whole seconds.
    #[must_use]
    pub fn new(aggregation: Aggregation, stable: Span, panic: Span) -> Self {
        let window = match aggregation {
            Aggregation::Linear => MetricWindow::linear,
            Aggregation::WeightedExponential => MetricWindow::exponential,
        };
        Self {
            stable: window(stable),
            panic: window(panic),
        }
    }

    /// What the metric was in the second of `now`; samples of one second add up.
    pub fn record(&mut self, now: Time, value: f64) {
        self.stable.record(now, value);
        self.panic.record(now, value);
    }

    /// Both averages; `None` when nothing was recorded for longer than the stable window.
    #[must_use]
    pub fn averages(&self, now: Time) -> Option<Averages> {
        (!self.stable.is_empty(now)).then(|| Averages {
            stable: self.stable.average(now),
            panic: self.panic.average(now),
        })
    }
}
