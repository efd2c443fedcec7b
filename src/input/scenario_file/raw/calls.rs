//! What a request asks of other workloads, as users write it.
//!
//! Knows: fields and defaults. Must not know: queues, or whether a workload of that name exists.

use super::retry::Retry;
use crate::model::units::{Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One step of the calls of a request: a call (`to`), or several that go out at once (`parallel`).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// The workload that is called.
    #[serde(default)]
    pub(crate) to: Option<String>,
    /// Calls that go out at once; the step ends when all of them have ended. In place of `to` and all else.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) parallel: Vec<Call>,
    /// The class of the request there. Without it, it is drawn by the shares of the classes.
    #[serde(default)]
    pub(crate) class: Option<String>,
    /// The share of requests that make the call.
    #[serde(default = "all")]
    pub(crate) probability: Share,
    /// Whether a request goes on without the answer if the call fails. Otherwise it has failed too.
    #[serde(default)]
    pub(crate) optional: bool,
    /// An attempt that takes longer has failed for the caller. Without it, the caller waits for ever: `timeout`, `patience`
    /// and `retry` of the workload that is called are those of its own load.
    #[serde(default)]
    pub(crate) timeout: Option<Duration>,
    /// How failed attempts are repeated. Without it, they are not.
    #[serde(default)]
    pub(crate) retry: Option<Retry>,
    /// How many calls a replica of the caller may have out, and when it makes none for a while. Without it, there are no
    /// limits.
    #[serde(default)]
    pub(crate) circuit_breaker: Option<CircuitBreaker>,
    /// When a second request is sent for a call that is not answered; the first answer counts. Its demand is drawn anew, as
    /// what made the first slow was its server. Without it, never.
    #[serde(default)]
    pub(crate) hedge: Option<Hedge>,
}

/// Limits and a breaker, each replica of the caller for itself. Names and defaults are Envoy's, except that a number that is
/// not given is no limit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CircuitBreaker {
    /// Calls out at a time; more wait until one ends, as in a pool of connections. Envoy's default is 1024.
    #[schemars(range(min = 1))]
    pub(crate) max_connections: Option<u32>,
    /// Calls that wait for that; more fail at once. Envoy's default is 1024.
    pub(crate) max_pending_requests: Option<u32>,
    /// Calls out at a time; more fail at once. Envoy's default is 1024.
    #[schemars(range(min = 1))]
    pub(crate) max_requests: Option<u32>,
    /// Repeated attempts at a time; more are not repeated. Envoy's default is 3.
    pub(crate) max_retries: Option<u32>,
    /// After so many failures in a row the circuit is open: calls fail at once. Envoy's default (of its outlier detection)
    /// is 5.
    #[schemars(range(min = 1))]
    pub(crate) consecutive_failures: Option<u32>,
    /// For how long it is open.
    pub(crate) open_for: Duration,
    /// So many calls are then let out (it is half open): if all are answered it is closed, if one fails it is open again.
    #[schemars(range(min = 1))]
    pub(crate) half_open_requests: u32,
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self {
            max_connections: None,
            max_pending_requests: None,
            max_requests: None,
            max_retries: None,
            consecutive_failures: None,
            open_for: Duration::from_secs(30),
            half_open_requests: 1,
        }
    }
}

/// How long a call waits for its answer before a second request is sent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Hedge {
    /// So long.
    After(Duration),
    /// As long as this share of the last thousand answers took: `95%`.
    AfterPercentile(Share),
}

/// Where a share of the requests goes after this workload.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forward {
    /// The workload they go to, as requests of the class of the same place there.
    pub(crate) to: String,
    /// The share of the requests that leave.
    #[serde(default = "all")]
    pub(crate) probability: Share,
}

const fn all() -> Share {
    Share::ONE
}
