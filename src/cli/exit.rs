//! How a command can end.
//!
//! Knows exit codes. Must not know commands.

use crate::report::{LoadError, WriteError};
use std::process::ExitCode;

/// A command that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// All is well.
    Done,
    /// It went wrong while running.
    Failed,
    /// Bad usage or input.
    Usage,
    /// An objective was missed.
    Missed,
    /// The user stopped it.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0u8,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Missed => 99,
            Exit::Interrupted => 130,
        })
    }
}

/// Why a command could not go on.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the user said makes no sense: a sentence, then lines of help.
    Usage(String, Vec<String>),
    /// Diagnostics of input files, rendered.
    Input(String),
    /// The world outside failed while running.
    Running(anyhow::Error),
}

impl Failure {
    /// Bad usage.
    pub(super) fn usage(what: impl Into<String>) -> Self {
        Self::Usage(what.into(), Vec::new())
    }

    /// The same with a line of help, if there is one.
    pub(super) fn help(self, line: Option<impl Into<String>>) -> Self {
        match (self, line) {
            (Self::Usage(what, mut help), Some(line)) => {
                help.push(line.into());
                Self::Usage(what, help)
            }
            (failure, _) => failure,
        }
    }

    /// The exit code it leads to.
    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::Usage(..) | Self::Input(_) => Exit::Usage,
            Self::Running(_) => Exit::Failed,
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        // Its sentence tells the source already; as a chain it would be told twice.
        Self::Running(anyhow::anyhow!("{error}"))
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::usage(error.to_string())
    }
}
