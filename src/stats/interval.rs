//! Confidence intervals over independent replications.
//!
//! Knows Student's t. Must not know what was replicated: it gets one number a replication and trusts that they are
//! independent (or, for a difference, paired by common random numbers).

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::erf::erfc_inv;
use std::f64::consts::SQRT_2;

/// A mean with its two-sided Student-t confidence interval.
///
/// Source: Law, *Simulation Modeling and Analysis*, 5th ed., §4.5: mean ± t(n-1, (1+level)/2) · s / √n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanInterval {
    /// The mean of the observations, in their unit.
    pub mean: f64,
    /// Half the width of the interval, in their unit; `None` for a single observation, which has no interval.
    pub half_width: Option<f64>,
    /// How many observations.
    pub n: usize,
    /// The confidence level, in (0, 1).
    pub level: f64,
}

impl MeanInterval {
    /// The interval of the mean of `observations` at confidence `level`; `None` without observations.
    ///
    /// # Panics
    /// If `level` is not between 0 and 1, exclusive.
    #[must_use]
    pub fn of(observations: &[f64], level: f64) -> Option<Self> {
        assert!(level > 0.0 && level < 1.0, "a confidence level of {level}");
        let (&first, n) = (observations.first()?, observations.len());
        if n > 1 && observations.iter().all(|value| value.total_cmp(&first).is_eq()) {
            // Said exactly, without the rounding of a sum.
            return Some(Self {
                mean: first,
                half_width: Some(0.0),
                n,
                level,
            });
        }
        let mean = mean(observations);
        let half_width = (n > 1).then(|| {
            let variance = observations.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1) as f64;
            student_t(n - 1, level) * (variance / n as f64).sqrt()
        });
        Some(Self {
            mean,
            half_width,
            n,
            level,
        })
    }

    /// The lower end; `None` without an interval.
    #[must_use]
    pub fn low(&self) -> Option<f64> {
        self.half_width.map(|half| self.mean - half)
    }

    /// The upper end; `None` without an interval.
    #[must_use]
    pub fn high(&self) -> Option<f64> {
        self.half_width.map(|half| self.mean + half)
    }

    /// The half width as a share of the mean's size: 0 if there is no variation, infinite around a mean of zero, `None`
    /// without an interval.
    #[must_use]
    pub fn relative_half_width(&self) -> Option<f64> {
        self.half_width
            .map(|half| if half > 0.0 { half / self.mean.abs() } else { 0.0 })
    }

    /// Whether several observations were all the same: the quantity did not vary, and an interval would say nothing.
    #[must_use]
    pub fn is_deterministic(&self) -> bool {
        self.half_width.is_some_and(|half| half <= 0.0)
    }
}

/// The mean difference of paired observations, candidate - baseline, with its paired-t interval.
///
/// Source: Law, 5th ed., §10.2.1. Pairs that share their random numbers are correlated, which narrows the interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// The mean of the differences and its interval.
    pub difference: MeanInterval,
    /// Pearson's correlation of the pairs in [-1, 1], near 1 when common random numbers work; `None` when one side does
    /// not vary.
    pub correlation: Option<f64>,
}

impl PairedDifference {
    /// Compares `candidate` with `baseline`, paired by index, at confidence `level`; `None` without observations.
    ///
    /// # Panics
    /// If the two have different lengths, or `level` is not between 0 and 1, exclusive.
    #[must_use]
    pub fn of(baseline: &[f64], candidate: &[f64], level: f64) -> Option<Self> {
        assert_eq!(
            baseline.len(),
            candidate.len(),
            "observations that have no partner"
        );
        let differences: Vec<f64> = baseline
            .iter()
            .zip(candidate)
            .map(|(base, other)| other - base)
            .collect();
        Some(Self {
            difference: MeanInterval::of(&differences, level)?,
            correlation: correlation(baseline, candidate),
        })
    }

