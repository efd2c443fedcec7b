//! A trigger: what is scaled on, and from which value on it counts as active.
//!
//! Knows: the trigger types that a simulation can answer, their metadata keys and defaults. Must not know: the value of
//! anything now. Sources: `pkg/scalers/scaler.go` and, per type, `pkg/scalers/*_scaler.go`.

use super::MetricTarget;
use super::cron::CronTrigger;
use crate::model::units::{ByteQuantity, CpuQuantity};
use crate::policy::pod_scaling::hpa::ObservedMetrics;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a target is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MetricType {
    /// Per replica.
    AverageValue,
    /// As it is.
    Value,
    /// Percent of what pods reserve; cpu and memory only.
    Utilization,
}

/// An entry of `triggers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ScaleTrigger {
    /// Its type: `cron`, `cpu`, `memory`, `rabbitmq`, `aws-sqs-queue`, `redis`, `kafka`, `azure-servicebus` or
    /// `prometheus`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in a formula.
    pub name: Option<String>,
    /// Whether the HPA gets the value of the last poll.
    pub use_cached_metrics: bool,
    /// Settings of its type, all as text.
    pub metadata: BTreeMap<String, String>,
    /// How the target is meant; per replica if not given.
    pub metric_type: Option<MetricType>,
}

/// What an external trigger's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Messages waiting.
    Waiting,
    /// Messages waiting, and those that a consumer has and has not settled yet.
    Unsettled,
    /// Messages that come, a second.
    Rate,
    /// The answer to a query.
    Query,
}

/// A trigger that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// Its name in a formula.
    pub name: Option<String>,
    /// What it is.
    pub kind: TriggerKind,
}

/// What a trigger is.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerKind {
    /// A source outside.
    External {
        /// Its metric's name.
        metric_name: String,
        /// What its value is.
        metric: MetricKind,
        /// What is asked for, of a query.
        query: Option<String>,
        /// What the HPA aims at.
        target: MetricTarget,
        /// Active above this.
        activation: f64,
    },
    /// A clock.
    Cron {
        /// Its metric's name.
        metric_name: String,
        /// The window.
        cron: Box<CronTrigger>,
    },
    /// CPU or memory of the pods themselves, read by the HPA and not by KEDA.
    Resource {
        /// `cpu` or `memory`.
        resource: String,
        /// Of one container only.
        container: Option<String>,
        /// What the HPA aims at.
        target: MetricTarget,
    },
}

/// The queues and streams: type, what they count, key of the threshold and its default, key of the activation threshold.
///
/// Redis forgets what it has handed out; the others count it until it is settled: in flight (`ApproximateNumberOf
/// MessagesNotVisible`), not committed, locked (`ActiveMessageCount`).
const QUEUES: [(&str, MetricKind, &str, Option<f64>, &str); 4] = [
    (
        "aws-sqs-queue",
        MetricKind::Unsettled,
        "queueLength",
        Some(5.0),
        "activationQueueLength",
    ),
    (
        "redis",
        MetricKind::Waiting,
        "listLength",
        Some(5.0),
        "activationListLength",
    ),
    (
        "kafka",
        MetricKind::Unsettled,
        "lagThreshold",
        Some(10.0),
        "activationLagThreshold",
    ),
    (
        "azure-servicebus",
        MetricKind::Unsettled,
        "messageCount",
        Some(5.0),
        "activationMessageCount",
    ),
];

/// Keys that take what a consumer has out of a count, and the text that does.
const ONLY_WAITING: [(&str, &str, &str); 2] = [
    ("rabbitmq", "excludeUnacknowledged", "true"),
    ("aws-sqs-queue", "scaleOnInFlight", "false"),
];

impl Trigger {
    /// Reads the trigger at `index` of the list.
    ///
    /// # Errors
    /// Why KEDA would refuse it, or that its type cannot be simulated.
    pub fn parse(trigger: &ScaleTrigger, index: usize) -> Result<Self, String> {
        let kind = match trigger.kind.as_str() {
            "cron" => TriggerKind::Cron {
                metric_name: format!("s{index}-cron"),
                cron: Box::new(CronTrigger::parse(&trigger.metadata)?),
            },
            "cpu" | "memory" => resource(trigger)?,
            "rabbitmq" => {
                let metric = match trigger.metadata.get("mode").map(String::as_str) {
                    Some("QueueLength") => MetricKind::Unsettled,
                    Some("MessageRate") => MetricKind::Rate,
                    mode => {
                        let found = mode.unwrap_or("nothing");
                        return Err(format!(
                            "mode is {found}, expected `QueueLength` or `MessageRate`"
                        ));
                    }
                };
                external(trigger, index, metric, ("value", None, "activationValue"))?
            }
            "prometheus" => {
                let keys = ("threshold", None, "activationThreshold");
                external(trigger, index, MetricKind::Query, keys)?
            }
            other => {
                let queue = QUEUES.iter().find(|(name, ..)| *name == other);
                let Some(&(_, metric, threshold, default, activation)) = queue else {
                    return Err(format!(
                        "type `{other}` cannot be simulated: expected one of cron, cpu, memory, rabbitmq, \
                         aws-sqs-queue, redis, kafka, azure-servicebus, prometheus"
                    ));
                };
                external(trigger, index, metric, (threshold, default, activation))?
            }
        };
        Ok(Self {
            name: trigger.name.clone(),
            kind,
        })
    }

