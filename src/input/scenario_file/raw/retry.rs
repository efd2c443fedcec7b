//! How clients repeat what failed, as users write it.
//!
//! Knows: fields and defaults. Must not know: queues.

use crate::model::units::{Duration, Rate, Ratio, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Retries with exponential back-off; the waits are Envoy's, the budget is Finagle's.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Retry {
    /// Attempts in all, the first included.
    #[schemars(range(min = 1, max = 255))]
    pub(crate) attempts: u8,
    /// How long to wait before a retry.
    pub(crate) backoff: Backoff,
    /// Most retries as a share of requests over the last ten seconds. Without it, there is no budget.
    pub(crate) budget: Option<Ratio>,
    /// Retries allowed in any case, where there is a budget.
    pub(crate) budget_min_per_second: Rate,
    /// Which failures are retried.
    pub(crate) on: Vec<Failure>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 2,
            backoff: Backoff::default(),
            budget: None,
            budget_min_per_second: Rate::from_per_second(10.0).unwrap_or_default(),
            on: vec![
                Failure::Refused,
                Failure::TimedOut,
                Failure::Lost,
                Failure::CallFailed,
            ],
        }
    }
}

/// Waits before retries.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Backoff {
    /// Before the first retry.
    pub(crate) base: Duration,
    /// Each further wait is this many times as long.
    #[schemars(range(min = 1, max = 1000))]
    pub(crate) factor: f64,
    /// The longest wait.
    pub(crate) max: Duration,
    /// The share of the wait that is drawn at random: 0 none, 100% full jitter.
    pub(crate) jitter: Share,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(25),
            factor: 2.0,
            max: Duration::from_millis(250),
            jitter: Share::ONE,
        }
    }
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Failure {
    /// The queue was full or there was no replica.
    Refused,
    /// The time-out.
    TimedOut,
    /// The replica went away.
    Lost,
    /// A call that the request needed had failed.
    CallFailed,
}
