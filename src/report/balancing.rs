//! Ejection and locality in a sentence, for the terminal.
//!
//! Knows: shares and counts. Must not know: where they are shown.

use super::format::{percent, plural};
use crate::sim::outcome::BalancingOutcome;

/// What stood beside a workload's routing: `12.0% of requests left their zone, 3 ejections of replicas`.
#[must_use]
pub(super) fn told(balancing: &BalancingOutcome) -> Option<String> {
    let crossed = balancing
        .cross_zone_share
        .map(|share| format!("{} of requests left their zone", percent(share)));
    let ejected = balancing
        .ejections
        .map(|times| format!("{} of replicas", plural(times, "ejection", "ejections")));
    let parts: Vec<String> = crossed.into_iter().chain(ejected).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
