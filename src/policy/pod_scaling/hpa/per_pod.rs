//! Replicas from a metric of the pods themselves: utilization of a request, or an average.
//!
//! Knows: `GetResourceReplicas`, `GetRawResourceReplicas`, `GetMetricReplicas`
//! (`pkg/controller/podautoscaler/replica_calculator.go`) and the ratios of `metrics/utilization.go`, integer for
//! integer. Must not know: where samples come from.

use super::pod_groups::{Group, GroupCounts, Readiness, group_pods};
use super::proposal::{MetricError, Proposal, Usage};
use super::source::{PodSamples, Sample, Target};
use super::tolerance::Tolerances;

/// How a set of values is held against the target.
pub(super) trait Yardstick {
    /// Ratio to the target and the value itself, over pods (`None`: not in the set) and others.
    fn measure(&self, values: &[Option<i64>], others: &[i64]) -> Result<(f64, Usage), MetricError>;

    /// What a pod without a sample is taken to use before a scale-down.
    fn full(&self, pod: usize) -> i64;

    /// What a pod without a sample is taken to use at a ratio of exactly one; `None` leaves it out.
    fn even(&self) -> Option<i64>;
}

/// Utilization: usage over request, summed over pods, in whole percent.
pub(super) struct Utilization<'a> {
    pub(super) requests: &'a [i64],
    pub(super) target_percent: i32,
}

impl Yardstick for Utilization<'_> {
    fn measure(&self, values: &[Option<i64>], _: &[i64]) -> Result<(f64, Usage), MetricError> {
        let (mut used, mut requested, mut pods) = (0_i64, 0_i64, 0_i64);
        for (value, request) in values.iter().zip(self.requests) {
            if let Some(value) = value {
                used = used.wrapping_add(*value);
                requested = requested.wrapping_add(*request);
                pods += 1;
            }
        }
        if requested == 0 || pods == 0 {
            return Err(MetricError::ZeroRequests);
        }
        let percent = used.wrapping_mul(100).wrapping_div(requested) as i32;
        let usage = Usage {
            utilization_percent: Some(percent),
            milli: used / pods,
        };
        Ok((f64::from(percent) / f64::from(self.target_percent), usage))
    }

    fn full(&self, pod: usize) -> i64 {
        let percent = i64::from(self.target_percent.max(100));
        self.requests[pod].wrapping_mul(percent) / 100
    }

    fn even(&self) -> Option<i64> {
        None
    }
}

/// The mean per sample, whole thousandths.
pub(super) struct Average {
    pub(super) target_milli: i64,
}

impl Yardstick for Average {
    fn measure(&self, values: &[Option<i64>], others: &[i64]) -> Result<(f64, Usage), MetricError> {
        let all = values.iter().flatten().chain(others);
        let (sum, count) = all.fold((0_i64, 0_i64), |(sum, count), value| {
            (sum.wrapping_add(*value), count + 1)
        });
        if count == 0 {
            return Err(MetricError::NoUsableSamples);
        }
        let usage = Usage {
            utilization_percent: None,
            milli: sum / count,
        };
        Ok((usage.milli as f64 / self.target_milli as f64, usage))
    }

    fn full(&self, _: usize) -> i64 {
        self.target_milli
    }

    fn even(&self) -> Option<i64> {
        Some(0)
    }
}

/// Pods in groups, and the values of those that count.
pub(super) struct Counted {
    groups: Vec<Group>,
    counts: GroupCounts,
    values: Vec<Option<i64>>,
}

/// Sorts pods into groups and drops the samples that do not count.
pub(super) fn counted(
    target: &Target<'_>,
    samples: &PodSamples,
    cpu: bool,
    readiness: &Readiness,
) -> Result<Counted, MetricError> {
    if target.pods.is_empty() {
        return Err(MetricError::NoPods);
    }
    let (groups, counts) = group_pods(target.pods, &samples.of_pods, cpu, readiness, target.now);
    let of_ready = |(sample, group): (&Option<Sample>, &Group)| match group {
        Group::Ready => sample.map(|sample| sample.milli),
        Group::Unready | Group::Missing | Group::Ignored => None,
    };
    let values: Vec<Option<i64>> = samples.of_pods.iter().zip(&groups).map(of_ready).collect();
    if values.iter().all(Option::is_none) && samples.of_others.is_empty() {
        return Err(MetricError::NoUsableSamples);
    }
    Ok(Counted {
        groups,
        counts,
        values,
    })
}

/// The proposal from grouped pods and the values that count.
pub(super) fn propose(
    yardstick: &impl Yardstick,
    current: i32,
    counted: Counted,
    others: &[i64],
    tolerances: &Tolerances,
) -> Result<Proposal, MetricError> {
    let Counted {
        groups,
        counts,
        mut values,
    } = counted;
    let (ratio, usage) = yardstick.measure(&values, others)?;
    let proposing = |replicas| Proposal {
        replicas,
        ratio,
        usage,
        groups: counts,
    };
    let unready_damp = counts.unready > 0 && ratio > 1.0;
    if !unready_damp && counts.missing == 0 {
        if tolerances.is_within(ratio) {
            return Ok(proposing(current));
        }
        return Ok(proposing((ratio * f64::from(counts.ready)).ceil() as i32));
    }
    for (pod, group) in groups.iter().enumerate() {
        values[pod] = match group {
            Group::Missing if ratio < 1.0 => Some(yardstick.full(pod)),
            Group::Missing if ratio > 1.0 => Some(0),
            Group::Missing => yardstick.even(),
            Group::Unready if unready_damp => Some(0),
            Group::Ready | Group::Unready | Group::Ignored => values[pod],
        };
    }
    let (filled, _) = yardstick.measure(&values, others)?;
    let turned = (ratio < 1.0 && filled > 1.0) || (ratio > 1.0 && filled < 1.0);
    if tolerances.is_within(filled) || turned {
        return Ok(proposing(current));
    }
    let samples = values.iter().flatten().count() + others.len();
    let replicas = (filled * samples as f64).ceil() as i32;
    let backwards = (filled < 1.0 && replicas > current) || (filled > 1.0 && replicas < current);
    Ok(proposing(if backwards { current } else { replicas }))
}
