//! The user's wish to stop.
//!
//! Knows the signal. Must not know what is running.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C (or a polite kill) raises the flag that is returned; a second one ends the process at once.
pub(super) fn watched() -> &'static AtomicBool {
    // Refused only where a handler is there already: ours, or that of a program around us, which knows better.
    let _ = ctrlc::set_handler(|| {
        if CANCELLED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        let _ = writeln!(
            anstream::stderr(),
            "\nStopping; what is finished is kept. Once more stops at once."
        );
    });
    &CANCELLED
}
