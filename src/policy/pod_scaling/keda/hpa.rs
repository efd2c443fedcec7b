//! The HorizontalPodAutoscaler that KEDA makes for a ScaledObject.
//!
//! Knows: which metrics and bounds it gets. Must not know: what it decides. Source: `controllers/keda/hpa.go`.

use super::{MetricType, ScaledObject, ScalingModifiers, Trigger, TriggerKind};
use crate::model::units::MetricQuantity;
use crate::policy::pod_scaling::hpa::{
    self, Behavior, Controller, HpaSpec, MetricIdentifier, MetricSpec, ScalingRulesSpec, Select,
};

/// What an HPA aims at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricTarget {
    /// Per replica, thousandths.
    AverageValue(i64),
    /// As it is, thousandths.
    Value(i64),
    /// Percent of what pods reserve.
    Utilization(i32),
}

/// A metric of the made HPA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MadeMetric {
    /// Of one container of each pod.
    ContainerResource {
        /// `cpu` or `memory`.
        name: String,
        /// The container.
        container: String,
        /// The target.
        target: MetricTarget,
    },
    /// From KEDA's metrics server.
    External {
        /// Its name.
        name: String,
        /// The target.
        target: MetricTarget,
    },
    /// Of the pods.
    Resource {
        /// `cpu` or `memory`.
        name: String,
        /// The target.
        target: MetricTarget,
    },
}

/// The HPA that KEDA makes.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeHpa {
    /// Fewest replicas, at least 1.
    pub min_replicas: u32,
    /// Most replicas.
    pub max_replicas: u32,
    /// Its metrics in order.
    pub metrics: Vec<MadeMetric>,
    /// Its behaviour, if any; what is paused is `Disabled` in it.
    pub behavior: Option<Behavior>,
}

/// The name of the metric that a formula makes.
pub(super) const COMPOSITE: &str = "composite-metric";

/// Makes the HPA. It exists only while the object is not paused.
///
/// # Errors
/// Why there is none.
pub fn make_hpa(object: &ScaledObject, triggers: &[Trigger]) -> Result<MadeHpa, String> {
    let mut metrics: Vec<MadeMetric> = triggers.iter().map(made_metric).collect();
    // Go sorts by the type's name; equal types keep their order.
    metrics.sort_by_key(MadeMetric::type_name);
    let names: Vec<_> = metrics.iter().filter_map(MadeMetric::external_name).collect();
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            return Err(format!("two triggers have the metric `{name}`"));
        }
    }
    if let Some(modifiers) = object.modifiers() {
        metrics.retain(|metric| matches!(metric, MadeMetric::Resource { .. }));
        metrics.push(composite(modifiers)?);
    }
    if metrics.is_empty() {
        return Err("no trigger has a metric for an HPA".to_owned());
    }
    Ok(MadeHpa {
        min_replicas: object.min_replicas().max(1),
        max_replicas: object.max_replicas(),
        metrics,
        behavior: behavior(object),
    })
}

fn made_metric(trigger: &Trigger) -> MadeMetric {
    match &trigger.kind {
        TriggerKind::External {
            metric_name, target, ..
        } => MadeMetric::External {
            name: metric_name.clone(),
            target: *target,
        },
        TriggerKind::Cron { metric_name, cron } => MadeMetric::External {
            name: metric_name.clone(),
            target: cron.target(),
        },
        TriggerKind::Resource {
            resource,
            container: Some(container),
            target,
        } => MadeMetric::ContainerResource {
            name: resource.clone(),
            container: container.clone(),
            target: *target,
        },
        TriggerKind::Resource { resource, target, .. } => MadeMetric::Resource {
            name: resource.clone(),
            target: *target,
        },
    }
}

fn composite(modifiers: &ScalingModifiers) -> Result<MadeMetric, String> {
    let target = modifiers.target_value().ok_or_else(|| {
        let found = &modifiers.target;
        format!("scalingModifiers.target is `{found}`, expected a number above 0")
    })?;
    // Truncated, where the targets of triggers are rounded.
    let milli = (target * 1000.0) as i64;
    let target = match modifiers.metric_type {
        None | Some(MetricType::AverageValue) => MetricTarget::AverageValue(milli),
        Some(MetricType::Value) => MetricTarget::Value(milli),
        Some(MetricType::Utilization) => {
            return Err(
                "scalingModifiers.metricType is `Utilization`, expected `AverageValue` or `Value`".to_owned(),
            );
        }
    };
    Ok(MadeMetric::External {
        name: COMPOSITE.to_owned(),
        target,
    })
}

