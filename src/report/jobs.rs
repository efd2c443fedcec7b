//! Jobs in a sentence, for the terminal and the page.
//!
//! Knows: counts. Must not know: where they are shown.

use super::format::{count, plural};
use crate::model::units::form;
use crate::sim::outcome::JobCounts;

/// What became of a workload's jobs: `40 jobs started, 38 done, 2 not yet (1 of them waits)`.
#[must_use]
pub(super) fn told(jobs: &JobCounts) -> String {
    let mut text = format!(
        "{} started, {} done",
        plural(jobs.started, "job", "jobs"),
        count(jobs.done)
    );
    if jobs.unfinished > 0 {
        text += &format!(", {} not yet", count(jobs.unfinished));
    }
    if jobs.waiting > 0 {
        text += &format!(" ({} without a running pod)", count(jobs.waiting));
    }
    if jobs.pods_failed > 0 {
        text += &format!(
            "; {} went before {} work was done",
            plural(jobs.pods_failed, "pod", "pods"),
            form(jobs.pods_failed, "its", "their")
        );
    }
    text
}
