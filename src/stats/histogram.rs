//! A mergeable, weighted histogram of nanosecond values.
//!
//! Knows buckets and exact integer sums. Must not know what took that long. Whatever is recorded in whatever parts and
//! order, the merged histogram is bit for bit the same: counts, sums and extremes are integers, and adding and taking
//! extremes commute.

use hdrhistogram::Histogram as Buckets;

/// Values (u64, nanoseconds by convention) with weights, in buckets of constant relative width over the whole range
/// of `u64`: recording never fails. Memory grows with the logarithm of the greatest value, so that a thousand
/// histograms of milliseconds are small.
///
/// Quantiles come from the buckets; count, mean, deviation and extremes are exact.
#[derive(Clone, Debug)]
pub struct Histogram {
    buckets: Buckets<u64>,
    /// Σ w·v. Exact: the total weight is below 2⁶⁴ and so is every value.
    sum: u128,
    /// Σ w·v², saturating.
    sum_of_squares: u128,
    min: u64,
    max: u64,
}

impl Histogram {
    /// Three significant digits: a quantile is at most 0.1 % too high and never too low. At most 440 KiB.
    #[must_use]
    pub fn fine() -> Self {
        Self::with_digits(3)
    }

    /// Two significant digits, for percentiles of short intervals: at most 0.8 % too high. At most 57 KiB.
    #[must_use]
    pub fn coarse() -> Self {
        Self::with_digits(2)
    }

    fn with_digits(digits: u8) -> Self {
        Self {
            buckets: Buckets::new(digits).expect("a precision that the crate accepts"),
            sum: 0,
            sum_of_squares: 0,
            min: u64::MAX,
            max: 0,
        }
    }

    /// Records `value` as if it had been seen `weight` times; a weight of zero records nothing. A few nanoseconds.
    /// The total weight must stay below 2⁶⁴.
    #[inline]
    pub fn record(&mut self, value: u64, weight: u64) {
        if weight == 0 {
            return;
        }
        self.buckets
            .record_n(value, weight)
            .expect("it grows to every u64");
        let product = u128::from(value) * u128::from(weight);
        self.sum += product;
        self.sum_of_squares = self
            .sum_of_squares
            .saturating_add(product.saturating_mul(u128::from(value)));
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Records `value` once, the common case.
    #[inline]
    pub fn record_one(&mut self, value: u64) {
        self.buckets.record(value).expect("it grows to every u64");
        self.sum += u128::from(value);
        self.sum_of_squares = self
            .sum_of_squares
            .saturating_add(u128::from(value) * u128::from(value));
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Adds everything `other` holds. Merging is associative and commutative to the bit.
    ///
    /// # Panics
    /// If one is fine and the other coarse: their sum would depend on the order.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(
            self.buckets.sigfig(),
            other.buckets.sigfig(),
            "histograms of unlike precision"
        );
        self.buckets.add(&other.buckets).expect("it grows to every u64");
        self.sum += other.sum;
        self.sum_of_squares = self.sum_of_squares.saturating_add(other.sum_of_squares);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Forgets everything recorded, keeping the memory.
    pub fn reset(&mut self) {
        if self.is_empty() {
            return;
        }
        self.buckets.reset();
        (self.sum, self.sum_of_squares, self.min, self.max) = (0, 0, u64::MAX, 0);
    }

    /// The total weight recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// Σ weight · value, exact.
    #[must_use]
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The least value that at least the share `p` of the weight does not exceed (nearest rank), rounded up to the end
    /// of its bucket but never above [`Histogram::max`]. `p` at or below 0 gives the exact minimum, at or above 1 the
    /// exact maximum; 0 when empty.
    #[must_use]
    pub fn quantile(&self, p: f64) -> u64 {
        if p <= 0.0 {
            return self.min();
        }
        if p >= 1.0 {
            return self.max();
        }
        // The rank is shy of one rounding, so that 0.07 of 100 values is the 7th and not the 8th.
        let bucket_end = self.buckets.value_at_quantile(p.next_down());
        bucket_end.clamp(self.min(), self.max())
    }

    /// The mean, rounded once; 0 when empty.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let (whole, rest) = self.mean_parts();
        whole as f64 + rest
    }

