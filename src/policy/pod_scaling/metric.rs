//! The metrics pod scalers act on, each per ready replica, and levels to compare them with.

use super::{Need, PodScalingView};
use crate::policy::reason::Value;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::borrow::Cow;

/// A metric per ready replica.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of slots in use.
    #[default]
    Utilization,
    /// CPU used as a share of CPU requested.
    Cpu,
    /// Memory used as a share of memory requested.
    Memory,
    /// Requests waiting or in service.
    Concurrency,
    /// Requests per second.
    Rate,
    /// Requests waiting.
    Queue,
}

impl Metric {
    /// Its name in reasons.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utilization => "utilization",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Concurrency => "concurrency",
            Self::Rate => "rate",
            Self::Queue => "queue",
        }
    }

    /// What a workload must say for it to be observed at all.
    #[must_use]
    pub fn needs(self) -> Vec<Need> {
        match self {
            Self::Utilization => vec![Need::Slots],
            Self::Cpu => vec![Need::CpuUsage, Need::CpuRequest],
            Self::Memory => vec![Need::MemoryUsage, Need::MemoryRequest],
            Self::Concurrency | Self::Rate | Self::Queue => Vec::new(),
        }
    }

    /// The observed value per ready replica and the mean number of ready replicas it was observed over; `None` while
    /// nothing is known: no scrape yet, no answer, no ready replica, or nothing to take a share of.
    #[must_use]
    pub fn observe(self, view: &PodScalingView) -> Option<(f64, f64)> {
        let down = match self {
            Self::Cpu | Self::Memory => view.down.resources,
            Self::Utilization | Self::Concurrency | Self::Rate | Self::Queue => view.down.traffic,
        };
        if down {
            return None;
        }
        let mean = view.reading?.mean;
        if mean.ready <= 0.0 {
            return None;
        }
        let total = match self {
            Self::Utilization => mean.busy / f64::from(view.slots?),
            Self::Cpu => mean.cpu_milli / positive(view.cpu_request_milli)?,
            Self::Memory => mean.memory_bytes / positive(view.memory_request_bytes)?,
            Self::Concurrency => mean.queued + mean.in_service,
            Self::Rate => mean.rate,
            Self::Queue => mean.queued,
        };
        Some((total / mean.ready, mean.ready))
    }

    /// `value` as reasons print it.
    #[must_use]
    pub const fn value(self, value: f64) -> Value {
        match self {
            Self::Utilization | Self::Cpu | Self::Memory => Value::Share(value),
            Self::Concurrency | Self::Rate | Self::Queue => Value::Number(value),
        }
    }
}

fn positive(amount: u64) -> Option<f64> {
    (amount > 0).then_some(amount as f64)
}

/// A level of a metric: `80%` or a number.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct Level(pub f64);

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Level;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a level such as `80%` or `12`")
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Level, E> {
                if value.is_finite() && value >= 0.0 {
                    Ok(Level(value))
                } else {
                    Err(E::custom(format!("{value} is not a level: expected 0 or more")))
                }
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Level, E> {
                self.visit_f64(value as f64)
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Level, E> {
                self.visit_f64(value as f64)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Level, E> {
                let (number, unit) = text
                    .strip_suffix('%')
                    .map_or((text, 1.0), |number| (number, 0.01));
                let value: f64 = number
                    .trim()
                    .parse()
                    .map_err(|_| E::custom(format!("`{text}` is not a level: expected `80%` or a number")))?;
                self.visit_f64(value * unit)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Level {
    fn schema_name() -> Cow<'static, str> {
        "Level".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$",
            "minimum": 0,
            "description": "A level of a metric: a percentage or a number.",
            "examples": ["80%", 12]
        })
    }
}
