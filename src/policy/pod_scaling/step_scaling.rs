//! Step scaling: the further the metric is from its alarm, the larger the step; replicas that still warm up count as
//! capacity that is coming. AWS Auto Scaling's rule.
//!
//! With `above` levels the highest one exceeded decides, with `below` levels the lowest one undercut. While a step is
//! warming up, a larger step adds only the difference (AWS: "instances that are warming up count towards the current
//! capacity"), and nothing is removed.

use super::metric_scaler::MetricScaler;
use super::{Bounds, Level, Metric, PodScalingView};
use crate::engine::{Span, Time};
use crate::model::units::Duration;
use crate::policy::parameters::Parameters;
use crate::policy::reason::{Reason, ReasonKind, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static STEP_UP: ReasonKind = ReasonKind {
    code: "step_up",
    sentence: "{metric} {value} above {level}: add {step}",
};
static STEP_DOWN: ReasonKind = ReasonKind {
    code: "step_down",
    sentence: "{metric} {value} below {level}: remove {step}",
};
static NO_STEP: ReasonKind = ReasonKind {
    code: "no_step",
    sentence: "{metric} {value} crosses no level",
};
static WARMING: ReasonKind = ReasonKind {
    code: "warming_up",
    sentence: "{metric} {value}; the last step is still warming up",
};
static NO_METRIC: ReasonKind = ReasonKind {
    code: "no_metric",
    sentence: "no {metric} is observed: there is none yet, or its source does not answer",
};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Step {
    /// Add replicas above a level.
    Up {
        /// The level.
        above: Level,
        /// How many to add.
        add: u32,
    },
    /// Remove replicas below a level.
    Down {
        /// The level.
        below: Level,
        /// How many to remove.
        remove: u32,
    },
}

/// Larger steps further from the alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StepScaling {
    /// What is compared, per ready replica.
    pub metric: Metric,
    /// The steps, in any order.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// Time a new replica takes to matter.
    pub warmup: Duration,
    /// Time between two looks.
    pub every: Duration,
    /// Fewest replicas.
    pub min: u32,
    /// Most replicas.
    pub max: u32,
    #[serde(skip)]
    warming: Option<Warming>,
}

/// A step whose replicas are not trusted to matter yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Warming {
    until: Time,
    added: u32,
}

impl Default for StepScaling {
    fn default() -> Self {
        Self {
            metric: Metric::Utilization,
            steps: vec![
                Step::Up {
                    above: Level(0.7),
                    add: 1,
                },
                Step::Up {
                    above: Level(0.85),
                    add: 3,
                },
                Step::Down {
                    below: Level(0.4),
                    remove: 1,
                },
            ],
            warmup: Duration::from_secs(300),
            every: Duration::from_secs(60),
            min: 1,
            max: 100,
            warming: None,
        }
    }
}

impl StepScaling {
    /// Whether the parameters make sense together.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn check(&self) -> Result<(), String> {
        self.sound()?;
        let lowest_up = self.steps.iter().filter_map(|step| match step {
            Step::Up { above, .. } => Some(above.0),
            Step::Down { .. } => None,
        });
        let highest_down = self.steps.iter().filter_map(|step| match step {
            Step::Down { below, .. } => Some(below.0),
            Step::Up { .. } => None,
        });
        let (up, down) = (
            lowest_up.fold(f64::INFINITY, f64::min),
            highest_down.fold(f64::NEG_INFINITY, f64::max),
        );
        if down > up {
            return Err(
                "a `below` level lies over an `above` level: the policy would scale both ways at once".into(),
            );
        }
        Ok(())
    }

    /// The step that `value` calls for: (replicas to add or remove, the level it crossed).
    fn called_for(&self, value: f64) -> Option<(i64, Level)> {
        let ups = self.steps.iter().filter_map(|step| match *step {
            Step::Up { above, add } if value > above.0 => Some((i64::from(add), above)),
            _ => None,
        });
        let downs = self.steps.iter().filter_map(|step| match *step {
            Step::Down { below, remove } if value < below.0 => Some((-i64::from(remove), below)),
            _ => None,
        });
        ups.max_by(|a, b| a.1.0.total_cmp(&b.1.0))
            .or_else(|| downs.min_by(|a, b| a.1.0.total_cmp(&b.1.0)))
    }
}

impl MetricScaler for StepScaling {
    fn period(&self) -> Span {
        self.every.span()
    }

    fn bounds(&self) -> Bounds {
        Bounds::new(self.min, self.max)
    }

    fn metric(&self) -> Option<Metric> {
        Some(self.metric)
    }

    fn judge(&mut self, view: &PodScalingView) -> (u32, Reason) {
        let current = view.replicas.desired;
        let metric = Value::Word(self.metric.name());
        self.warming = self.warming.filter(|warming| warming.until > view.now);
        let Some((value, _)) = self.metric.observe(view) else {
            return (current, Reason::new(&NO_METRIC).with("metric", metric));
        };
        let say = |kind| {
            Reason::new(kind)
                .with("metric", metric)
                .with("value", self.metric.value(value))
        };
        let Some((step, level)) = self.called_for(value) else {
            return (current, say(&NO_STEP));
        };
        let level = self.metric.value(level.0);
        if step < 0 {
            if self.warming.is_some() {
                return (current, say(&WARMING));
            }
            let remove = step.unsigned_abs();
            let reason = say(&STEP_DOWN)
                .with("level", level)
                .with("step", Value::Count(remove));
            return (current.saturating_sub(remove as u32), reason);
        }
        let under_way = self.warming.map_or(0, |warming| warming.added);
        let add = (step as u32).saturating_sub(under_way);
        if add == 0 {
            return (current, say(&WARMING));
        }
        let reason = say(&STEP_UP)
            .with("level", level)
            .with("step", Value::Count(add.into()));
        (current.saturating_add(add), reason)
    }

    fn scaled(&mut self, now: Time, from: u32, to: u32) {
        let added = to.saturating_sub(from);
        if added > 0 {
            self.warming = Some(Warming {
                until: now + self.warmup.span(),
                added: self.warming.map_or(0, |warming| warming.added) + added,
            });
        }
    }
}

impl Parameters for StepScaling {
    fn problems(&self) -> Vec<String> {
        self.check().err().into_iter().collect()
    }
}