fn behavior(object: &ScaledObject) -> Option<Behavior> {
    let mut behavior = object.behavior().cloned();
    let disable = |rules: &mut Option<ScalingRulesSpec>| {
        rules.get_or_insert_default().select_policy = Some(Select::Disabled);
    };
    if object.annotations.pauses_scale_in() {
        disable(&mut behavior.get_or_insert_default().scale_down);
    }
    if object.annotations.pauses_scale_out() {
        disable(&mut behavior.get_or_insert_default().scale_up);
    }
    behavior
}

impl MadeHpa {
    /// What the API server is handed.
    #[must_use]
    pub fn spec(&self) -> HpaSpec {
        HpaSpec {
            scale_target_ref: None,
            min_replicas: self.min_replicas,
            max_replicas: self.max_replicas,
            metrics: self.metrics.iter().map(MadeMetric::spec).collect(),
            behavior: self.behavior.clone(),
            controller: Controller::default(),
        }
    }
}

impl MetricTarget {
    fn spec(self) -> hpa::MetricTarget {
        let quantity = |milli: i64| MetricQuantity::from_millis(milli.unsigned_abs());
        match self {
            Self::Utilization(percent) => hpa::MetricTarget::utilization(percent.unsigned_abs()),
            Self::AverageValue(milli) => hpa::MetricTarget::average_value(quantity(milli)),
            Self::Value(milli) => hpa::MetricTarget::value(quantity(milli)),
        }
    }
}

impl MadeMetric {
    fn spec(&self) -> MetricSpec {
        let target = self.target().spec();
        match self {
            Self::ContainerResource { name, container, .. } => {
                MetricSpec::container_resource(name, container, target)
            }
            Self::External { name, .. } => {
                let metric = MetricIdentifier {
                    name: name.clone(),
                    selector: None,
                };
                MetricSpec::external(metric, target)
            }
            Self::Resource { name, .. } => MetricSpec::resource(name, target),
        }
    }
    /// Its type as Kubernetes writes it.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::ContainerResource { .. } => "ContainerResource",
            Self::External { .. } => "External",
            Self::Resource { .. } => "Resource",
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ContainerResource { name, .. }
            | Self::External { name, .. }
            | Self::Resource { name, .. } => name,
        }
    }

    /// What the HPA aims at.
    #[must_use]
    pub const fn target(&self) -> MetricTarget {
        match self {
            Self::ContainerResource { target, .. }
            | Self::External { target, .. }
            | Self::Resource { target, .. } => *target,
        }
    }

    fn external_name(&self) -> Option<String> {
        matches!(self, Self::External { .. }).then(|| self.name().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Annotations, ScaledObject};
    use super::{Behavior, ScalingRulesSpec, Select, make_hpa};
    use crate::policy::parameters::Parameters;
    use crate::policy::pod_scaling::keda::Trigger;

    #[test]
    fn a_paused_direction_is_disabled_and_the_rest_of_the_behaviour_kept() {
        let text = r#"{
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 30}}}},
            "triggers": [{"type": "redis", "metadata": {"listLength": "3"}}]
        }"#;
        let object: ScaledObject = serde_json::from_str(text).unwrap();
        let object = ScaledObject {
            annotations: Annotations {
                paused_scale_in: Some(String::new()),
                ..Annotations::default()
            },
            ..object.prepare().unwrap()
        };
        let triggers = [Trigger::parse(&object.triggers[0], 0).unwrap()];
        let expected = Behavior {
            scale_up: None,
            scale_down: Some(ScalingRulesSpec {
                stabilization_window_seconds: Some(30),
                select_policy: Some(Select::Disabled),
                ..ScalingRulesSpec::default()
            }),
        };
        assert_eq!(make_hpa(&object, &triggers).unwrap().behavior, Some(expected));
    }
}