    /// The mean difference: positive if the candidate's numbers are greater.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.difference.mean
    }

    /// The lower end of the interval; `None` for fewer than two pairs.
    #[must_use]
    pub fn low(&self) -> Option<f64> {
        self.difference.low()
    }

    /// The upper end of the interval; `None` for fewer than two pairs.
    #[must_use]
    pub fn high(&self) -> Option<f64> {
        self.difference.high()
    }

    /// How many pairs.
    #[must_use]
    pub fn n(&self) -> usize {
        self.difference.n
    }

    /// Whether the interval leaves out zero. Never for fewer than two pairs; for differences that do not vary, whether
    /// there is a difference at all.
    #[must_use]
    pub fn significant(&self) -> bool {
        self.difference
            .half_width
            .is_some_and(|half| self.difference.mean.abs() > half)
    }

    /// The probability of a mean difference at least as large, either way, if there were none: the two-sided paired-t
    /// test. `None` for fewer than two pairs; for differences that do not vary, 1 if they are zero and 0 otherwise.
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        let MeanInterval {
            mean,
            half_width,
            n,
            level,
        } = self.difference;
        let half = half_width?;
        if half <= 0.0 {
            return Some(if mean.abs() > 0.0 { 0.0 } else { 1.0 });
        }
        let t = mean.abs() / half * student_t(n - 1, level);
        let law = StudentsT::new(0.0, 1.0, (n - 1) as f64).ok()?;
        Some((2.0 * law.cdf(-t)).min(1.0))
    }

    /// Whether several pairs all differ by the same amount.
    #[must_use]
    pub fn is_deterministic(&self) -> bool {
        self.difference.is_deterministic()
    }
}

