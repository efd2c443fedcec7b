//! Target tracking: as many replicas as bring the metric to its target. AWS Auto Scaling's rule: out at once, in only
//! after the metric has stayed below 90 % of the target for fifteen minutes, and nothing while a step warms up is
//! removed.

use super::metric_scaler::MetricScaler;
use super::{Bounds, Metric, PodScalingView};
use crate::engine::{Span, Time};
use crate::model::units::{Duration, Rate, Ratio, Share};
use crate::policy::parameters::Parameters;
use crate::policy::reason::{Reason, ReasonKind, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static TRACK_UP: ReasonKind = ReasonKind {
    code: "above_target",
    sentence: "{metric} {value} above target {target}",
};
static TRACK_DOWN: ReasonKind = ReasonKind {
    code: "below_target",
    sentence: "{metric} {value} below target {target} for {span}",
};
static ON_TARGET: ReasonKind = ReasonKind {
    code: "on_target",
    sentence: "{metric} {value} needs no other number at target {target}",
};
static WAIT_IN: ReasonKind = ReasonKind {
    code: "scale_in_waits",
    sentence: "{metric} {value} below target {target}, not yet for {span}",
};
static WARMING: ReasonKind = ReasonKind {
    code: "warming_up",
    sentence: "{metric} {value}; the last step is still warming up",
};
static NO_METRIC: ReasonKind = ReasonKind {
    code: "no_metric",
    sentence: "no {metric} is observed: there is none yet, or its source does not answer",
};

/// Scale-in starts below this share of the target (AWS: alarms at 90 % of it).
const SCALE_IN_SHARE: f64 = 0.9;

/// As many replicas as bring one metric to its target. Exactly one target must be given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TargetTracking {
    /// Target share of slots in use.
    pub utilization: Option<Share>,
    /// Target CPU used as a share of CPU requested.
    pub cpu: Option<Ratio>,
    /// Target memory used as a share of memory requested.
    pub memory: Option<Ratio>,
    /// Target requests waiting or in service per replica.
    #[schemars(range(min = 0))]
    pub concurrency: Option<f64>,
    /// Target requests per second per replica.
    pub rate: Option<Rate>,
    /// Time between two looks.
    pub every: Duration,
    /// Time a new replica takes to matter; no scale-in before.
    pub warmup: Duration,
    /// How long the metric must stay low before scale-in.
    pub scale_in_after: Duration,
    /// Fewest replicas.
    pub min: u32,
    /// Most replicas.
    pub max: u32,
    #[serde(skip)]
    low_since: Option<Time>,
    #[serde(skip)]
    scaled_out: Option<Time>,
}

impl Default for TargetTracking {
    fn default() -> Self {
        Self {
            utilization: None,
            cpu: None,
            memory: None,
            concurrency: None,
            rate: None,
            every: Duration::from_secs(60),
            warmup: Duration::from_secs(300),
            scale_in_after: Duration::from_secs(900),
            min: 1,
            max: 100,
            low_since: None,
            scaled_out: None,
        }
    }
}

impl TargetTracking {
    fn targets(&self) -> impl Iterator<Item = (Metric, f64)> {
        [
            self.utilization.map(|target| (Metric::Utilization, target.get())),
            self.cpu.map(|target| (Metric::Cpu, target.get())),
            self.memory.map(|target| (Metric::Memory, target.get())),
            self.concurrency.map(|target| (Metric::Concurrency, target)),
            self.rate.map(|target| (Metric::Rate, target.per_second())),
        ]
        .into_iter()
        .flatten()
    }

    /// Whether exactly one target above zero is given and the bounds make sense.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn check(&self) -> Result<(), String> {
        self.sound()?;
        let known = "utilization, cpu, memory, concurrency, rate";
        match self.targets().collect::<Vec<_>>()[..] {
            [] => Err(format!("no target is given: expected one of {known}")),
            [(metric, target)] if target <= 0.0 => {
                Err(format!("the target of {} must be above zero", metric.name()))
            }
            [_] => Ok(()),
            _ => Err(format!("more than one target is given: expected one of {known}")),
        }
    }
}

impl MetricScaler for TargetTracking {
    fn period(&self) -> Span {
        self.every.span()
    }

    fn bounds(&self) -> Bounds {
        Bounds::new(self.min, self.max)
    }

    fn metric(&self) -> Option<Metric> {
        self.targets().next().map(|(metric, _)| metric)
    }

    fn judge(&mut self, view: &PodScalingView) -> (u32, Reason) {
        let current = view.replicas.desired;
        let Some((metric, target)) = self.targets().next() else {
            return (
                current,
                Reason::new(&NO_METRIC).with("metric", Value::Word("target")),
            );
        };
        let Some((value, ready)) = metric.observe(view) else {
            return (
                current,
                Reason::new(&NO_METRIC).with("metric", Value::Word(metric.name())),
            );
        };
        let say = |kind| {
            Reason::new(kind)
                .with("metric", Value::Word(metric.name()))
                .with("value", metric.value(value))
                .with("target", metric.value(target))
                .with("span", Value::Span(self.scale_in_after.span()))
        };
        let wanted = (ready * value / target).ceil().min(f64::from(u32::MAX)) as u32;
        if value >= target * SCALE_IN_SHARE {
            self.low_since = None;
        }
        if wanted > current {
            return (wanted, say(&TRACK_UP));
        }
        if wanted == current || value >= target * SCALE_IN_SHARE {
            return (current, say(&ON_TARGET));
        }
        let since = *self.low_since.get_or_insert(view.now);
        if self
            .scaled_out
            .is_some_and(|out| view.now.since(out) < self.warmup.span())
        {
            return (current, say(&WARMING));
        }
        if view.now.since(since) < self.scale_in_after.span() {
            return (current, say(&WAIT_IN));
        }
        (wanted, say(&TRACK_DOWN))
    }

    fn scaled(&mut self, now: Time, from: u32, to: u32) {
        if to > from {
            self.scaled_out = Some(now);
        }
    }
}

impl Parameters for TargetTracking {
    fn problems(&self) -> Vec<String> {
        self.check().err().into_iter().collect()
    }
}
