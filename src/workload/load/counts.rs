//! Arrivals from a series of counts: so many requests in each interval.
//!
//! Knows: counts, the interval's length, how requests spread within it. Must not know: where the counts came from.
//!
//! Within an interval the times are those of n independent uniforms in order, exact in law and without storing n
//! of them. The interval is cut into equal bins of about [`BIN`] requests; each bin's share of the requests left is
//! binomial (together multinomial); within a bin of m requests the order statistics are S₁/S₍ₘ₊₁₎ … Sₘ/S₍ₘ₊₁₎, where S
//! are the partial sums of m + 1 exponentials. That costs one exponential draw a request and a buffer of one bin.

use std::fmt::Debug;
use std::sync::Arc;

use rand::RngExt;
use rand_distr::{Binomial, Distribution, Exp1};

use super::spec::Opening;
use super::{Arrival, Intensity};
use crate::engine::{Span, Stream, Time};

/// Requests a bin on average.
const BIN: u64 = 256;

/// A series of counts that can be read from its beginning any number of times.
pub trait CountSeries: Send + Sync + Debug {
    /// A reader at the beginning.
    fn open(&self) -> Box<dyn CountStream>;

    /// How many counts there are, if known.
    fn intervals(&self) -> Option<u64>;
}

/// A reader of counts, one an interval.
pub trait CountStream: Send + Sync {
    /// The next interval's count; `None` at the end, and from then on.
    fn next_count(&mut self) -> Option<u32>;

    /// A copy at the same place.
    fn clone_box(&self) -> Box<dyn CountStream>;

    /// Why the series ended early, if it did.
    fn fault(&self) -> Option<&str> {
        None
    }
}

impl Clone for Box<dyn CountStream> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

impl CountSeries for Arc<[u32]> {
    fn open(&self) -> Box<dyn CountStream> {
        Box::new(InMemory {
            counts: Self::clone(self),
            next: 0,
        })
    }

    fn intervals(&self) -> Option<u64> {
        Some(self.len() as u64)
    }
}

#[derive(Clone)]
struct InMemory {
    counts: Arc<[u32]>,
    next: usize,
}

impl CountStream for InMemory {
    fn next_count(&mut self) -> Option<u32> {
        let count = self.counts.get(self.next).copied()?;
        self.next += 1;
        Some(count)
    }

    fn clone_box(&self) -> Box<dyn CountStream> {
        Box::new(self.clone())
    }
}

/// Where in its interval a request falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Spread {
    /// Independently and uniformly: given the count, a Poisson process.
    #[default]
    Uniform,
    /// At equal distances, the first half a distance after the interval begins.
    Even,
}

/// A series of counts as a load.
#[derive(Clone, Debug)]
pub struct Counts {
    /// The counts, in time order.
    pub series: Arc<dyn CountSeries>,
    /// How long each count's interval is.
    pub interval: Span,
    /// Where in its interval a request falls.
    pub spread: Spread,
}

impl Counts {
    /// The length of the whole series, if known.
    #[must_use]
    pub fn length(&self) -> Option<Span> {
        let intervals = self.series.intervals()?;
        Some(Span::from_nanos(self.interval.nanos().saturating_mul(intervals)))
    }
}

/// Arrivals of [`Counts`]. A factor on the rate multiplies each count by its mean over the interval and rounds at
/// random, with a stream of its own, so that the expectation is exact.
#[derive(Clone)]
pub(super) struct CountSource {
    series: Box<dyn CountStream>,
    stream: Stream,
    rounding: Stream,
    factor: Intensity,
    origin: Time,
    interval: u64,
    spread: Spread,
    /// Intervals read so far; the present one is the last of them.
    read: u64,
    /// Requests of the present interval, those not yet in the buffer, its bins, and how many are used.
    total: u64,
    left: u64,
    bins: u64,
    bin: u64,
    /// Times of the present bin, nanoseconds, and the next to hand out.
    times: Vec<u64>,
    next: usize,
    sums: Vec<f64>,
}