/// The two-sided Student-t factor for `freedom` degrees of freedom (at least 1) at confidence `level`.
///
/// Above 1000 degrees the inverse of the incomplete beta function loses digits, and Cornish and Fisher's expansion
/// around the normal quantile (Abramowitz & Stegun 26.7.5) is good to more than nine.
fn student_t(freedom: usize, level: f64) -> f64 {
    let nu = freedom as f64;
    if freedom <= 1000 {
        return StudentsT::new(0.0, 1.0, nu)
            .map_or(f64::NAN, |law| law.inverse_cdf(f64::midpoint(1.0, level)));
    }
    let z = SQRT_2 * erfc_inv(1.0 - level);
    let square = z * z;
    let first = (square + 1.0) * z / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) * z / 96.0;
    z + (first + second / nu) / nu
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (dx, dy) = (x - mean_a, y - mean_b);
        aa += dx * dx;
        bb += dy * dy;
        ab += dx * dy;
    }
    (aa > 0.0 && bb > 0.0).then(|| (ab / aa.sqrt() / bb.sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::{MeanInterval, PairedDifference, student_t};
    use crate::engine::StreamKey;
    use crate::stats::Distribution;

    #[test]
    fn the_factors_are_those_of_the_printed_tables() {
        for (freedom, level, expected) in [
            (1, 0.95, 12.706_205),
            (2, 0.99, 9.924_843),
            (9, 0.95, 2.262_157),
            (29, 0.90, 1.699_127),
            (29, 0.95, 2.045_230),
            (1000, 0.95, 1.962_339),
            (1001, 0.95, 1.962_337),
            (1_000_000, 0.95, 1.959_966),
        ] {
            let found = student_t(freedom, level);
            assert!(
                (found - expected).abs() < 2e-6,
                "t({freedom}, {level}) is {found}, not {expected}"
            );
        }
    }

    #[test]
    fn the_interval_of_one_to_ten_is_the_one_computed_by_hand() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let interval = MeanInterval::of(&values, 0.95).unwrap();
        // s² = 55/6, so the half width is 2.262157 · √(55/60).
        let expected = 2.262_157 * (55.0_f64 / 60.0).sqrt();
        assert!((interval.mean - 5.5).abs() < 1e-12);
        assert!(
            (interval.half_width.unwrap() - expected).abs() < 1e-6,
            "{interval:?}"
        );
        assert!((interval.relative_half_width().unwrap() - expected / 5.5).abs() < 1e-6);
        assert!((interval.high().unwrap() - interval.low().unwrap() - 2.0 * expected).abs() < 1e-5);
        assert!(!interval.is_deterministic());
    }

    #[test]
    fn where_nothing_can_be_said_nothing_is() {
        assert_eq!(MeanInterval::of(&[], 0.95), None);
        let single = MeanInterval::of(&[3.0], 0.95).unwrap();
        assert_eq!(
            (single.half_width, single.relative_half_width(), single.low()),
            (None, None, None)
        );
        assert!(
            !single.is_deterministic(),
            "one run cannot show that nothing varies"
        );
        // 0.1 ten times does not sum to 1: the mean must still be 0.1 and the width zero.
        let same = MeanInterval::of(&[0.1; 10], 0.95).unwrap();
        assert!(same.is_deterministic() && same.relative_half_width() == Some(0.0));
        assert_eq!(same.mean.to_bits(), 0.1_f64.to_bits());
        let pair = PairedDifference::of(&[1.0], &[2.0], 0.95).unwrap();
        assert!(!pair.significant() && pair.low().is_none() && pair.correlation.is_none());
    }

    #[test]
    fn pairing_finds_a_difference_that_the_noise_between_runs_would_hide() {
        let noise = [10.0, 90.0, 40.0, 70.0, 20.0, 55.0];
        let wobble = [0.1, -0.1, 0.2, 0.0, -0.2, 0.1];
        let slower: Vec<f64> = noise.iter().zip(wobble).map(|(base, w)| base + 1.0 + w).collect();
        let difference = PairedDifference::of(&noise, &slower, 0.95).unwrap();
        assert!(
            difference.significant() && difference.low().unwrap() > 0.8 && difference.high().unwrap() < 1.3
        );
        assert!(difference.correlation.unwrap() > 0.999, "{difference:?}");
        let shuffled = [70.0, 20.0, 90.0, 10.0, 55.0, 40.0];
        assert!(
            !PairedDifference::of(&noise, &shuffled, 0.95)
                .unwrap()
                .significant()
        );
        let shift = PairedDifference::of(&[1.0, 2.0, 3.0], &[3.0, 4.0, 5.0], 0.95).unwrap();
        assert!(shift.is_deterministic() && shift.significant());
        let none = PairedDifference::of(&[1.0, 2.0], &[1.0, 2.0], 0.95).unwrap();
        assert!(none.is_deterministic() && !none.significant());
    }

    #[test]
    fn the_p_value_is_five_percent_where_the_interval_ends_at_zero() {
        let noise = [1.0, -1.0, 2.0, -2.0, 0.5, -0.5];
        let zeros = [0.0; 6];
        let half = MeanInterval::of(&noise, 0.95).unwrap().half_width.unwrap();
        let edge: Vec<f64> = noise.iter().map(|x| x + half).collect();
        let p = |values: &[f64]| PairedDifference::of(&zeros, values, 0.95).unwrap().p_value();
        assert!((p(&edge).unwrap() - 0.05).abs() < 1e-9);
        assert!((p(&noise).unwrap() - 1.0).abs() < 1e-9);
        assert_eq!((p(&zeros), p(&[2.0; 6])), (Some(1.0), Some(0.0)));
        assert_eq!(
            PairedDifference::of(&[1.0], &[2.0], 0.95).unwrap().p_value(),
            None
        );
    }

    #[test]
    fn ninety_five_percent_intervals_cover_the_truth_ninety_five_times_in_a_hundred() {
        const REPETITIONS: u64 = 1000;
        let law = Distribution::normal(100.0, 10.0).unwrap();
        let sampler = law.compile();
        let covered = (0..REPETITIONS).filter(|&repetition| {
            let mut rng = StreamKey::new(1, repetition).stream("coverage");
            let values: Vec<f64> = (0..10).map(|_| sampler.sample(&mut rng)).collect();
            let interval = MeanInterval::of(&values, 0.95).unwrap();
            (interval.mean - law.mean()).abs() <= interval.half_width.unwrap()
        });
        let share = covered.count() as f64 / REPETITIONS as f64;
        assert!(
            (0.93..=0.97).contains(&share),
            "{share} of the intervals cover the mean"
        );
    }
}
