//! What the containers of a pod should ask for: target, lower and upper bound.
//!
//! Knows: which estimate makes which bound. Must not know: policies of single containers, which cap afterwards.
//! Source: `recommender/logic/recommender.go`.

use super::aggregate::AggregateState;
use super::amount::{rounded_up, scaled, truncated};
use super::estimator::{ConfidenceFactor, Estimator};
use super::flags::RecommenderFlags;
use crate::policy::pod_scaling::pod_sizer::{Amounts, Recommendation, SizedResource};

/// Doubles the upper bound after one interval of history, and lets it go to infinity without any.
const UPPER: ConfidenceFactor = ConfidenceFactor {
    multiplier: 1.0,
    exponent: 1,
};

/// Lets the lower bound go to nothing without history; within an hour of it the bound is nearly full.
const LOWER: ConfidenceFactor = ConfidenceFactor {
    multiplier: 0.001,
    exponent: -2,
};

/// One of the three amounts of a recommendation.
#[derive(Clone, Copy)]
enum Bound {
    Target,
    Lower,
    Upper,
}

/// The recommendation for a container of which `state` is known, one of `containers` (at least one) of a pod; only of
/// `controlled` resources.
#[must_use]
pub fn recommend(
    flags: &RecommenderFlags,
    state: &AggregateState,
    containers: usize,
    controlled: &[SizedResource],
) -> Recommendation {
    let amounts = |bound| {
        Amounts::default().map(|resource, _| {
            let estimator = estimator(flags, resource, bound, containers);
            controlled
                .contains(&resource)
                .then(|| rounded(flags, resource, estimator.estimate(resource, state)))
        })
    };
    let target = amounts(Bound::Target);
    Recommendation {
        target,
        lower: amounts(Bound::Lower),
        upper: amounts(Bound::Upper),
        uncapped_target: target,
    }
}

fn estimator(
    flags: &RecommenderFlags,
    resource: SizedResource,
    bound: Bound,
    containers: usize,
) -> Estimator {
    let (target, lower, upper, interval, pod_min) = match resource {
        SizedResource::Cpu => (
            flags.target_cpu_percentile,
            flags.recommendation_lower_bound_cpu_percentile,
            flags.recommendation_upper_bound_cpu_percentile,
            flags.confidence_interval_cpu,
            // Through cores and back, as the real one.
            truncated(flags.pod_recommendation_min_cpu_millicores * 0.001 * 1000.0),
        ),
        SizedResource::Memory => (
            flags.target_memory_percentile,
            flags.recommendation_lower_bound_memory_percentile,
            flags.recommendation_upper_bound_memory_percentile,
            flags.confidence_interval_memory,
            truncated(flags.pod_recommendation_min_memory_mb * 1024.0 * 1024.0),
        ),
    };
    let (percentile, factor) = match bound {
        Bound::Target => (target, None),
        Bound::Lower => (lower, Some(LOWER)),
        Bound::Upper => (upper, Some(UPPER)),
    };
    Estimator {
        percentile,
        margin: flags.recommendation_margin_fraction,
        factor,
        interval: interval.span(),
        // The pod's minimum is shared out evenly.
        min: scaled(pod_min, 1.0 / containers as f64),
    }
}

fn rounded(flags: &RecommenderFlags, resource: SizedResource, amount: u64) -> u64 {
    match resource {
        SizedResource::Cpu => rounded_up(amount, flags.round_cpu_millicores),
        SizedResource::Memory => rounded_up(amount, flags.round_memory_bytes),
    }
}
