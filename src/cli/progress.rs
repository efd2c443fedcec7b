//! How far a command is.
//!
//! Knows a terminal and the wall clock. Must not know what is being done.

use super::console::Console;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What is done sooner has no bar.
const PATIENCE: Duration = Duration::from_secs(1);
const STEPS: f64 = 10_000.0;
/// Drawings a second.
const REFRESH_HZ: u8 = 8;

/// A bar with an estimate of the time left, for anything longer than a second, on a terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    shown: AtomicBool,
}

impl Progress {
    /// A bar that is not drawn yet.
    pub(super) fn new(console: &Console, what: &str) -> Self {
        let bar = console.shows_progress().then(|| {
            let bar = ProgressBar::with_draw_target(Some(STEPS as u64), ProgressDrawTarget::hidden());
            let style = ProgressStyle::with_template("{msg} [{bar:40}] {percent:>3}%, {eta} left");
            if let Ok(style) = style {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(what.to_owned());
            bar
        });
        Self {
            bar,
            started: Instant::now(),
            shown: AtomicBool::new(false),
        }
    }

    /// The share that is done, 0 to 1; from any thread.
    pub(super) fn tell(&self, share: f64) {
        let Some(bar) = &self.bar else { return };
        bar.set_position((share * STEPS) as u64);
        if self.started.elapsed() > PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(REFRESH_HZ));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
