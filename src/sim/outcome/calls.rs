//! What workloads had to do with each other.

use super::super::outcome::Quantiles;
use serde::{Deserialize, Serialize};

/// One kind of call, or one way that requests take from a workload to another, over the measured part of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallOutcome {
    /// Its name, unique in the run: `shop -> users`.
    pub name: String,
    /// The workload that calls.
    pub from: String,
    /// The workload that is called.
    pub to: String,
    /// `call` (the caller waits for the answer) or `forward` (the request has left).
    pub kind: String,
    /// The step of the caller's calls, from 1; 0 for a forward.
    pub step: u32,
    /// Calls begun, or requests that have taken the way.
    pub calls: u64,
    /// Requests sent for them, retries and hedges included.
    pub attempts: u64,
    /// Calls that failed for good.
    pub failed: u64,
    /// Attempts that were repeated.
    pub retried: u64,
    /// Calls for which a second request was sent.
    pub hedged: u64,
    /// Attempts that a circuit breaker or its limits did not let out.
    pub broken: u64,
    /// Calls that ended when nobody needed their answer any more.
    pub orphaned: u64,
    /// From the start of a call to its answer, retries included, of the calls that were answered, seconds.
    pub latency: Quantiles,
}
