//! How far a recommendation may go: what the user allows, and what a container's limits leave.
//!
//! Knows: the order in which bounds apply. Must not know: how the recommendation came about. Source:
//! `pkg/utils/vpa/capping.go`. LimitRanges are not among the bounds yet.

use super::flags::RecommenderFlags;
use super::resource_policy::{ContainerResourcePolicy, ControlledValues, PodResourcePolicy};
use crate::model::units::{ByteQuantity, CpuQuantity};
use crate::policy::pod_scaling::pod_sizer::{Amounts, Recommendation};

/// The recommendation as the recommender publishes it: within the policy, and below the flags' maximum where the
/// policy names none. The uncapped target stays.
#[must_use]
pub fn within_policy(
    recommendation: Recommendation,
    policy: Option<&ContainerResourcePolicy>,
    flags: &RecommenderFlags,
) -> Recommendation {
    let most = Amounts {
        cpu_milli: flags
            .container_recommendation_max_allowed_cpu
            .map(CpuQuantity::millis),
        memory_bytes: flags
            .container_recommendation_max_allowed_memory
            .map(ByteQuantity::bytes),
    };
    let (min, max) = allowed(policy);
    bounded(recommendation, |amounts| clamped(amounts, min, max.or(most)))
}

/// The recommendation for one pod's container called `name` with `limits`: within the policy, and where limits stay,
/// not above them.
#[must_use]
pub fn for_pod(
    recommendation: Recommendation,
    policy: &PodResourcePolicy,
    name: &str,
    limits: Amounts,
) -> Recommendation {
    let (min, max) = allowed(policy.of(name));
    let limits_stay = policy.controlled_values(name) == ControlledValues::RequestsOnly;
    bounded(recommendation, |amounts| {
        let amounts = clamped(amounts, min, max);
        if !limits_stay {
            return amounts;
        }
        amounts.map(|resource, amount| {
            amount.map(|amount| limits.get(resource).map_or(amount, |limit| amount.min(limit)))
        })
    })
}

fn allowed(policy: Option<&ContainerResourcePolicy>) -> (Amounts, Amounts) {
    policy.map_or_else(Default::default, |policy| {
        (policy.min_allowed.amounts(), policy.max_allowed.amounts())
    })
}

fn bounded(recommendation: Recommendation, bound: impl Fn(Amounts) -> Amounts) -> Recommendation {
    Recommendation {
        target: bound(recommendation.target),
        lower: bound(recommendation.lower),
        upper: bound(recommendation.upper),
        uncapped_target: recommendation.uncapped_target,
    }
}

/// `amounts` raised to `min`, then lowered to `max`; a bound of zero is none.
fn clamped(amounts: Amounts, min: Amounts, max: Amounts) -> Amounts {
    amounts.map(|resource, amount| {
        let raised = amount?.max(min.get(resource).unwrap_or(0));
        Some(match max.get(resource) {
            Some(max) if max > 0 => raised.min(max),
            _ => raised,
        })
    })
}