impl CountSource {
    pub(super) fn new(counts: &Counts, opening: &Opening<'_>) -> Self {
        Self {
            series: counts.series.open(),
            stream: opening.stream(""),
            rounding: opening.stream("/rounding"),
            factor: opening.factor,
            origin: opening.origin,
            interval: counts.interval.nanos(),
            spread: counts.spread,
            read: 0,
            total: 0,
            left: 0,
            bins: 0,
            bin: 0,
            times: Vec::new(),
            next: 0,
            sums: Vec::new(),
        }
    }

    pub(super) fn fault(&self) -> Option<&str> {
        self.series.fault()
    }

    #[inline]
    pub(super) fn next_arrival(&mut self) -> Option<Arrival> {
        loop {
            if let Some(&at) = self.times.get(self.next) {
                self.next += 1;
                return Some(Arrival::plain(Time::from_nanos(at)));
            }
            if !self.refill() {
                return None;
            }
        }
    }

    /// Fills the buffer with the next bin that holds a request; false at the end.
    fn refill(&mut self) -> bool {
        self.times.clear();
        self.next = 0;
        while self.left == 0 {
            let Some(count) = self.series.next_count() else {
                return false;
            };
            let start = Span::from_nanos(self.interval.saturating_mul(self.read));
            self.read += 1;
            if self.origin + start + Span::from_nanos(self.interval) == Time::NEVER {
                return false;
            }
            self.total = self.factored(count, start);
            self.left = self.total;
            self.bins = self.left.div_ceil(BIN);
            self.bin = 0;
        }
        let bins_left = self.bins - self.bin;
        let requests = match self.spread {
            _ if bins_left == 1 => self.left,
            Spread::Even => self.left / bins_left,
            Spread::Uniform => match Binomial::new(self.left, 1.0 / bins_left as f64) {
                Ok(share) => share.sample(&mut self.stream),
                Err(_) => self.left / bins_left,
            },
        };
        self.fill(requests);
        self.left -= requests;
        self.bin += 1;
        true
    }

    /// The present interval's count after the factor.
    fn factored(&mut self, count: u32, start: Span) -> u64 {
        if self.factor.is_one() {
            return u64::from(count);
        }
        let mean = self.factor.mean(
            start.secs_f64(),
            Span::from_nanos(self.interval).secs_f64().max(1e-9),
        );
        let wanted = f64::from(count) * mean;
        let whole = wanted.floor();
        whole as u64 + u64::from(self.rounding.random::<f64>() < wanted - whole)
    }

    /// Writes the times of `requests` requests of the present bin.
    fn fill(&mut self, requests: u64) {
        let start = self.origin.nanos() + self.interval * (self.read - 1);
        let last = self.interval.saturating_sub(1);
        match self.spread {
            Spread::Even => {
                let step = self.interval as f64 / self.total as f64;
                let done = self.total - self.left;
                let times =
                    (done..done + requests).map(|i| start + (((i as f64 + 0.5) * step) as u64).min(last));
                self.times.extend(times);
            }
            Spread::Uniform => {
                let width = self.interval as f64 / self.bins as f64;
                let from = self.bin as f64 * width;
                // The next bin's earliest time: rounding must not carry a request past it.
                let last = (((self.bin + 1) as f64 * width) as u64).min(last);
                let mut sum = 0.0;
                self.sums.clear();
                for _ in 0..requests {
                    let gap: f64 = Exp1.sample(&mut self.stream);
                    sum += gap;
                    self.sums.push(sum);
                }
                let gap: f64 = Exp1.sample(&mut self.stream);
                let unit = width / (sum + gap);
                self.times.extend(
                    self.sums
                        .iter()
                        .map(|sum| start + ((from + sum * unit) as u64).min(last)),
                );
            }
        }
    }
}
