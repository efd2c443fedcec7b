//! A histogram in which a value counts half as much after every half-life.
//!
//! Knows: when each value was observed. Must not know: what is counted. Weights of new values grow instead of weights
//! of old ones shrinking: the factor of a value is 2^(half-lives since a reference instant), and when that exponent
//! passes 100 the reference moves and everything is scaled down once. Source: `recommender/util/decaying_histogram.go`.

use super::buckets::Buckets;
use super::histogram::Histogram;
use super::stamp::Stamp;
use crate::engine::Span;
use crate::policy::pod_scaling::go_math::{exp2, ldexp};

/// Half-lives after which the reference moves.
const EXPONENT_MAX: u64 = 100;

/// A decaying histogram.
#[derive(Clone, Debug)]
pub struct DecayingHistogram {
    buckets: &'static Buckets,
    half_life: Span,
    /// Where factors are 1; `None`: year 1, where Go's clock starts, until the first value.
    reference: Option<Stamp>,
    histogram: Histogram,
}

/// The saved form of a histogram, as in a VerticalPodAutoscalerCheckpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramCheckpoint {
    /// The reference of the decay; `None` while nothing was added.
    pub reference: Option<Stamp>,
    /// Bucket and weight, in 10,000ths of the heaviest; empty buckets are left out.
    pub bucket_weights: Vec<(usize, u32)>,
    /// The sum of all weights.
    pub total_weight: f64,
}

impl DecayingHistogram {
    /// An empty histogram. A half-life of zero lets nothing decay; real ones are an hour to some days.
    #[must_use]
    pub fn new(buckets: &'static Buckets, half_life: Span) -> Self {
        Self {
            buckets,
            half_life,
            reference: None,
            histogram: Histogram::default(),
        }
    }

    /// Adds `value`, observed at `at`.
    pub fn add(&mut self, value: f64, weight: f64, at: Stamp) {
        let weight = weight * self.factor(at);
        self.histogram.add(self.buckets.find(value), weight);
    }

    /// Takes back a value that was added with the same weight and instant.
    pub fn subtract(&mut self, value: f64, weight: f64, at: Stamp) {
        let weight = weight * self.factor(at);
        self.histogram.subtract(self.buckets.find(value), weight);
    }

    /// Adds all of `other`, which has the same buckets and half-life.
    pub fn merge(&mut self, other: &Self) {
        if self.reference < other.reference {
            self.move_reference(other.reference);
        }
        if other.reference < self.reference {
            let mut aligned = other.clone();
            aligned.move_reference(self.reference);
            self.histogram.merge(&aligned.histogram);
        } else {
            self.histogram.merge(&other.histogram);
        }
    }

    /// The end of the bucket that holds the share `percentile` (0 to 1) of the weight; 0 while empty.
    #[must_use]
    pub fn percentile(&self, percentile: f64) -> f64 {
        self.histogram.percentile(self.buckets, percentile)
    }

    /// Whether nothing of weight is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.histogram.is_empty()
    }

    /// Its saved form.
    #[must_use]
    pub fn checkpoint(&self) -> HistogramCheckpoint {
        HistogramCheckpoint {
            reference: self.reference,
            bucket_weights: self.histogram.saved(),
            total_weight: self.histogram.total(),
        }
    }

    /// Adds what was saved, as a restarted recommender does; the reference becomes the saved one.
    pub fn load(&mut self, checkpoint: &HistogramCheckpoint) {
        self.histogram
            .load(&checkpoint.bucket_weights, checkpoint.total_weight);
        self.reference = checkpoint.reference;
    }

    /// The factor of a value observed at `at`; moves the reference when it lies too far back.
    fn factor(&mut self, at: Stamp) -> f64 {
        if self.half_life.is_zero() {
            return 1.0;
        }
        let reach = Span::from_nanos(self.half_life.nanos().saturating_mul(EXPONENT_MAX));
        if self.reference.is_none_or(|reference| at > reference.plus(reach)) {
            self.move_reference(Some(at));
        }
        self.reference
            .map_or(1.0, |reference| exp2(self.half_lives(at.since(reference))))
    }

    fn half_lives(&self, nanos: i64) -> f64 {
        nanos as f64 / self.half_life.nanos() as f64
    }

    /// Moves the reference to the half-life nearest to `to`, and scales what is there to it.
    fn move_reference(&mut self, to: Option<Stamp>) {
        let to = to.map(|to| to.rounded(self.half_life));
        // Without a reference there are no weights to scale.
        if let (Some(from), Some(to)) = (self.reference, to) {
            let exponent = (self.half_lives(from.since(to)) + 0.5).floor();
            self.histogram.scale(ldexp(1.0, exponent as i32));
        }
        self.reference = to;
    }
}
