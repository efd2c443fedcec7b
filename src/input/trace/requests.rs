//! Traces with one request a row: validated whole, then streamed.
//!
//! Knows: rows in time order. Must not know: any format's columns, which a [`RowFormat`] reads.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use super::reader::Reader;
use super::{PROBLEMS_MAX, TraceError, TraceProblem, TraceSummary, Trouble};
use crate::engine::{Span, StreamKey, Time};
use crate::workload::load::{Arrival, ArrivalFactory, ArrivalSource};

/// One request as its file has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Nanoseconds on the file's own clock.
    pub(super) at: i64,
    pub(super) class: Option<u8>,
    pub(super) demand: Option<Span>,
}

/// Reads a format's rows.
pub(super) trait RowFormat: Send + Sync + Debug + 'static {
    fn row(&self, line: &str) -> Result<Row, Trouble>;

    /// The time of a row as the file spells it.
    fn time_text(&self, line: &str) -> String;
}

/// A validated trace with one request a row.
#[derive(Debug)]
pub struct RequestTrace<F> {
    inner: Arc<Inner<F>>,
}

#[derive(Debug)]
struct Inner<F> {
    path: Arc<Path>,
    format: F,
    /// The file's clock when the load begins, nanoseconds.
    zero: i64,
    summary: TraceSummary,
}

impl<F> Clone for RequestTrace<F> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<F> RequestTrace<F> {
    /// What validation found.
    #[must_use]
    pub fn summary(&self) -> &TraceSummary {
        &self.inner.summary
    }
}

#[expect(
    private_bounds,
    reason = "formats are this module's own; the factory over them is public"
)]
impl<F: RowFormat> RequestTrace<F> {
    /// Reads the whole file. `header` makes the format from the first line. With `zero` unset the load begins with
    /// the first row.
    pub(super) fn validated(
        path: &Path,
        zero: Option<i64>,
        header: impl FnOnce(&str) -> Result<F, Trouble>,
    ) -> Result<Self, TraceError> {
        let fail = |problems| TraceError {
            file: path.to_owned(),
            problems,
        };
        let whole = |trouble: Trouble| fail(vec![trouble.at(None)]);
        let mut reader = Reader::new(path);
        let format = match reader.next_line().map_err(whole)? {
            Some(line) => header(line).map_err(whole)?,
            None => return Err(whole(Trouble::new("an empty file", "a header and rows"))),
        };
        let header_lines = reader.read();
        let mut problems: Vec<TraceProblem> = Vec::new();
        let mut rows = 0u64;
        let (mut start, mut last) = (None, None);
        let (mut first_text, mut last_text) = (String::new(), String::new());
        while problems.len() < PROBLEMS_MAX {
            let row = reader.read() + 1 - header_lines;
            let line = match reader.next_line() {
                Ok(Some(line)) => line.to_owned(),
                Ok(None) => break,
                Err(trouble) => {
                    // A line too long or damaged data: what follows has no rows to speak of.
                    problems.push(trouble.at(Some(row)));
                    break;
                }
            };
            let row = Some(reader.read() - header_lines);
            match format.row(&line) {
                Err(trouble) => problems.push(trouble.at(row)),
                Ok(found) if last.is_some_and(|last| found.at < last) => {
                    let expected = format!("times in order: the row before is at {last_text}");
                    problems.push(Trouble::text(&format.time_text(&line), expected).at(row));
                }
                Ok(found) if zero.is_some_and(|zero| found.at < zero) => {
                    let expected = "no time before the load begins";
                    problems.push(Trouble::text(&format.time_text(&line), expected).at(row));
                }
                Ok(found) => {
                    last_text = format.time_text(&line);
                    if start.is_none() {
                        start = Some(found.at);
                        first_text.clone_from(&last_text);
                    }
                    last = Some(found.at);
                    rows += 1;
                }
            }
        }
        if rows == 0 && problems.is_empty() {
            problems.push(Trouble::new("a header and no rows", "one row or more").at(None));
        }
        if !problems.is_empty() {
            return Err(fail(problems));
        }
        let (start, last) = (start.unwrap_or(0), last.unwrap_or(0));
        let zero = zero.unwrap_or(start);
        let length = length(last.abs_diff(zero), last.abs_diff(start), rows);
        let summary = TraceSummary {
            rows,
            requests: rows,
            first: first_text,
            last: last_text,
            length,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.into(),
                format,
                zero,
                summary,
            }),
        })
    }
}

/// A trace's length: to its last request and one mean gap more, so that looping it keeps its rate; one second more
/// if all its requests come at once.
fn length(to_last: u64, covered: u64, rows: u64) -> Span {
    let gap = covered / rows.saturating_sub(1).max(1);
    let gap = if gap == 0 {
        Span::from_secs(1)
    } else {
        Span::from_nanos(gap)
    };
    Span::from_nanos(to_last) + gap
}

impl<F: RowFormat> ArrivalFactory for RequestTrace<F> {
    fn open(&self, _key: StreamKey, _name: &str) -> Box<dyn ArrivalSource> {
        let reader = Reader::new(&self.inner.path);
        Box::new(RowSource {
            trace: self.clone(),
            reader,
            given: 0,
            last: Time::ZERO,
            fault: None,
        })
    }

    fn length(&self) -> Option<Span> {
        Some(self.inner.summary.length)
    }
}

struct RowSource<F> {
    trace: RequestTrace<F>,
    reader: Reader,
    given: u64,
    last: Time,
    fault: Option<Arc<str>>,
}

impl<F> Clone for RowSource<F> {
    fn clone(&self) -> Self {
        let (trace, reader, fault) = (self.trace.clone(), self.reader.clone(), self.fault.clone());
        Self {
            trace,
            reader,
            given: self.given,
            last: self.last,
            fault,
        }
    }
}

impl<F: RowFormat> RowSource<F> {
    fn next_row(&mut self) -> Result<Row, Trouble> {
        let ended = || Trouble::new("the end of the file", "the rows it had when it was validated");
        if self.given == 0 && self.reader.read() == 0 {
            self.reader.next_line()?.ok_or_else(ended)?;
        }
        let row = self
            .trace
            .inner
            .format
            .row(self.reader.next_line()?.ok_or_else(ended)?)?;
        let at = u64::try_from(i128::from(row.at) - i128::from(self.trace.inner.zero)).map(Time::from_nanos);
        match at {
            Ok(at) if at >= self.last => {
                self.last = at;
                Ok(row)
            }
            _ => Err(Trouble::new(
                "a time before the last row's",
                "the times it had when it was validated",
            )),
        }
    }
}

impl<F: RowFormat> ArrivalSource for RowSource<F> {
    fn next_arrival(&mut self) -> Option<Arrival> {
        if self.fault.is_some() || self.given == self.trace.inner.summary.rows {
            return None;
        }
        match self.next_row() {
            Ok(row) => {
                self.given += 1;
                Some(Arrival {
                    at: self.last,
                    class: row.class,
                    demand: row.demand,
                })
            }
            Err(trouble) => {
                let file = self.trace.inner.path.display();
                let problem = trouble.at(Some(self.given + 1));
                self.fault = Some(format!("{file} changed while it was being read: {problem}").into());
                None
            }
        }
    }

    fn clone_box(&self) -> Box<dyn ArrivalSource> {
        Box::new(self.clone())
    }

    fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}