    /// A trigger on a source outside, at `index` of the list.
    ///
    /// # Errors
    /// When the target is a utilisation, which only cpu and memory have.
    pub fn external(
        index: usize,
        source: &str,
        metric: MetricKind,
        metric_type: Option<MetricType>,
        (threshold, activation): (f64, f64),
    ) -> Result<Self, String> {
        let milli = milli(threshold);
        let target = match metric_type {
            None | Some(MetricType::AverageValue) => MetricTarget::AverageValue(milli),
            Some(MetricType::Value) => MetricTarget::Value(milli),
            Some(MetricType::Utilization) => {
                return Err(
                    "metricType `Utilization` is for cpu and memory: expected `AverageValue` or `Value`"
                        .to_owned(),
                );
            }
        };
        let kind = TriggerKind::External {
            metric_name: format!("s{index}-{source}"),
            metric,
            query: None,
            target,
            activation,
        };
        Ok(Self { name: None, kind })
    }

    /// Whether a value read from its source makes it active: strictly above the activation threshold.
    #[must_use]
    pub fn is_active(&self, value: f64) -> bool {
        match &self.kind {
            TriggerKind::External { activation, .. } => value > *activation,
            TriggerKind::Cron { .. } | TriggerKind::Resource { .. } => value > 0.0,
        }
    }
}

type Keys = (&'static str, Option<f64>, &'static str);

fn external(
    trigger: &ScaleTrigger,
    index: usize,
    metric: MetricKind,
    (threshold, default, activation): Keys,
) -> Result<TriggerKind, String> {
    let threshold = match (number(trigger, threshold)?, default) {
        (Some(value), _) | (None, Some(value)) => value,
        (None, None) => return Err(format!("metadata has no `{threshold}`")),
    };
    if threshold <= 0.0 {
        return Err(format!("the threshold is {threshold}, expected a number above 0"));
    }
    let levels = (threshold, number(trigger, activation)?.unwrap_or(0.0));
    let metric = match metric {
        MetricKind::Unsettled if counts_only_waiting(trigger) => MetricKind::Waiting,
        metric => metric,
    };
    let mut made = Trigger::external(index, &trigger.kind, metric, trigger.metric_type, levels)?.kind;
    if let (MetricKind::Query, TriggerKind::External { query, .. }) = (metric, &mut made) {
        *query = Some(measure(trigger)?);
    }
    Ok(made)
}

fn counts_only_waiting(trigger: &ScaleTrigger) -> bool {
    ONLY_WAITING.iter().any(|(kind, key, text)| {
        trigger.kind == *kind && trigger.metadata.get(*key).is_some_and(|found| found == text)
    })
}

/// What a query asks for: the name of something the simulated workload measures.
fn measure(trigger: &ScaleTrigger) -> Result<String, String> {
    let query = trigger.metadata.get("query").map_or("", String::as_str);
    if ObservedMetrics::NAMES.contains(&query) {
        return Ok(query.to_owned());
    }
    Err(format!(
        "`query` is `{query}`, which nothing simulated answers: expected one of {}",
        ObservedMetrics::NAMES.join(", ")
    ))
}

fn number(trigger: &ScaleTrigger, key: &str) -> Result<Option<f64>, String> {
    let Some(text) = trigger.metadata.get(key) else {
        return Ok(None);
    };
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        _ => Err(format!("`{key}` is `{text}`, expected a number")),
    }
}

/// `pkg/scalers/cpu_memory_scaler.go`.
fn resource(trigger: &ScaleTrigger) -> Result<TriggerKind, String> {
    let value = trigger
        .metadata
        .get("value")
        .ok_or_else(|| "metadata has no `value`".to_owned())?;
    let target = match trigger.metric_type {
        Some(MetricType::Utilization) => {
            let percent = value
                .parse()
                .map_err(|_| format!("`value` is `{value}`, expected whole percent"))?;
            MetricTarget::Utilization(percent)
        }
        Some(MetricType::AverageValue) if trigger.kind == "cpu" => {
            let quantity: CpuQuantity = quantity(value)?;
            MetricTarget::AverageValue(i64::try_from(quantity.millis()).unwrap_or(i64::MAX))
        }
        Some(MetricType::AverageValue) => {
            let quantity: ByteQuantity = quantity(value)?;
            MetricTarget::AverageValue(
                i64::try_from(quantity.bytes()).map_or(i64::MAX, |bytes| bytes.saturating_mul(1000)),
            )
        }
        Some(MetricType::Value) | None => {
            return Err(format!(
                "a trigger on {} needs metricType `Utilization` or `AverageValue`",
                trigger.kind
            ));
        }
    };
    Ok(TriggerKind::Resource {
        resource: trigger.kind.clone(),
        container: trigger.metadata.get("containerName").cloned(),
        target,
    })
}

fn quantity<Q: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<Q, String> {
    text.parse().map_err(|error: Q::Err| format!("`value`: {error}"))
}

/// A number in thousandths, rounded as its three decimals are printed (`quantityFromFloat64`).
fn milli(number: f64) -> i64 {
    if !number.is_finite() {
        return 0;
    }
    let digits: String = format!("{number:.3}").chars().filter(|&c| c != '.').collect();
    digits.parse().unwrap_or(i64::MAX)
}
