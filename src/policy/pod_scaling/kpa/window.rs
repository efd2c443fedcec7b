//! A metric averaged over the last seconds: one bucket a second in a ring.
//!
//! Knows: buckets, silence and the two ways to average. Must not know: which metric it is, or what the average decides.
//!
//! Source: `aggregation/bucketing.go`, `TimedFloat64Buckets` and `WeightedFloat64Buckets` with a granularity of one
//! second.

use super::power::{power, root};
use super::{seconds_up, whole_seconds};
use crate::engine::{Span, Time};

/// The slowest decay of the weighted average: otherwise a long window would be all but a plain average.
const SMOOTHING_MIN: f64 = 0.2;
/// The weights of a full window leave out at most this (`1 - weightPrecision`, which Go computes exactly).
const WEIGHT_LOST: f64 = 0.0001;
/// The plain average keeps six decimals.
const DECIMALS: f64 = 1e6;

/// A metric's recent past.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricWindow {
    buckets: Vec<f64>,
    /// Seconds of the first write since the last full window of silence, and of the last write.
    written: Option<(u64, u64)>,
    /// Sum over all buckets, kept as a running sum: Knative subtracts and adds in this order.
    total: f64,
    /// Weight of the newest bucket; `None` for the plain average.
    smoothing: Option<f64>,
}

impl MetricWindow {
    /// A plain (linear) average over `window`, rounded up to whole seconds and at least one.
    #[must_use]
    pub fn linear(window: Span) -> Self {
        Self {
            buckets: vec![0.0; seconds_up(window).max(1) as usize],
            written: None,
            total: 0.0,
            smoothing: None,
        }
    }

    /// An average over `window` in which newer seconds weigh more.
    #[must_use]
    pub fn exponential(window: Span) -> Self {
        let plain = Self::linear(window);
        let smoothing = (1.0 - root(WEIGHT_LOST, plain.seconds())).max(SMOOTHING_MIN);
        Self {
            smoothing: Some(smoothing),
            ..plain
        }
    }

    fn seconds(&self) -> u64 {
        self.buckets.len() as u64
    }

    fn bucket(&mut self, second: u64) -> &mut f64 {
        let index = (second % self.seconds()) as usize;
        &mut self.buckets[index]
    }

    /// Adds `value` to the bucket of `now`. Seconds between two writes count as zero; after a whole window of silence
    /// the past is forgotten; a value that is a whole window late is dropped.
    pub fn record(&mut self, now: Time, value: f64) {
        let now = whole_seconds(now);
        let (mut first, mut last) = self.written.unwrap_or((now, now));
        if now + self.seconds() <= last {
            return;
        }
        first = first.min(now);
        if self.written.is_none() || (now > last && now - last >= self.seconds()) {
            (first, last) = (now, now);
            self.buckets.fill(0.0);
            self.total = 0.0;
        }
        while last < now {
            last += 1;
            let expired = std::mem::take(self.bucket(last));
            self.total -= expired;
        }
        self.written = Some((first, last));
        *self.bucket(now) += value;
        self.total += value;
    }

    /// Whether nothing was written for longer than the window.
    #[must_use]
    pub fn is_empty(&self, now: Time) -> bool {
        let now = whole_seconds(now);
        self.written
            .is_none_or(|(_, last)| now.saturating_sub(last) > self.seconds())
    }

    /// The average at `now`; zero if there is nothing to average.
    ///
    /// The silent seconds since the last write are left out of the sum and of the divisor, so silence does not dilute;
    /// so are the seconds before the first write.
    #[must_use]
    pub fn average(&self, now: Time) -> f64 {
        let now = whole_seconds(now);
        let Some((first, last)) = self.written else {
            return 0.0;
        };
        let silent = now.saturating_sub(last);
        match self.smoothing {
            Some(smoothing) => self.weighted(smoothing, last, silent),
            None if silent >= self.seconds() => 0.0,
            None => self.plain(first, last, silent),
        }
    }

    fn plain(&self, first: u64, last: u64, silent: u64) -> f64 {
        let expired = |offset: u64| self.buckets[((last + offset) % self.seconds()) as usize];
        let sum = (1..=silent).fold(self.total, |sum, offset| sum - expired(offset));
        let counted = (last - first + 1).min(self.seconds() - silent);
        (sum / counted as f64 * DECIMALS).round() / DECIMALS
    }

    fn weighted(&self, smoothing: f64, last: u64, silent: u64) -> f64 {
        // Unlike the plain average, the silent seconds weigh: the weight has decayed once for each of them.
        let mut weight = smoothing;
        if silent > 0 {
            weight *= power(1.0 - smoothing, silent);
        }
        let mut average = 0.0;
        for age in 0..self.seconds().saturating_sub(silent) {
            let second = last + self.seconds() - age;
            average += self.buckets[(second % self.seconds()) as usize] * weight;
            weight *= 1.0 - smoothing;
        }
        average
    }
}

#[cfg(test)]
mod tests {
    use super::MetricWindow;
    use crate::engine::{Span, Time};
    use proptest::prelude::*;

    fn at(second: u64) -> Time {
        Time::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn silence_and_the_time_before_the_first_write_do_not_dilute() {
        let mut window = MetricWindow::linear(Span::from_secs(60));
        assert!(window.is_empty(at(5)));
        for second in 10..20 {
            window.record(at(second), 6.0);
        }
        for second in [19, 30, 69, 78] {
            assert_eq!(
                window.average(at(second)).to_bits(),
                6.0_f64.to_bits(),
                "at {second} s"
            );
        }
        assert_eq!(window.average(at(79)).to_bits(), 0.0_f64.to_bits());
        assert!(!window.is_empty(at(79)), "empty only after more than the window");
        assert!(window.is_empty(at(80)));
    }

    proptest! {
        /// The running sum and ring must be what a plain list of samples says.
        #[test]
        fn the_ring_is_the_list_of_samples(
            seconds in 1_u64..20,
            samples in prop::collection::vec((0_u64..4, 0_u32..1000), 1..120),
            late in 0_u64..30,
        ) {
            let mut window = MetricWindow::linear(Span::from_secs(seconds));
            let (mut now, mut first) = (100, 0);
            let mut list: Vec<(u64, f64)> = vec![];
            for (gap, value) in samples {
                let before = now;
                now += gap * gap * gap;
                if list.is_empty() || now - before >= seconds {
                    first = now;
                }
                list.push((now, value.into()));
                window.record(at(now), value.into());
            }
            let (last, now) = (now, now + late);
            let from = (now + 1).saturating_sub(seconds).max(first);
            let expected = if now - last >= seconds {
                0.0
            } else {
                let sum: f64 = list.iter().filter(|&&(at, _)| at >= from).map(|&(_, value)| value).sum();
                sum / (last - from + 1) as f64
            };
            prop_assert!((window.average(at(now)) - expected).abs() < 1e-6);
        }
    }
}
