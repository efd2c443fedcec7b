//! Jobs in a sentence, for the terminal and the page.
//!
//! Knows: counts. Must not know: where they are shown.

use super::format::count;
use crate::sim::outcome::JobCounts;

/// What became of a workload's jobs: `40 jobs started, 38 done, 2 not yet (1 of them waits)`.
#[must_use]
pub(super) fn told(jobs: &JobCounts) -> String {
    let mut text = format!("{} jobs started, {} done", count(jobs.started), count(jobs.done));
    if jobs.unfinished > 0 {
        text += &format!(", {} not yet", count(jobs.unfinished));
    }
    if jobs.waiting > 0 {
        text += &format!(" ({} without a running pod)", count(jobs.waiting));
    }
    if jobs.pods_failed > 0 {
        text += &format!(
            "; {} pods went before their work was done",
            count(jobs.pods_failed)
        );
    }
    text
}
