//! Threshold: a fixed step up when the metric has been above one level for a few samples, down when below another.
//! The classic alarm rule (RightScale's voting without the vote).

use super::metric_scaler::MetricScaler;
use super::{Bounds, Level, Metric, PodScalingView};
use crate::engine::{Span, Time};
use crate::model::units::Duration;
use crate::policy::parameters::Parameters;
use crate::policy::reason::{Reason, ReasonKind, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static ABOVE: ReasonKind = ReasonKind {
    code: "above",
    sentence: "{metric} {value} above {level} for {samples:sample|samples}",
};
static BELOW: ReasonKind = ReasonKind {
    code: "below",
    sentence: "{metric} {value} below {level} for {samples:sample|samples}",
};
static WITHIN: ReasonKind = ReasonKind {
    code: "within",
    sentence: "{metric} {value} has not crossed a level long enough",
};
static COOLDOWN: ReasonKind = ReasonKind {
    code: "cooldown",
    sentence: "{left} of the cooldown left",
};
static NO_METRIC: ReasonKind = ReasonKind {
    code: "no_metric",
    sentence: "no {metric} is observed: there is none yet, or its source does not answer",
};

/// A fixed step when the metric has crossed a level for a few samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Threshold {
    /// What is compared, per ready replica.
    pub metric: Metric,
    /// Scale up above this.
    pub above: Level,
    /// Scale down below this.
    pub below: Level,
    /// Consecutive samples that must agree.
    #[schemars(range(min = 1))]
    pub samples: u32,
    /// Replicas added or removed at a time.
    #[schemars(range(min = 1))]
    pub step: u32,
    /// Time after a change in which nothing is changed.
    pub cooldown: Duration,
    /// Time between two samples.
    pub every: Duration,
    /// Fewest replicas.
    pub min: u32,
    /// Most replicas.
    pub max: u32,
    #[serde(skip)]
    votes: Votes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Votes {
    above: u32,
    below: u32,
    changed: Option<Time>,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            metric: Metric::Utilization,
            above: Level(0.8),
            below: Level(0.3),
            samples: 3,
            step: 1,
            cooldown: Duration::from_secs(300),
            every: Duration::from_secs(60),
            min: 1,
            max: 100,
            votes: Votes::default(),
        }
    }
}

impl Threshold {
    /// Whether the parameters make sense together.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn check(&self) -> Result<(), String> {
        self.sound()?;
        if self.below >= self.above {
            return Err(
                "`below` must be less than `above`, or the policy would scale both ways at once".to_owned(),
            );
        }
        Ok(())
    }
}

impl MetricScaler for Threshold {
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
        let Some((value, _)) = self.metric.observe(view) else {
            return (current, Reason::new(&NO_METRIC).with("metric", metric.clone()));
        };
        let votes = &mut self.votes;
        votes.above = if value > self.above.0 { votes.above + 1 } else { 0 };
        votes.below = if value < self.below.0 { votes.below + 1 } else { 0 };
        let left = votes.changed.map_or(Span::ZERO, |changed| {
            self.cooldown.span() - view.now.since(changed)
        });
        if !left.is_zero() {
            return (current, Reason::new(&COOLDOWN).with("left", Value::Span(left)));
        }
        let crossed = |kind, level: Level| {
            Reason::new(kind)
                .with("metric", metric.clone())
                .with("value", self.metric.value(value))
                .with("level", self.metric.value(level.0))
                .with("samples", Value::Count(self.samples.into()))
        };
        if votes.above >= self.samples {
            (current.saturating_add(self.step), crossed(&ABOVE, self.above))
        } else if votes.below >= self.samples {
            (current.saturating_sub(self.step), crossed(&BELOW, self.below))
        } else {
            (
                current,
                Reason::new(&WITHIN)
                    .with("metric", metric.clone())
                    .with("value", self.metric.value(value)),
            )
        }
    }

    fn scaled(&mut self, now: Time, from: u32, to: u32) {
        if to != from {
            self.votes = Votes {
                above: 0,
                below: 0,
                changed: Some(now),
            };
        }
    }
}

impl Parameters for Threshold {
    fn problems(&self) -> Vec<String> {
        self.check().err().into_iter().collect()
    }
}
