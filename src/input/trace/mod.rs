//! Traces: recorded load, and recorded memory, read from files.
//!
//! Knows: file formats, gzip, and how to point at what is wrong in a file. Must not know: what the load is for.
//!
//! A trace is read whole once, before a run, and everything wrong with it is reported with its row; during the run
//! it is streamed in bounded memory. Forks reopen the file at the row they were at. A file that changes in between
//! ends its stream with a fault instead of a panic; rows appended after validation are not read. Memory is bounded in
//! rows and kept whole.

mod azure_llm;
mod counts_csv;
mod fields;
mod memory_csv;
mod number_list;
mod reader;
mod requests;
mod requests_csv;

pub use azure_llm::{AzureLlmRows, AzureLlmTrace, TokenCost};
pub use counts_csv::{CountsCsv, CountsCsvOptions};
pub use memory_csv::{MemoryCsvOptions, memory_csv};
pub use number_list::{NumberList, NumberListOptions};
pub use requests::RequestTrace;
pub use requests_csv::{RequestsCsv, RequestsCsvOptions, RequestsCsvRows};

use std::fmt;
use std::path::PathBuf;

use crate::engine::Span;

/// Problems reported for one file; reading stops there.
pub const PROBLEMS_MAX: usize = 20;
/// The longest line accepted, bytes.
pub const LINE_MAX: usize = 64 * 1024;

/// What a whole reading of a trace found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSummary {
    /// Rows of data in the file (numbers, for a list of numbers), header and blank lines not counted.
    pub rows: u64,
    /// Requests the load consists of: one a row, or the sum of the counts in the window.
    pub requests: u64,
    /// The first row's time as the file spells it, or its number.
    pub first: String,
    /// The last row's time as the file spells it, or its number.
    pub last: String,
    /// How long the load lasts: what a loop at its end repeats.
    pub length: Span,
}

/// One thing wrong with a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceProblem {
    /// The row, counted from 1 at the first line after the header; `None` if it concerns the file as a whole.
    pub row: Option<u64>,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
}

/// Everything wrong with a trace, up to [`PROBLEMS_MAX`] problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong, in the order of the file.
    pub problems: Vec<TraceProblem>,
}

impl fmt::Display for TraceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(f, "row {row}: ")?;
        }
        write!(f, "found {}, expected {}", self.found, self.expected)
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}{}: {problem}", self.file.display())?;
        }
        if self.problems.len() >= PROBLEMS_MAX {
            write!(
                f,
                "\n{}: stopped after {PROBLEMS_MAX} problems",
                self.file.display()
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for TraceError {}

/// A problem before its row is known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trouble {
    found: String,
    expected: String,
}

impl Trouble {
    fn new(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// Quotes `text` from the file, cut to a readable length.
    fn text(text: &str, expected: impl Into<String>) -> Self {
        let mut shown: String = text.chars().take(60).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Self::new(format!("{shown:?}"), expected)
    }

    fn at(self, row: Option<u64>) -> TraceProblem {
        TraceProblem {
            row,
            found: self.found,
            expected: self.expected,
        }
    }
}

#[cfg(test)]
mod tests;
