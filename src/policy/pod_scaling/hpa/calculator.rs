//! Replicas from metrics: each proposes, the greatest proposal counts.
//!
//! Knows: `computeReplicasForMetrics` (`pkg/controller/podautoscaler/horizontal.go`). Must not know: what is done with
//! the number.

use super::metric::{Metric, ResourceTarget, Source};
use super::per_pod::{self, Average, Utilization};
use super::pod_groups::Readiness;
use super::proposal::{MetricError, Proposal};
use super::source::{MetricsSource, Target};
use super::tolerance::Tolerances;
use super::total;
use crate::model::observed::pods::{ObservedContainer, ObservedPod};

/// What turns metrics into replicas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calculator {
    /// How far a metric may be from its target without effect.
    pub tolerances: Tolerances,
    /// When the CPU of a young pod counts.
    pub readiness: Readiness,
}

/// What the metrics ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    /// Replicas; `None` if no metric could be used, or one could not and the others ask for fewer than there are.
    pub replicas: Option<i32>,
    /// The metric whose proposal is the greatest, if any proposes.
    pub deciding: Option<usize>,
    /// What each metric proposes, or why it does not.
    pub proposals: Vec<Result<Proposal, MetricError>>,
}

impl Computed {
    /// The first metric that could not be used.
    #[must_use]
    pub fn first_error(&self) -> Option<(usize, MetricError)> {
        let errors = self.proposals.iter().enumerate();
        errors
            .filter_map(|(index, proposal)| Some((index, proposal.as_ref().err().copied()?)))
            .next()
    }
}

impl Calculator {
    /// The greatest proposal of `metrics`.
    pub fn compute(
        &self,
        metrics: &[Metric],
        target: &Target<'_>,
        source: &mut dyn MetricsSource,
    ) -> Computed {
        let proposals: Vec<_> = metrics
            .iter()
            .map(|metric| self.propose(metric, target, source))
            .collect();
        let (mut replicas, mut deciding, mut invalid) = (0, None, 0);
        for (index, proposal) in proposals.iter().enumerate() {
            match proposal {
                Ok(proposal) if replicas == 0 || proposal.replicas > replicas => {
                    replicas = proposal.replicas;
                    deciding = Some(index);
                }
                Ok(_) => {}
                Err(_) => invalid += 1,
            }
        }
        // A metric that cannot be seen might have asked for more: better to stay than to shrink without it.
        let useless = invalid >= metrics.len() || (invalid > 0 && replicas < target.replicas);
        Computed {
            replicas: (!useless).then_some(replicas),
            deciding,
            proposals,
        }
    }

    /// What one metric proposes.
    ///
    /// # Errors
    /// Why it proposes nothing.
    pub fn propose(
        &self,
        metric: &Metric,
        target: &Target<'_>,
        source: &mut dyn MetricsSource,
    ) -> Result<Proposal, MetricError> {
        let tolerances = &self.tolerances;
        match &metric.source {
            Source::Resource {
                resource,
                container,
                target: aim,
            } => {
                let samples = source
                    .resource(resource, container.as_deref())
                    .ok_or(MetricError::Unavailable)?;
                let counted = per_pod::counted(target, &samples, resource == "cpu", &self.readiness)?;
                let (current, others) = (target.replicas, &samples.of_others);
                match *aim {
                    ResourceTarget::Utilization(target_percent) => {
                        let requests = requests_of(target.pods, resource, container.as_deref())?;
                        let yardstick = Utilization {
                            requests: &requests,
                            target_percent,
                        };
                        per_pod::propose(&yardstick, current, counted, others, tolerances)
                    }
                    ResourceTarget::Average(target_milli) => {
                        per_pod::propose(&Average { target_milli }, current, counted, others, tolerances)
                    }
                }
            }
            Source::Pods(name, target_milli) => {
                let samples = source.pods(name).ok_or(MetricError::Unavailable)?;
                let counted = per_pod::counted(target, &samples, false, &self.readiness)?;
                let yardstick = Average {
                    target_milli: *target_milli,
                };
                per_pod::propose(
                    &yardstick,
                    target.replicas,
                    counted,
                    &samples.of_others,
                    tolerances,
                )
            }
            Source::Object {
                kind,
                object,
                metric,
                target: aim,
            } => {
                let value = source
                    .object(kind, object, metric)
                    .ok_or(MetricError::Unavailable)?;
                total::propose(target, value, *aim, tolerances)
            }
            Source::External(name, aim) => {
                let series = source.external(name).ok_or(MetricError::Unavailable)?;
                let sum = series.iter().fold(0_i64, |sum, value| sum.saturating_add(*value));
                total::propose(target, sum, *aim, tolerances)
            }
        }
    }
}

/// What each pod requests of `resource`, thousandths.
fn requests_of(
    pods: &[ObservedPod<'_>],
    resource: &str,
    container: Option<&str>,
) -> Result<Vec<i64>, MetricError> {
    let request = |one: &ObservedContainer| match resource {
        "cpu" => one.cpu_request_milli,
        "memory" => one.memory_request_milli,
        _ => None,
    };
    let of_pod = |pod: &ObservedPod<'_>| {
        // A container that is named goes before the pod as a whole.
        if let (Some(whole), None) = (pod.request, container) {
            let request = match resource {
                "cpu" => whole.cpu_milli,
                "memory" => whole.memory_milli,
                _ => None,
            };
            return request.ok_or(MetricError::MissingRequest);
        }
        let chosen = pod
            .containers
            .iter()
            .filter(|one| container.is_none_or(|name| name == one.name));
        chosen
            .map(request)
            .try_fold(0_i64, |sum, request| Some(sum.wrapping_add(request?)))
            .ok_or(MetricError::MissingRequest)
    };
    pods.iter().map(of_pod).collect()
}
