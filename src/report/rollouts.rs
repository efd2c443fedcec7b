//! Rollouts in words.

use super::format::{duration, plural};
use crate::sim::outcome::RolloutOutcome;

/// What became of a rollout: `version v2 rolled out in 1m 20s, at least 6 pods available`.
pub(super) fn told(rollout: &RolloutOutcome) -> String {
    let version = &rollout.version;
    let took = rollout.ended_s.map(|ended| duration(ended - rollout.started_s));
    let took = took.unwrap_or_default();
    let what = match rollout.state.as_str() {
        "complete" => format!("version {version} rolled out in {took}"),
        "superseded" => format!("version {version} gave way to the next after {took}"),
        "paused" => format!("version {version} paused after {took}: too many of its tasks failed"),
        "rolled_back" => {
            format!("version {version} was rolled back after {took}: too many of its tasks failed")
        }
        "failed" => format!("version {version} failed: no progress within the deadline"),
        "stalled" => format!("version {version} stalled: no progress for ten minutes or more"),
        _ => format!("version {version} was still rolling out at the end"),
    };
    let available = plural(rollout.available_min.into(), "pod", "pods");
    format!("{what}, at least {available} available")
}
