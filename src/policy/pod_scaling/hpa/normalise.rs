//! From what the metrics ask for to what is written: stabilization, rate limits, bounds.
//!
//! Knows: `normalizeDesiredReplicas` and `normalizeDesiredReplicasWithBehaviors`
//! (`pkg/controller/podautoscaler/horizontal.go`). Must not know: metrics.

use super::history::{Recommendations, ScaleEvents};
use super::rules::{Rules, ScalingRules};
use crate::engine::{Span, Time};

/// Fewest and most replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Fewest.
    pub min: i32,
    /// Most.
    pub max: i32,
}

/// Condition `AbleToScale`: whether recent recommendations hold the change off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stabilized {
    /// `ReadyForNewScale`: they do not.
    No,
    /// `ScaleUpStabilized`: a lower recommendation of the window counts.
    Up(Span),
    /// `ScaleDownStabilized`: a higher recommendation of the window counts.
    Down(Span),
}

/// Condition `ScalingLimited`: what bounds the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// `DesiredWithinRange`: nothing.
    No,
    /// `TooFewReplicas`: the fewest replicas.
    TooFew,
    /// `TooManyReplicas`: the most replicas.
    TooMany,
    /// `ScaleUpLimit`: a policy, or without `behavior` the doubling.
    ScaleUpLimit,
    /// `ScaleDownLimit`: a policy.
    ScaleDownLimit,
}

/// What became of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Normalised {
    /// Replicas to write.
    pub desired: i32,
    /// The recommendation after stabilization.
    pub stabilized: i32,
    /// What recent recommendations did.
    pub able_to_scale: Stabilized,
    /// What limits did.
    pub limited: Limited,
}

/// Most replicas after one step without `behavior`: twice as many, at least four.
const SCALE_UP_FACTOR: f64 = 2.0;
const SCALE_UP_MINIMUM: f64 = 4.0;

/// Normalises the recommendation `raw` and records it.
pub fn normalise(
    now: Time,
    current: i32,
    raw: i32,
    range: Range,
    rules: &Rules,
    recommendations: &mut Recommendations,
    events: &ScaleEvents,
) -> Normalised {
    match rules {
        Rules::Legacy {
            downscale_stabilization,
        } => legacy(
            now,
            current,
            raw,
            range,
            *downscale_stabilization,
            recommendations,
        ),
        Rules::Behavior { up, down } => {
            let (stabilized, able_to_scale) = stabilize(now, current, raw, up, down, recommendations);
            let (desired, limited) = rate_limit(now, current, stabilized, range, up, down, events);
            Normalised {
                desired,
                stabilized,
                able_to_scale,
                limited,
            }
        }
    }
}

fn legacy(
    now: Time,
    current: i32,
    raw: i32,
    range: Range,
    window: Span,
    recommendations: &mut Recommendations,
) -> Normalised {
    let stabilized = recommendations.up_to(now, window).fold(raw, i32::max);
    recommendations.record(now, raw, window);
    let able_to_scale = if stabilized == raw {
        Stabilized::No
    } else {
        Stabilized::Down(window)
    };
    let step = (SCALE_UP_FACTOR * f64::from(current)).max(SCALE_UP_MINIMUM) as i32;
    let (most, reason) = if range.max > step {
        (step, Limited::ScaleUpLimit)
    } else {
        (range.max, Limited::TooMany)
    };
    let (desired, limited) = if stabilized < range.min {
        (range.min, Limited::TooFew)
    } else if stabilized > most {
        (most, reason)
    } else {
        (stabilized, Limited::No)
    };
    Normalised {
        desired,
        stabilized,
        able_to_scale,
        limited,
    }
}

fn stabilize(
    now: Time,
    current: i32,
    raw: i32,
    up: &ScalingRules,
    down: &ScalingRules,
    recommendations: &mut Recommendations,
) -> (i32, Stabilized) {
    let least = recommendations
        .younger_than(now, up.stabilization)
        .fold(raw, i32::min);
    let most = recommendations
        .younger_than(now, down.stabilization)
        .fold(raw, i32::max);
    recommendations.record(now, raw, up.stabilization.max(down.stabilization));
    let stabilized = current.max(least).min(most);
    let how = if stabilized == raw {
        Stabilized::No
    } else if raw >= current {
        Stabilized::Up(up.stabilization)
    } else {
        Stabilized::Down(down.stabilization)
    };
    (stabilized, how)
}

fn rate_limit(
    now: Time,
    current: i32,
    wanted: i32,
    range: Range,
    up: &ScalingRules,
    down: &ScalingRules,
    events: &ScaleEvents,
) -> (i32, Limited) {
    if wanted > current {
        let limit = up.limit_up(now, current, events).max(current);
        let (most, reason) = if range.max > limit {
            (limit, Limited::ScaleUpLimit)
        } else {
            (range.max, Limited::TooMany)
        };
        if wanted > most {
            return (most, reason);
        }
    } else if wanted < current {
        let limit = down.limit_down(now, current, events).min(current);
        let (least, reason) = if range.min < limit {
            (limit, Limited::ScaleDownLimit)
        } else {
            (range.min, Limited::TooFew)
        };
        if wanted < least {
            return (least, reason);
        }
    }
    (wanted, Limited::No)
}
