//! The rules that bound a change of replicas, with every default filled in.
//!
//! Knows: limits within a time, in the controller's arithmetic (`pkg/controller/podautoscaler/horizontal.go`,
//! `calculateScaleUpLimitWithScalingRules` and its fellows). Must not know: metrics.

use super::history::ScaleEvents;
use crate::engine::{Span, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a change is bounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Without `behavior`.
    Legacy {
        /// How long the greatest recommendation holds.
        downscale_stabilization: Span,
    },
    /// With `behavior`.
    Behavior {
        /// For more replicas.
        up: ScalingRules,
        /// For fewer.
        down: ScalingRules,
    },
}

/// Rules for one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalingRules {
    /// How far back recommendations hold off a change.
    pub stabilization: Span,
    /// Which policy counts.
    pub select: Select,
    /// Limits on the change within a time.
    pub policies: Vec<RatePolicy>,
}

/// Which of several policies counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Select {
    /// The one that allows the greatest change.
    Max,
    /// The one that allows the least change.
    Min,
    /// None: no change in this direction.
    Disabled,
}

/// The unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RateUnit {
    /// Replicas.
    Pods,
    /// Percent of the replicas at the start of the time.
    Percent,
}

/// A limit on the change within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatePolicy {
    /// The unit of `value`.
    pub unit: RateUnit,
    /// Most change.
    pub value: i32,
    /// Within how long.
    pub period: Span,
}

impl ScalingRules {
    /// `scaleUp` where a spec says nothing: at once, 4 pods or 100 % in 15 s, whichever is more.
    #[must_use]
    pub fn default_up() -> Self {
        let policy = |unit, value| RatePolicy {
            unit,
            value,
            period: Span::from_secs(15),
        };
        Self {
            stabilization: Span::ZERO,
            select: Select::Max,
            policies: vec![policy(RateUnit::Pods, 4), policy(RateUnit::Percent, 100)],
        }
    }

    /// `scaleDown` where a spec says nothing: after the controller's stabilization, all at once.
    #[must_use]
    pub fn default_down(stabilization: Span) -> Self {
        Self {
            stabilization,
            select: Select::Max,
            policies: vec![RatePolicy {
                unit: RateUnit::Percent,
                value: 100,
                period: Span::from_secs(15),
            }],
        }
    }

    /// Most replicas these rules allow at `now` to a workload that has `current`, after the changes in `events`. May be
    /// below `current`.
    #[must_use]
    pub fn limit_up(&self, now: Time, current: i32, events: &ScaleEvents) -> i32 {
        self.limit(now, current, events, i32::max, |policy, start| {
            match policy.unit {
                RateUnit::Pods => start.wrapping_add(policy.value),
                RateUnit::Percent => {
                    // Rounded up: a small percentage of few replicas is at least one.
                    (f64::from(start) * (1.0 + f64::from(policy.value) / 100.0)).ceil() as i32
                }
            }
        })
    }

    /// Fewest replicas these rules allow at `now` to a workload that has `current`, after the changes in `events`. May
    /// be above `current`.
    #[must_use]
    pub fn limit_down(&self, now: Time, current: i32, events: &ScaleEvents) -> i32 {
        self.limit(now, current, events, i32::min, |policy, start| {
            match policy.unit {
                RateUnit::Pods => start.wrapping_sub(policy.value),
                RateUnit::Percent => (f64::from(start) * (1.0 - f64::from(policy.value) / 100.0)) as i32,
            }
        })
    }

    /// `further` picks the greater change of two proposals.
    fn limit(
        &self,
        now: Time,
        current: i32,
        events: &ScaleEvents,
        further: fn(i32, i32) -> i32,
        propose: impl Fn(&RatePolicy, i32) -> i32,
    ) -> i32 {
        let proposals = self.policies.iter().map(|policy| {
            let (added, removed) = events.within(now, policy.period);
            propose(policy, current.wrapping_sub(added).wrapping_add(removed))
        });
        let picked = match self.select {
            Select::Disabled => None,
            Select::Max => proposals.reduce(further),
            // The lesser change: what `further` does not pick.
            Select::Min => proposals.reduce(|a, b| if further(a, b) == a { b } else { a }),
        };
        picked.unwrap_or(current)
    }

    /// The longest time a policy of these looks back.
    #[must_use]
    pub fn longest_period(&self) -> Span {
        self.policies
            .iter()
            .map(|policy| policy.period)
            .max()
            .unwrap_or(Span::ZERO)
    }
}
