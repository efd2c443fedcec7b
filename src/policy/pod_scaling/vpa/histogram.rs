//! A histogram of weighted values.
//!
//! Knows: weights of buckets and the range of buckets in use. Must not know: time. Source:
//! `recommender/util/histogram.go`.

use super::buckets::{BUCKETS, Buckets};

/// A bucket lighter than this counts as empty: a thousandth of the least weight of a sample.
pub const EPSILON: f64 = 0.0001;

/// The weight of the heaviest bucket in the saved form.
const CHECKPOINT_WEIGHT_MAX: f64 = 10_000.0;

/// Weights by bucket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Histogram {
    weights: Box<[f64; BUCKETS]>,
    total: f64,
    /// The lowest bucket in use; the last one while the histogram is empty.
    lowest: usize,
    /// The highest bucket in use; the first one while the histogram is empty.
    highest: usize,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            weights: Box::new([0.0; BUCKETS]),
            total: 0.0,
            lowest: BUCKETS - 1,
            highest: 0,
        }
    }
}

impl Histogram {
    pub(super) fn add(&mut self, bucket: usize, weight: f64) {
        self.weights[bucket] += weight;
        self.total += weight;
        if self.weights[bucket] >= EPSILON {
            self.lowest = self.lowest.min(bucket);
            self.highest = self.highest.max(bucket);
        }
    }

    pub(super) fn subtract(&mut self, bucket: usize, weight: f64) {
        self.weights[bucket] = difference(self.weights[bucket], weight);
        self.total = difference(self.total, weight);
        self.narrow();
    }

    /// Multiplies every weight.
    pub(super) fn scale(&mut self, factor: f64) {
        for weight in self.weights.iter_mut() {
            *weight *= factor;
        }
        self.total *= factor;
        self.narrow();
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for bucket in other.lowest..=other.highest {
            self.weights[bucket] += other.weights[bucket];
        }
        self.total += other.total;
        self.lowest = self.lowest.min(other.lowest);
        self.highest = self.highest.max(other.highest);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.weights[self.lowest] < EPSILON
    }

    pub(super) const fn total(&self) -> f64 {
        self.total
    }

    /// The end of the bucket in which the share `percentile` of the weight is reached; the start of the last bucket,
    /// which has no end; 0 while empty.
    pub(super) fn percentile(&self, buckets: &Buckets, percentile: f64) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let threshold = percentile * self.total;
        let (mut bucket, mut sum) = (self.lowest, 0.0);
        while bucket < self.highest {
            sum += self.weights[bucket];
            if sum >= threshold {
                break;
            }
            bucket += 1;
        }
        buckets.start(bucket + 1)
    }

    /// The saved form: buckets with a share of the heaviest one's weight, in 10,000ths, by number.
    pub(super) fn saved(&self) -> Vec<(usize, u32)> {
        let used = self.lowest..=self.highest;
        let heaviest = used
            .clone()
            .map(|bucket| self.weights[bucket])
            .fold(0.0, f64::max);
        let ratio = CHECKPOINT_WEIGHT_MAX / heaviest;
        used.map(|bucket| (bucket, (self.weights[bucket] * ratio + 0.5).floor() as u32))
            .filter(|&(_, weight)| weight > 0)
            .collect()
    }

    /// Adds what was saved: shares of `total`. Buckets that no scheme has are left out.
    pub(super) fn load(&mut self, saved: &[(usize, u32)], total: f64) {
        let known = || saved.iter().filter(|&&(bucket, _)| bucket < BUCKETS);
        let sum: u64 = known().map(|&(_, weight)| u64::from(weight)).sum();
        if sum == 0 {
            return;
        }
        let ratio = total / sum as f64;
        for &(bucket, weight) in known() {
            self.weights[bucket] += f64::from(weight) * ratio;
            self.lowest = self.lowest.min(bucket);
            self.highest = self.highest.max(bucket);
        }
        self.total += total;
    }

    /// Takes buckets that became empty out of the range in use.
    fn narrow(&mut self) {
        while self.weights[self.lowest] < EPSILON && self.lowest < BUCKETS - 1 {
            self.lowest += 1;
        }
        while self.weights[self.highest] < EPSILON && self.highest > 0 {
            self.highest -= 1;
        }
    }
}

/// `weight - taken`, or nothing if what is left is below [`EPSILON`].
fn difference(weight: f64, taken: f64) -> f64 {
    let left = weight - taken;
    if left < EPSILON { 0.0 } else { left }
}
