//! Restarts in a sentence, for the terminal and the page.
//!
//! Knows: counts. Must not know: where they are shown.

use super::format::{count, plural};
use crate::sim::outcome::Restarts;

/// How often a workload's containers were started again, and why: `12 restarts: 10 after crashes, 2 out of memory`;
/// nothing where none was.
#[must_use]
pub(super) fn told(restarts: &Restarts) -> Option<String> {
    let causes = [
        (restarts.crash, "after a crash"),
        (restarts.oom, "out of memory"),
        (restarts.probe, "after a failed probe"),
        (restarts.machine, "with their machine"),
    ];
    let causes = causes.iter().filter(|(times, _)| *times > 0);
    let causes: Vec<String> = causes
        .map(|(times, cause)| format!("{} {cause}", count(*times)))
        .collect();
    let all = plural(restarts.total(), "restart", "restarts");
    (!causes.is_empty()).then(|| format!("{all} of containers: {}", causes.join(", ")))
}
