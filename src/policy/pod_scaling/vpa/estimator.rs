//! From a distribution to an amount: a percentile, a margin, a factor for how far the history can be trusted, a
//! minimum; cut off to whole units after each step.
//!
//! Knows: the order of steps and their formulas. Must not know: which bounds there are. Source:
//! `recommender/logic/estimator.go`.

use super::aggregate::AggregateState;
use super::amount::{scaled, truncated};
use crate::engine::Span;
use crate::policy::pod_scaling::go_math::pow;
use crate::policy::pod_scaling::pod_sizer::SizedResource;

/// A factor (1 + multiplier / confidence)^exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ConfidenceFactor {
    pub(super) multiplier: f64,
    pub(super) exponent: i32,
}

/// One estimate of one resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimator {
    /// Share of the weight that the estimate covers, 0 to 1.
    pub(super) percentile: f64,
    /// Share added on top.
    pub(super) margin: f64,
    /// The factor, if there is one.
    pub(super) factor: Option<ConfidenceFactor>,
    /// The unit of confidence.
    pub(super) interval: Span,
    /// The least estimate, thousandths or bytes.
    pub(super) min: u64,
}

impl Estimator {
    /// The estimate, thousandths or bytes.
    pub(super) fn estimate(&self, resource: SizedResource, state: &AggregateState) -> u64 {
        let mut amount = match resource {
            SizedResource::Cpu => truncated(state.cpu.percentile(self.percentile) * 1000.0),
            SizedResource::Memory => truncated(state.memory.percentile(self.percentile)),
        };
        amount += scaled(amount, self.margin);
        if let Some(ConfidenceFactor { multiplier, exponent }) = self.factor {
            // Without history the factor is infinite or zero; infinite times nothing ends as the minimum.
            let confidence = state.confidence(self.interval);
            amount = scaled(amount, pow(1.0 + multiplier / confidence, exponent));
        }
        amount.max(self.min)
    }
}
