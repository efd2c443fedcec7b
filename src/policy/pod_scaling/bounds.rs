//! The bounds every pod scaler keeps to.

use crate::policy::reason::{Reason, ReasonKind, Value};

/// Fewest and most replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Fewest.
    pub min: u32,
    /// Most.
    pub max: u32,
}

static AT_MAX: ReasonKind = ReasonKind {
    code: "at_max",
    sentence: "{wanted} wanted, limited to max {max}",
};
static AT_MIN: ReasonKind = ReasonKind {
    code: "at_min",
    sentence: "{wanted} wanted, raised to min {min}",
};

impl Bounds {
    /// From `min` to `max`.
    #[must_use]
    pub const fn new(min: u32, max: u32) -> Self {
        Self { min, max }
    }

    /// `wanted` within the bounds, and the reason if a bound decided.
    #[must_use]
    pub fn apply(self, wanted: u32, reason: Reason) -> (u32, Reason) {
        let count = |value: u32| Value::Count(value.into());
        if wanted > self.max {
            (
                self.max,
                Reason::new(&AT_MAX)
                    .with("wanted", count(wanted))
                    .with("max", count(self.max)),
            )
        } else if wanted < self.min {
            (
                self.min,
                Reason::new(&AT_MIN)
                    .with("wanted", count(wanted))
                    .with("min", count(self.min)),
            )
        } else {
            (wanted, reason)
        }
    }

    /// Whether fewest is not above most.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn check(self) -> Result<(), String> {
        if self.min > self.max {
            return Err(format!("min {} is above max {}", self.min, self.max));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::{Span, StreamKey, Time};
    use crate::model::observed::{Reading, Scrape};
    use crate::policy::catalog::Catalog;
    use crate::policy::pod_scaling::{Backlog, PodScalingView, Replicas};

    /// At its bound a scaler has taken no step: it must not hold on for the sake of one.
    #[test]
    fn a_scaler_at_its_bound_waits_for_no_step() {
        for name in ["target_tracking", "step_scaling"] {
            let catalog = Catalog::standard();
            let entry = catalog
                .pod_scaling
                .iter()
                .find(|entry| entry.name == name)
                .unwrap();
            let mut parameters = serde_json::json!({ "max": 4, "warmup": "10m" });
            if name == "target_tracking" {
                parameters["utilization"] = "60%".into();
                parameters["scale_in_after"] = "0s".into();
            }
            let mut scaler = (entry.build)(parameters).unwrap();
            let mut stream = StreamKey::new(1, 0).stream("pod_scaling");
            let mut reason_at = |second, busy: f64| {
                let scrape = Scrape {
                    ready: 4.0,
                    busy,
                    ..Scrape::default()
                };
                let now = Time::ZERO + Span::from_secs(second);
                let view = PodScalingView {
                    now,
                    start: jiff::civil::date(2026, 1, 5).at(0, 0, 0, 0),
                    replicas: Replicas {
                        desired: 4,
                        ready: 4,
                        ..Replicas::default()
                    },
                    slots: Some(1),
                    cpu_request_milli: 0,
                    memory_request_bytes: 0,
                    reading: Some(Reading {
                        mean: scrape,
                        at: now,
                    }),
                    down: Default::default(),
                    backlog: Backlog::default(),
                    pods: &[],
                };
                scaler.decide(&view, &mut stream).0.reason.kind().code
            };
            assert_eq!(reason_at(60, 4.0), "at_max", "{name}");
            assert_ne!(reason_at(120, 0.4), "warming_up", "{name}");
        }
    }
}
