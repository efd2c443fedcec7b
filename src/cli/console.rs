//! What goes to the terminal, or to whatever stands in for it.
//!
//! Knows standard output, standard error, colours and closed pipes. Must not know what is said.

use super::arguments::Format;
use super::exit::Failure;
use crate::report::{Sheet, Style};
use anstream::{AutoStream, ColorChoice};
use std::io::{self, IsTerminal, Write};
use terminal_size::terminal_size_of;

/// Narrower than this a table is no table; what is too wide wraps in the terminal.
const NARROWEST: usize = 80;
/// Longer lines are hard to read.
const WIDEST: usize = 160;

/// Where a command speaks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    format: Option<Format>,
    quiet: bool,
}

impl Console {
    pub(super) const fn new(format: Option<Format>, quiet: bool) -> Self {
        Self { format, quiet }
    }

    /// The form of results.
    pub(super) fn format(&self) -> Format {
        self.format.unwrap_or(Format::Table)
    }

    /// Whether results are to be left out: `--quiet`, and no form was asked for.
    pub(super) const fn silent(&self) -> bool {
        self.quiet && self.format.is_none()
    }

    /// Whether a progress bar has a place.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Colours, if standard output is a terminal that wants them.
    pub(super) fn style(&self) -> Style {
        match AutoStream::choice(&io::stdout()) {
            ColorChoice::Never => Style::Plain,
            _ => Style::Colour,
        }
    }

    /// What text is laid out for: the terminal's width, or 100 columns where there is no terminal.
    pub(super) fn sheet(&self) -> Sheet {
        let out = io::stdout();
        let width = terminal_size_of(&out).filter(|_| out.is_terminal());
        Sheet {
            style: self.style(),
            width: width.map_or(Sheet::PLAIN.width, |(width, _)| {
                usize::from(width.0).clamp(NARROWEST, WIDEST)
            }),
        }
    }

    /// Prints a result. A reader that has gone has read what it wanted: that is no failure.
    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        let written = out
            .write_all(text.as_bytes())
            .and_then(|()| {
                if text.ends_with('\n') {
                    Ok(())
                } else {
                    out.write_all(b"\n")
                }
            })
            .and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Running(
                anyhow::Error::new(error).context("cannot write to standard output"),
            )),
            _ => Ok(()),
        }
    }

    /// Prints JSON.
    pub(super) fn print_json(&self, value: &serde_json::Value) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Running(error.into()))?;
        self.print(&text)
    }

    /// Says something about the work, beside results: on standard error, and not with `--quiet`.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            complain(text);
        }
    }

    /// Says why a command could not go on.
    pub(super) fn fail(&self, failure: &Failure) {
        match failure {
            Failure::Input(rendered) => complain(rendered),
            Failure::Running(error) => complain(&format!("error: {error:#}")),
            Failure::Usage(what, help) => {
                let help: String = help.iter().map(|line| format!("\n  = {line}")).collect();
                complain(&format!("error: {what}{help}"));
            }
        }
    }
}

/// To standard error; if that is closed, nobody wants to know.
fn complain(text: &str) {
    let mut err = anstream::stderr().lock();
    let _ = err
        .write_all(text.trim_end().as_bytes())
        .and_then(|()| err.write_all(b"\n"))
        .and_then(|()| err.flush());
}
