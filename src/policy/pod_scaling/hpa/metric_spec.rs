//! The metrics of a spec, `autoscaling/v2` field for field.
//!
//! Knows: fields, and what the API server demands of them (`pkg/apis/autoscaling/validation/validation.go`). Must not
//! know: values.
//!
//! A metric is a struct with `type` and one member of that name rather than an enum, because that is how Kubernetes
//! writes it and because a mistake in it then keeps its exact place.

use super::spec::ObjectReference;
use crate::model::units::MetricQuantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a metric comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MetricSourceType {
    /// CPU or memory of the pods.
    Resource,
    /// CPU or memory of one container of the pods.
    ContainerResource,
    /// A metric that every pod has.
    Pods,
    /// A metric of one object of the cluster.
    Object,
    /// A metric from outside the cluster.
    External,
}

/// A metric and its target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MetricSpec {
    /// Which of the following members is given.
    #[serde(rename = "type")]
    pub kind: MetricSourceType,
    /// For `Resource`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceMetric>,
    /// For `ContainerResource`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_resource: Option<ContainerResourceMetric>,
    /// For `Pods`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pods: Option<PodsMetric>,
    /// For `Object`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectMetric>,
    /// For `External`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalMetric>,
}

/// CPU or memory of the pods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ResourceMetric {
    /// `cpu` or `memory`; nothing samples other resources.
    pub name: String,
    /// The target: `averageUtilization` or `averageValue`.
    pub target: MetricTarget,
}

/// CPU or memory of one container of the pods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ContainerResourceMetric {
    /// `cpu` or `memory`.
    pub name: String,
    /// The container's name.
    pub container: String,
    /// The target: `averageUtilization` or `averageValue`.
    pub target: MetricTarget,
}

/// A metric that every pod has: `requests_per_second`, `concurrency`, `queue_length`, `in_service`, `utilization`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PodsMetric {
    /// Which.
    pub metric: MetricIdentifier,
    /// The target: `averageValue`.
    pub target: MetricTarget,
}

/// A metric of one object of the cluster. The object is taken to be the workload's Service: the metric is the
/// workload's, summed over its pods and the queue in front of them; `utilization` is their mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ObjectMetric {
    /// The object.
    pub described_object: ObjectReference,
    /// Which metric: `requests_per_second`, `concurrency`, `queue_length`, `in_service`, `utilization`.
    pub metric: MetricIdentifier,
    /// The target: `value` or `averageValue`.
    pub target: MetricTarget,
}

/// A metric from outside the cluster, such as a load balancer's or a queue's: those of the workload by the names that
/// an Object metric has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ExternalMetric {
    /// Which.
    pub metric: MetricIdentifier,
    /// The target: `value` or `averageValue`.
    pub target: MetricTarget,
}

/// Names a metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MetricIdentifier {
    /// Its name. A metric that nothing reports is an error at every look, as in Kubernetes.
    pub name: String,
    /// Accepted and not used: a simulated metric has one series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

/// Labels that series of a metric must have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Labels and their values.
    pub match_labels: BTreeMap<String, String>,
    /// Conditions on labels.
    pub match_expressions: Vec<LabelExpression>,
}

/// A condition on a label.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LabelExpression {
    /// The label.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// Values to compare with.
    pub values: Vec<String>,
}

/// What a target's number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MetricTargetType {
    /// Percent of what the pods request.
    Utilization,
    /// The metric as it is.
    Value,
    /// The metric per pod.
    AverageValue,
}

/// The target of a metric: `type` and the member of that name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MetricTarget {
    /// Which of the following members is given.
    #[serde(rename = "type")]
    pub kind: MetricTargetType,
    /// Usage over request of all pods, percent; may be above 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub average_utilization: Option<u32>,
    /// The metric per pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_value: Option<MetricQuantity>,
    /// The metric as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<MetricQuantity>,
}

impl MetricTarget {
    const NONE: Self = Self {
        kind: MetricTargetType::Value,
        average_utilization: None,
        average_value: None,
        value: None,
    };

    /// Percent of what the pods request.
    #[must_use]
    pub const fn utilization(percent: u32) -> Self {
        Self {
            kind: MetricTargetType::Utilization,
            average_utilization: Some(percent),
            ..Self::NONE
        }
    }

    /// The metric per pod.
    #[must_use]
    pub const fn average_value(amount: MetricQuantity) -> Self {
        Self {
            kind: MetricTargetType::AverageValue,
            average_value: Some(amount),
            ..Self::NONE
        }
    }

    /// The metric as it is.
    #[must_use]
    pub const fn value(amount: MetricQuantity) -> Self {
        Self {
            kind: MetricTargetType::Value,
            value: Some(amount),
            ..Self::NONE
        }
    }
}

impl MetricSpec {
    /// A Resource metric.
    #[must_use]
    pub fn resource(name: &str, target: MetricTarget) -> Self {
        Self {
            resource: Some(ResourceMetric {
                name: name.to_owned(),
                target,
            }),
            ..Self::of(MetricSourceType::Resource)
        }
    }

    /// A Resource metric with a target in percent of the request.
    #[must_use]
    pub fn utilization(resource: &str, percent: u32) -> Self {
        Self::resource(resource, MetricTarget::utilization(percent))
    }

    /// A ContainerResource metric.
    #[must_use]
    pub fn container_resource(name: &str, container: &str, target: MetricTarget) -> Self {
        Self {
            container_resource: Some(ContainerResourceMetric {
                name: name.to_owned(),
                container: container.to_owned(),
                target,
            }),
            ..Self::of(MetricSourceType::ContainerResource)
        }
    }

    /// An External metric.
    #[must_use]
    pub fn external(metric: MetricIdentifier, target: MetricTarget) -> Self {
        Self {
            external: Some(ExternalMetric { metric, target }),
            ..Self::of(MetricSourceType::External)
        }
    }

    fn of(kind: MetricSourceType) -> Self {
        Self {
            kind,
            resource: None,
            container_resource: None,
            pods: None,
            object: None,
            external: None,
        }
    }
}
