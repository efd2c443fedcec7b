//! Slow start: a replica that has just come gets less than its part of the requests at first, so that it can warm up.
//! Envoy's rule; NGINX and HAProxy have the like.

use crate::engine::Span;
use crate::model::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// New replicas get less at first: their weight is times max(`min_weight_percent`, (age / window)^(1 / aggression)). For
/// the policies that can weigh: `round_robin` and the `weighted_…` ones; `least_request` and `power_of_two` go by
/// `weighted_least_connections` and `weighted_least_request` then, as NGINX and Envoy do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowStart {
    /// How long a replica is new.
    pub window: Duration,
    /// How the weight grows: 1 evenly, more faster at first, less slower.
    #[serde(default = "one")]
    #[schemars(range(min = 0.01, max = 100))]
    pub aggression: f64,
    /// Least weight of a new replica, percent of its own.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    pub min_weight_percent: u32,
}

const fn one() -> f64 {
    1.0
}

const fn ten() -> u32 {
    10
}

/// A replica is taken to be at least so old.
const AGE_MIN: Span = Span::from_secs(1);

impl SlowStart {
    /// What the weight of a replica is times after it has taken requests for `age`; 1 where it is no longer new.
    #[must_use]
    pub fn factor(&self, age: Span) -> f64 {
        let window = self.window.span();
        if age >= window {
            return 1.0;
        }
        let share = age.max(AGE_MIN).nanos() as f64 / window.nanos() as f64;
        let least = f64::from(self.min_weight_percent) / 100.0;
        share.powf(1.0 / self.aggression).max(least).min(1.0)
    }

    /// What is wrong with it.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.window == Duration::ZERO {
            problems.push(
                "slow_start: `window` must be longer than zero: without slow start, leave it out".to_owned(),
            );
        }
        if !(0.01..=100.0).contains(&self.aggression) {
            problems.push(format!(
                "`aggression` must be from 0.01 to 100, not {}",
                self.aggression
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_grows_from_a_tenth_as_fast_as_the_aggression_says() {
        let rule = |aggression| SlowStart {
            window: Duration::from_secs(100),
            aggression,
            min_weight_percent: 10,
        };
        let at = |aggression, seconds| {
            let factor = rule(aggression).factor(Span::from_secs(seconds));
            (factor * 1000.0).round() as u32
        };
        assert_eq!(
            [0, 5, 25, 50, 100].map(|age| at(1.0, age)),
            [100, 100, 250, 500, 1000]
        );
        assert_eq!(at(2.0, 25), 500, "faster at first");
        assert_eq!(at(0.5, 50), 250, "slower at first");
        assert_eq!(at(2.0, 0), 100, "at least a second old, and a tenth");
    }
}
