//! Probes and hooks of containers as users write them, in Kubernetes' words and with its defaults.
//!
//! Knows: fields and defaults. Must not know: when a probe is sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a container is asked whether it is well. A container that has not started yet refuses every probe.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct Probe {
    /// What the probe asks.
    pub(crate) by: ProbeBy,
    /// Not before the container has run for so long.
    pub(crate) initial_delay_seconds: u32,
    /// From one probe to the next.
    #[schemars(range(min = 1))]
    pub(crate) period_seconds: u32,
    /// An answer that takes longer is none.
    #[schemars(range(min = 1))]
    pub(crate) timeout_seconds: u32,
    /// So many answers in a row make the container well; only 1 for startup and liveness probes.
    #[schemars(range(min = 1))]
    pub(crate) success_threshold: u32,
    /// So many failures in a row make it unwell.
    #[schemars(range(min = 1))]
    pub(crate) failure_threshold: u32,
    /// How long a container that fails a startup or liveness probe may finish what it has; by default as long as its pod
    /// when it is stopped.
    #[schemars(range(min = 1))]
    pub(crate) termination_grace_period_seconds: Option<u32>,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            by: ProbeBy::default(),
            initial_delay_seconds: 0,
            period_seconds: 10,
            timeout_seconds: 1,
            success_threshold: 1,
            failure_threshold: 3,
            termination_grace_period_seconds: None,
        }
    }
}

/// What a probe asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ProbeBy {
    /// The server that also serves the requests: where slots are limited and requests wait at each replica, the probe
    /// waits in line for a slot like a request, and fails when its turn does not come within its time-out or the queue is
    /// full. Whether requests before it give up for lack of patience is not foreseen.
    #[default]
    HttpGet,
    /// The same.
    Grpc,
    /// A command in the container: answered beside the requests, as long as the container does not hang.
    Exec,
    /// Whether its port is open: once it has started, always.
    TcpSocket,
}

/// What a container does around its life.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Lifecycle {
    /// Before it is asked to stop.
    #[serde(rename = "preStop")]
    pub(crate) pre_stop: Option<PreStop>,
}

/// What a container does before it is asked to stop. It is part of the pod's grace.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PreStop {
    /// It waits.
    pub(crate) sleep: Sleep,
}

/// A wait.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sleep {
    /// For so long; the pod gets no new requests and finishes those it has meanwhile.
    pub(crate) seconds: u32,
}
