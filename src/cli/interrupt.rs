//! The user's wish to stop.
//!
//! Knows the signal, and that output files are whole or absent. Must not know what is running.

use crate::report::atomic::abandon_all;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C (or a polite kill) raises the flag that is returned; a second one ends the process at once,
/// without the files that are not whole.
pub(super) fn watched() -> &'static AtomicBool {
    // Refused only where a handler is there already: ours, or that of a program around us, which knows better.
    let _ = ctrlc::set_handler(|| {
        if CANCELLED.swap(true, Ordering::Relaxed) {
            let _none_from_here_on = abandon_all();
            std::process::exit(130);
        }
        let _ = writeln!(
            anstream::stderr(),
            "\nStopping; what is finished is kept. Once more stops at once."
        );
    });
    &CANCELLED
}
