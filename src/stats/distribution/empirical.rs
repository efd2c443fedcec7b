//! Measured values as a law: draw one of them, with replacement.
//!
//! Knows sorted values and their weights. Must not know where they were measured or in which unit.

use super::check::{DistributionError, non_negative};
use std::sync::Arc;

/// Sorted values with optional weights. Cheap to clone: the values are shared.
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    /// Ascending, finite, non-negative, at least one.
    values: Arc<[f64]>,
    /// Running sums of the weights, strictly ascending, as many as values; `None` if all weigh the same.
    cumulative: Option<Arc<[f64]>>,
}

impl Empirical {
    /// Equally likely `values`, in any order.
    ///
    /// # Errors
    /// If there is no value, or one is negative or not finite.
    pub fn new(values: Vec<f64>) -> Result<Self, DistributionError> {
        let mut sorted = values;
        for value in &mut sorted {
            *value = non_negative("value", *value)?;
        }
        if sorted.is_empty() {
            return Err(DistributionError::Empty { what: "value" });
        }
        sorted.sort_unstable_by(f64::total_cmp);
        Ok(Self {
            values: sorted.into(),
            cumulative: None,
        })
    }

    /// Values with weights, as pairs (value, weight), in any order. Pairs of weight zero are left out.
    ///
    /// # Errors
    /// If no pair has a positive weight, or a number is negative or not finite, or the weights sum to infinity.
    pub fn weighted(pairs: &[(f64, f64)]) -> Result<Self, DistributionError> {
        let mut sorted = Vec::with_capacity(pairs.len());
        for &(value, weight) in pairs {
            let pair = (non_negative("value", value)?, non_negative("weight", weight)?);
            if pair.1 > 0.0 {
                sorted.push(pair);
            }
        }
        if sorted.is_empty() {
            return Err(DistributionError::Empty {
                what: "value with a positive weight",
            });
        }
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut total = 0.0;
        let mut cumulative = Vec::with_capacity(sorted.len());
        for &(_, weight) in &sorted {
            total += weight;
            cumulative.push(total);
        }
        non_negative("sum of the weights", total)?;
        Ok(Self {
            values: sorted.into_iter().map(|(value, _)| value).collect(),
            cumulative: Some(cumulative.into()),
        })
    }

    /// The values, ascending.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The weighted mean. O(n).
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.expectation(|value| value)
    }

    /// The weighted variance of the values as a population (divided by n, not n - 1: they *are* the law). O(n).
    #[must_use]
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.expectation(|value| (value - mean) * (value - mean))
    }

    /// The least value that at least the share `p` of the weight does not exceed.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        let index = match &self.cumulative {
            // The rank is shy of one rounding, so that 0.07 of 100 values is the 7th and not the 8th.
            None => ((p.next_down() * self.values.len() as f64).ceil() as usize).saturating_sub(1),
            Some(sums) => {
                let target = p * sums[sums.len() - 1];
                sums.partition_point(|&sum| sum < target)
            }
        };
        self.values[index.min(self.values.len() - 1)]
    }

    /// The value at `u` in [0, 1): the inverse of the step function, so that greater `u` never gives a smaller value.
    #[inline]
    pub(super) fn at(&self, u: f64) -> f64 {
        let index = match &self.cumulative {
            None => (u * self.values.len() as f64) as usize,
            Some(sums) => {
                let target = u * sums[sums.len() - 1];
                sums.partition_point(|&sum| sum <= target)
            }
        };
        self.values[index.min(self.values.len() - 1)]
    }

    pub(super) fn scaled(&self, factor: f64) -> Result<Self, DistributionError> {
        let values = self
            .values
            .iter()
            .map(|value| non_negative("value", value * factor))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            values,
            cumulative: self.cumulative.clone(),
        })
    }

    fn expectation(&self, of: impl Fn(f64) -> f64) -> f64 {
        match &self.cumulative {
            None => self.values.iter().map(|&value| of(value)).sum::<f64>() / self.values.len() as f64,
            Some(sums) => {
                let mut before = 0.0;
                let mut sum = 0.0;
                for (&value, &until) in self.values.iter().zip(sums.iter()) {
                    sum += of(value) * (until - before);
                    before = until;
                }
                sum / before
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Empirical;
    use proptest::prelude::*;

    #[test]
    fn a_quantile_is_the_value_of_that_rank() {
        let hundred = Empirical::new((1..=100).rev().map(f64::from).collect()).unwrap();
        for (p, expected) in [
            (0.0, 1.0),
            (5e-324, 1.0),
            (0.07, 7.0),
            (0.5, 50.0),
            (0.505, 51.0),
            (0.99, 99.0),
            (1.0, 100.0),
        ] {
            assert!(
                (hundred.quantile(p) - expected).abs() < 1e-9,
                "{p}: {}",
                hundred.quantile(p)
            );
        }
    }

    #[test]
    fn draws_hit_each_value_by_its_share() {
        let law = Empirical::weighted(&[(5.0, 1.0), (1.0, 2.0), (9.0, 0.0), (3.0, 1.0)]).unwrap();
        let drawn = [0.0, 0.49, 0.5, 0.74, 0.75, 0.999].map(|u| law.at(u).round() as u32);
        assert_eq!(drawn, [1, 1, 3, 3, 5, 5]);
        assert!((law.mean() - 2.5).abs() < 1e-12 && (law.variance() - 2.75).abs() < 1e-12);
    }

    proptest! {
        /// Were a weight of two not the same as the value twice, weighted traces would be wrong.
        #[test]
        fn a_weight_of_two_is_the_value_twice(values in prop::collection::vec(0u32..50, 1..40), u in 0.0..1.0f64) {
            let pairs: Vec<_> = values.iter().map(|&value| (f64::from(value), 2.0)).collect();
            let twice = values.iter().chain(&values).map(|&value| f64::from(value)).collect();
            let (weighted, plain) = (Empirical::weighted(&pairs).unwrap(), Empirical::new(twice).unwrap());
            prop_assert!((weighted.mean() - plain.mean()).abs() < 1e-9);
            prop_assert!((weighted.variance() - plain.variance()).abs() < 1e-9);
            // Away from the edges of the steps, where one rounding may decide.
            let steps = u * values.len() as f64;
            prop_assume!((steps - steps.round()).abs() > 1e-9);
            prop_assert_eq!(weighted.at(u).to_bits(), plain.at(u).to_bits());
            prop_assert_eq!(weighted.quantile(u).to_bits(), plain.quantile(u).to_bits());
        }
    }
}
