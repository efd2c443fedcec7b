//! Restarts in a sentence, for the terminal and the page.
//!
//! Knows: counts. Must not know: where they are shown.

use super::format::{count, plural};
use crate::sim::outcome::Restarts;

/// How often a workload's containers were started again, and why: `12 restarts of containers: 10 after a crash, 2 out of memory`;
/// nothing where none was.
#[must_use]
pub(super) fn told(restarts: &Restarts) -> Option<String> {
    let causes = [
        (restarts.crash, "after a crash"),
        (restarts.oom, "out of memory"),
        (restarts.probe, "after a failed probe"),
        (restarts.machine, "with their machine"),
        (restarts.gpu_memory, "out of GPU memory"),
    ];
    let causes: Vec<(u64, &str)> = causes.into_iter().filter(|(times, _)| *times > 0).collect();
    let all = plural(restarts.total(), "restart", "restarts");
    match causes.as_slice() {
        [] => None,
        [(_, cause)] => Some(format!("{all} of containers {cause}")),
        several => {
            let each = several
                .iter()
                .map(|(times, cause)| format!("{} {cause}", count(*times)));
            Some(format!(
                "{all} of containers: {}",
                each.collect::<Vec<_>>().join(", ")
            ))
        }
    }
}
