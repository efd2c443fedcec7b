//! A metric of a spec, checked and in the controller's own numbers.
//!
//! Knows: which member of a target counts for which type, as `computeReplicasForMetric` picks it
//! (`pkg/controller/podautoscaler/horizontal.go`) and as the API server allows it
//! (`pkg/apis/autoscaling/validation/validation.go`). Must not know: values.

use super::metric_spec::{MetricSourceType, MetricSpec, MetricTarget, MetricTargetType};
use crate::model::units::{MetricQuantity, quoted};
use std::sync::Arc;

/// What is measured, and its target.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name in reasons.
    pub label: Arc<str>,
    /// Where it comes from.
    pub source: Source,
}

/// Where a metric comes from, and its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A resource of the pods, or of one container of each.
    Resource {
        /// Which resource.
        resource: String,
        /// Which container; `None` for the whole pod.
        container: Option<String>,
        /// The target.
        target: ResourceTarget,
    },
    /// A metric that every pod has; the target is thousandths per pod.
    Pods(String, i64),
    /// A metric of one object: kind and name of the object, name of the metric.
    Object {
        /// The object's kind.
        kind: String,
        /// The object's name.
        object: String,
        /// The metric's name.
        metric: String,
        /// The target.
        target: TotalTarget,
    },
    /// A metric from outside the cluster.
    External(String, TotalTarget),
}

/// A target for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceTarget {
    /// Percent of the request.
    Utilization(i32),
    /// Thousandths per pod.
    Average(i64),
}

/// A target for a metric that is not the pods'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotalTarget {
    /// Thousandths in all.
    Value(i64),
    /// Thousandths per pod.
    Average(i64),
}

impl Metric {
    /// The metric that `spec` means.
    ///
    /// # Errors
    /// What is missing, superfluous or not positive; a sentence.
    pub fn new(spec: &MetricSpec) -> Result<Self, String> {
        only_member(spec)?;
        match spec.kind {
            MetricSourceType::Resource => {
                let metric = member(spec.resource.as_ref(), "resource", "Resource")?;
                Ok(Self {
                    label: metric.name.as_str().into(),
                    source: Source::Resource {
                        resource: metric.name.clone(),
                        container: None,
                        target: resource_target(&metric.target)
                            .map_err(|problem| format!("resource.target: {problem}"))?,
                    },
                })
            }
            MetricSourceType::ContainerResource => {
                let name = "containerResource";
                let metric = member(spec.container_resource.as_ref(), name, "ContainerResource")?;
                Ok(Self {
                    label: format!("{} of container {}", metric.name, metric.container).into(),
                    source: Source::Resource {
                        resource: metric.name.clone(),
                        container: Some(metric.container.clone()),
                        target: resource_target(&metric.target)
                            .map_err(|problem| format!("containerResource.target: {problem}"))?,
                    },
                })
            }
            MetricSourceType::Pods => {
                let metric = member(spec.pods.as_ref(), "pods", "Pods")?;
                let target = match total_target(&metric.target) {
                    Ok(TotalTarget::Average(target)) => Ok(target),
                    Ok(TotalTarget::Value(_)) => {
                        Err("a metric of every pod takes `averageValue` only".to_owned())
                    }
                    Err(problem) => Err(problem),
                };
                let target = target.map_err(|problem| format!("pods.target: {problem}"))?;
                Ok(Self {
                    label: metric.metric.name.as_str().into(),
                    source: Source::Pods(metric.metric.name.clone(), target),
                })
            }
            MetricSourceType::Object => {
                let metric = member(spec.object.as_ref(), "object", "Object")?;
                let target =
                    total_target(&metric.target).map_err(|problem| format!("object.target: {problem}"))?;
                Ok(Self {
                    label: metric.metric.name.as_str().into(),
                    source: Source::Object {
                        kind: metric.described_object.kind.clone(),
                        object: metric.described_object.name.clone(),
                        metric: metric.metric.name.clone(),
                        target,
                    },
                })
            }
            MetricSourceType::External => {
                let metric = member(spec.external.as_ref(), "external", "External")?;
                let target =
                    total_target(&metric.target).map_err(|problem| format!("external.target: {problem}"))?;
                Ok(Self {
                    label: metric.metric.name.as_str().into(),
                    source: Source::External(metric.metric.name.clone(), target),
                })
            }
        }
    }

