//! Replicas from a metric that is not the pods' own: one value of an object, or the sum of external series.
//!
//! Knows: `GetObjectMetricReplicas`, `GetExternalMetricReplicas` and their per-pod fellows
//! (`pkg/controller/podautoscaler/replica_calculator.go`). Must not know: where values come from.

use super::metric::TotalTarget;
use super::pod_groups::GroupCounts;
use super::proposal::{MetricError, Proposal, Usage};
use super::source::Target;
use super::tolerance::Tolerances;
use crate::model::observed::pods::{ConditionStatus, ObservedPhase, ObservedPod};

/// The proposal for a metric of `value` thousandths.
///
/// # Errors
/// If the target is a total and there are no pods.
pub(super) fn propose(
    target: &Target<'_>,
    value: i64,
    aim: TotalTarget,
    tolerances: &Tolerances,
) -> Result<Proposal, MetricError> {
    match aim {
        TotalTarget::Value(aim) => of_value(target, value, aim, tolerances),
        TotalTarget::Average(aim) => Ok(of_average(target.status_replicas, value, aim, tolerances)),
    }
}

/// In proportion to the pods that are ready, even those on their way out.
fn of_value(
    target: &Target<'_>,
    value: i64,
    aim: i64,
    tolerances: &Tolerances,
) -> Result<Proposal, MetricError> {
    let ratio = value as f64 / aim as f64;
    let mut groups = GroupCounts::default();
    let replicas = if target.replicas == 0 {
        ratio.ceil() as i32
    } else if tolerances.is_within(ratio) {
        target.replicas
    } else {
        if target.pods.is_empty() {
            return Err(MetricError::NoPods);
        }
        groups.ready = target.pods.iter().filter(|pod| is_ready(pod)).count() as u32;
        (ratio * f64::from(groups.ready)).ceil() as i32
    };
    Ok(Proposal {
        replicas,
        ratio,
        usage: Usage {
            utilization_percent: None,
            milli: value,
        },
        groups,
    })
}

/// As many as share the value out at the target, whatever the pods do.
fn of_average(status_replicas: i32, value: i64, aim: i64, tolerances: &Tolerances) -> Proposal {
    let ratio = value as f64 / (aim as f64 * f64::from(status_replicas));
    let replicas = if tolerances.is_within(ratio) {
        status_replicas
    } else {
        (value as f64 / aim as f64).ceil() as i32
    };
    Proposal {
        replicas,
        ratio,
        usage: Usage {
            utilization_percent: None,
            milli: (value as f64 / f64::from(status_replicas)).ceil() as i64,
        },
        groups: GroupCounts::default(),
    }
}

fn is_ready(pod: &ObservedPod<'_>) -> bool {
    let ready = pod
        .ready
        .is_some_and(|ready| ready.status == ConditionStatus::True);
    pod.phase == ObservedPhase::Running && ready
}
