//! What ejection and locality of requests came to.

use serde::{Deserialize, Serialize};

/// What stood beside a workload's routing policy, over the measured part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BalancingOutcome {
    /// Share of the attempts that were sent to another zone than the one they came from, 0 to 1; absent without locality or
    /// where none was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_zone_share: Option<f64>,
    /// Times that a replica was ejected; absent without ejection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ejections: Option<u64>,
}