    /// The standard deviation of the values as a population (divided by n); 0 when empty. Nothing cancels, however
    /// small the deviation is beside the mean. Should Σ weight · value² exceed 2¹²⁸ (3.4e38 ns²: more than 300 000
    /// values of a year each), the deviation comes from the buckets instead.
    #[must_use]
    pub fn std_dev(&self) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        if self.sum_of_squares == u128::MAX {
            return self.buckets.stdev();
        }
        // With q = ⌊mean⌋ and r = Σv - n·q: Σ(v - q)² = Σv² - q·(Σv + r). The result fits, so wrapping is exact.
        let count = u128::from(self.count());
        let (whole, remainder) = (self.sum / count, self.sum % count);
        let squares = self
            .sum_of_squares
            .wrapping_sub(whole.wrapping_mul(self.sum.wrapping_add(remainder)));
        let rest = remainder as f64 / count as f64;
        (squares as f64 / count as f64 - rest * rest).max(0.0).sqrt()
    }

    /// The least value, exact; 0 when empty.
    #[must_use]
    pub fn min(&self) -> u64 {
        if self.is_empty() { 0 } else { self.min }
    }

    /// The greatest value, exact; 0 when empty.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The mean's whole part and the rest in [0, 1).
    fn mean_parts(&self) -> (u128, f64) {
        let count = u128::from(self.count().max(1));
        (self.sum / count, (self.sum % count) as f64 / count as f64)
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        let sums = |h: &Self| (h.sum, h.sum_of_squares, h.min, h.max);
        sums(self) == sums(other) && self.buckets == other.buckets
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;
    use proptest::prelude::*;

    /// Values over the whole range, small ones as often as huge ones.
    fn value() -> impl Strategy<Value = u64> {
        (any::<u64>(), 0u32..64).prop_map(|(bits, shift)| bits >> shift)
    }

    fn of(records: &[(u64, u64)]) -> Histogram {
        let mut histogram = Histogram::coarse();
        records
            .iter()
            .for_each(|&(value, weight)| histogram.record(value, weight));
        histogram
    }

    proptest! {
        /// Were a merged histogram to depend on how the run was cut up, results would depend on the number of threads.
        #[test]
        fn parts_merge_to_the_whole_in_any_order(
            a in prop::collection::vec((value(), 0u64..5), 0..30),
            b in prop::collection::vec((value(), 0u64..5), 0..30),
            c in prop::collection::vec((value(), 0u64..5), 0..30),
        ) {
            let merged = |parts: [&[(u64, u64)]; 3]| {
                let mut all = Histogram::coarse();
                parts.iter().for_each(|part| all.merge(&of(part)));
                all
            };
            let whole = of(&[a.clone(), b.clone(), c.clone()].concat());
            prop_assert_eq!(&whole, &merged([&a, &b, &c]));
            prop_assert_eq!(&whole, &merged([&c, &a, &b]));
            let mut nested = of(&b);
            nested.merge(&of(&c));
            let mut right = of(&a);
            right.merge(&nested);
            prop_assert_eq!(&whole, &right);
        }

        /// A quantile further off than its bucket would make an objective pass or fail wrongly.
        #[test]
        fn a_quantile_is_at_most_a_thousandth_too_high_and_never_too_low(
            values in prop::collection::vec(value(), 1..200),
            p in 0.0..=1.0f64,
        ) {
            let (mut fine, mut coarse) = (Histogram::fine(), Histogram::coarse());
            for &value in &values {
                fine.record(value, 1);
                coarse.record(value, 1);
            }
            let mut sorted = values;
            sorted.sort_unstable();
            let rank = (p.next_down() * sorted.len() as f64).ceil().max(1.0) as usize;
            let exact = sorted[rank - 1] as f64;
            for (histogram, error) in [(&fine, 0.001), (&coarse, 0.008)] {
                let found = histogram.quantile(p) as f64;
                prop_assert!(found >= exact && found <= exact * (1.0 + error), "{} for {}", found, exact);
            }
            prop_assert_eq!(fine.quantile(0.0), sorted[0]);
            prop_assert_eq!(fine.quantile(1.0), sorted[sorted.len() - 1]);
        }
    }

    #[test]
    fn a_weight_is_the_value_that_many_times() {
        let mut repeated = Histogram::fine();
        (0..1000).for_each(|_| repeated.record(12_345, 1));
        let mut weighted = Histogram::fine();
        weighted.record(12_345, 1000);
        weighted.record(1, 0);
        assert!(repeated == weighted);
    }

    #[test]
    fn a_small_deviation_beside_a_huge_mean_is_not_lost() {
        // A year in nanoseconds, give or take three: squared in f64 the difference is gone.
        let year = 31_536_000_000_000_000;
        let mut histogram = Histogram::fine();
        for value in [year - 3, year + 3, year, year + 1] {
            histogram.record(value, 500);
        }
        assert!((histogram.mean() - (year as f64 + 0.25)).abs() < 8.0);
        let expected = (19.0_f64 / 4.0 - 0.0625).sqrt();
        assert!(
            (histogram.std_dev() - expected).abs() < 1e-9,
            "{}",
            histogram.std_dev()
        );
        assert_eq!((histogram.min(), histogram.max()), (year - 3, year + 3));
    }

    #[test]
    fn beyond_the_range_of_the_squares_the_deviation_is_still_right_to_three_digits() {
        let mut histogram = Histogram::fine();
        histogram.record(u64::MAX, 10);
        histogram.record(0, 10);
        let expected = u64::MAX as f64 / 2.0;
        assert!(
            (histogram.std_dev() / expected - 1.0).abs() < 1e-3,
            "{}",
            histogram.std_dev()
        );
        assert!((histogram.mean() / expected - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_emptied_histogram_is_like_a_new_one() {
        let mut histogram = Histogram::fine();
        histogram.record(77, 3);
        histogram.reset();
        assert!(histogram == Histogram::fine());
        assert_eq!(
            (
                histogram.count(),
                histogram.min(),
                histogram.max(),
                histogram.quantile(0.5)
            ),
            (0, 0, 0, 0)
        );
        assert!(histogram.mean().abs() < 1e-300 && histogram.std_dev().abs() < 1e-300);
    }

    #[test]
    fn a_thousand_histograms_fit_in_memory() {
        let bytes = |histogram: &Histogram| histogram.buckets.distinct_values() * size_of::<u64>();
        assert!(
            bytes(&Histogram::fine()) < 500_000,
            "fine: {}",
            bytes(&Histogram::fine())
        );
        assert!(
            bytes(&Histogram::coarse()) < 80_000,
            "coarse: {}",
            bytes(&Histogram::coarse())
        );
    }
}