    /// Whether the metric can be above zero while there is no pod: only then may an HPA go to zero replicas.
    #[must_use]
    pub const fn works_without_pods(&self) -> bool {
        matches!(self.source, Source::Object { .. } | Source::External(..))
    }
}

fn member<'a, T>(member: Option<&'a T>, name: &str, kind: &str) -> Result<&'a T, String> {
    member.ok_or_else(|| format!("type is `{kind}`, but `{name}` is missing"))
}

/// Refuses members that do not belong to the type, as the API server does.
fn only_member(spec: &MetricSpec) -> Result<(), String> {
    use MetricSourceType as Type;
    let given = [
        (Type::Resource, "resource", spec.resource.is_some()),
        (
            Type::ContainerResource,
            "containerResource",
            spec.container_resource.is_some(),
        ),
        (Type::Pods, "pods", spec.pods.is_some()),
        (Type::Object, "object", spec.object.is_some()),
        (Type::External, "external", spec.external.is_some()),
    ];
    let other = given.iter().find(|(kind, _, given)| *given && *kind != spec.kind);
    match other {
        Some((_, name, _)) => Err(format!(
            "type is `{:?}`, which takes no {}",
            spec.kind,
            quoted(name)
        )),
        None => Ok(()),
    }
}

/// A quantity that must be above zero, in thousandths.
fn positive(quantity: MetricQuantity, name: &str) -> Result<i64, String> {
    match i64::try_from(quantity.millis()) {
        Ok(0) | Err(_) => Err(format!("`{name}` must be above zero")),
        Ok(millis) => Ok(millis),
    }
}

fn resource_target(target: &MetricTarget) -> Result<ResourceTarget, String> {
    if target.value.is_some() {
        return Err("a resource takes `averageUtilization` or `averageValue`, not `value`".to_owned());
    }
    match (target.kind, target.average_utilization, target.average_value) {
        (_, Some(_), Some(_)) => {
            Err("`averageUtilization` and `averageValue` are given; expected one".to_owned())
        }
        (MetricTargetType::Utilization, Some(percent), None) => {
            let percent = i32::try_from(percent).unwrap_or(i32::MAX);
            if percent == 0 {
                return Err("`averageUtilization` must be above zero".to_owned());
            }
            Ok(ResourceTarget::Utilization(percent))
        }
        (MetricTargetType::AverageValue, None, Some(value)) => {
            positive(value, "averageValue").map(ResourceTarget::Average)
        }
        (MetricTargetType::Utilization, ..) => Err(missing("Utilization", "averageUtilization")),
        (MetricTargetType::AverageValue, ..) => Err(missing("AverageValue", "averageValue")),
        (MetricTargetType::Value, ..) => {
            Err("a resource takes the types `Utilization` and `AverageValue`".to_owned())
        }
    }
}

fn total_target(target: &MetricTarget) -> Result<TotalTarget, String> {
    if target.average_utilization.is_some() || target.kind == MetricTargetType::Utilization {
        return Err("only a resource has a utilization; expected `value` or `averageValue`".to_owned());
    }
    match (target.kind, target.value, target.average_value) {
        (_, Some(_), Some(_)) => Err("`value` and `averageValue` are given; expected one".to_owned()),
        (MetricTargetType::Value, Some(value), None) => positive(value, "value").map(TotalTarget::Value),
        (MetricTargetType::AverageValue, None, Some(value)) => {
            positive(value, "averageValue").map(TotalTarget::Average)
        }
        (MetricTargetType::Value, ..) => Err(missing("Value", "value")),
        _ => Err(missing("AverageValue", "averageValue")),
    }
}

fn missing(kind: &str, name: &str) -> String {
    format!("type is `{kind}`, but `{name}` is missing")
}
