//! Runs jobs with a bar and an ear for Ctrl-C.
//!
//! Knows how the command line waits. Must not know what the jobs are for.

use super::console::Console;
use super::exit::Failure;
use super::progress::Progress;
use super::{arguments::ScenarioArgs, interrupt};
use crate::experiment::{Job, Settings, run_all};
use crate::sim::{Outcome, Sink};
use std::num::NonZeroUsize;
use std::sync::atomic::Ordering;
use std::thread;

/// What came of a list of jobs.
#[derive(Debug)]
pub(super) struct Ran {
    /// By the job's index; `None` was not started.
    pub(super) outcomes: Vec<Option<Outcome>>,
    /// The user stopped it before all were done.
    pub(super) interrupted: bool,
}

impl Ran {
    /// What broke in the first job that failed, if one did: then nothing of what was run is to be shown or kept.
    pub(super) fn failure(&self) -> Option<Failure> {
        let mut failed = self
            .outcomes
            .iter()
            .flatten()
            .filter_map(|outcome| outcome.failure.as_ref());
        failed
            .next()
            .map(|what| Failure::Running(anyhow::anyhow!("{what}")))
    }
}

/// Whether a run went to its end.
pub(super) fn is_whole(outcome: &Outcome) -> bool {
    outcome.stopped != "cancelled"
}

/// Runs the jobs; rows of the first go to `first`.
pub(super) fn run_jobs(
    jobs: &[Job],
    args: &ScenarioArgs,
    console: &Console,
    what: &str,
    first: Option<&mut (dyn Sink + Send)>,
) -> Ran {
    let cancelled = interrupt::watched();
    let progress = Progress::new(console, what);
    let settings = Settings {
        threads: args
            .threads
            .or_else(|| thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN),
        cancelled,
        progress: &|share| progress.tell(share),
    };
    let outcomes = run_all(jobs, &settings, first);
    // A wish that came after the last event changed nothing.
    let whole = outcomes
        .iter()
        .all(|outcome| outcome.as_ref().is_some_and(is_whole));
    Ran {
        interrupted: cancelled.load(Ordering::Relaxed) && !whole,
        outcomes,
    }
}
