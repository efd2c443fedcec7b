//! How every form of `pack` does its work: threads, a progress bar, and the wish to stop.

use super::super::interrupt;
use super::super::progress::Progress;
use super::{Context, Exit, PackArgs};
use crate::experiment::Settings;
use std::sync::atomic::Ordering;

/// Work that is done, or was cut short.
pub(super) struct Work<T> {
    pub(super) found: T,
    stopped: bool,
}

impl<T> Work<T> {
    /// Whether somebody wished to stop before all of it was done: a wish that came too late changes nothing.
    pub(super) fn was_cut_short(&self, lacks_some: impl Fn(&T) -> bool) -> bool {
        self.stopped && lacks_some(&self.found)
    }
}

/// Does it, as many at a time as was asked for.
pub(super) fn at_work<T>(
    args: &PackArgs,
    context: &Context,
    doing: &'static str,
    work: impl FnOnce(&Settings) -> T,
) -> Work<T> {
    let cancelled = interrupt::watched();
    let progress = Progress::new(&context.console, doing);
    let settings = Settings {
        threads: args.threads(),
        cancelled,
        progress: &|share| progress.tell(share),
    };
    let found = work(&settings);
    drop(progress);
    Work {
        found,
        stopped: cancelled.load(Ordering::Relaxed),
    }
}

/// Nothing was finished before the wish to stop.
pub(super) fn nothing_to_show(what: &str, context: &Context) -> Exit {
    let said = format!("Interrupted before {what} was finished: there is nothing to show.");
    context.console.note(&said);
    Exit::Interrupted
}
