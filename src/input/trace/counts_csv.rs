//! Counts per interval from a CSV of times and counts, such as the 1998 World Cup's requests per minute.
//!
//! Knows: `period,count` rows on a grid of intervals, absent ones being zero, and a window of civil times. Must not
//! know: how requests spread within an interval.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::DateTime;

use super::reader::Reader;
use super::{PROBLEMS_MAX, TraceError, TraceProblem, TraceSummary, Trouble, fields};
use crate::engine::Span;
use crate::workload::load::{CountSeries, CountStream};

/// Which part of which columns to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountsCsvOptions {
    /// The column of times: civil times or seconds, each the beginning of an interval.
    pub period: String,
    /// The column of counts.
    pub count: String,
    /// The interval's length.
    pub interval: Span,
    /// The window's beginning, the beginning of an interval; unset, the first row's.
    pub from: Option<DateTime>,
    /// The window's end, exclusive, the beginning of an interval; unset, the end of the last row's interval.
    pub until: Option<DateTime>,
}

impl Default for CountsCsvOptions {
    fn default() -> Self {
        Self {
            period: "period".to_owned(),
            count: "count".to_owned(),
            interval: Span::from_secs(60),
            from: None,
            until: None,
        }
    }
}

/// A validated CSV of counts per interval. Open it as the series of a `LoadSpec::Counts`.
#[derive(Clone, Debug)]
pub struct CountsCsv {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: Arc<Path>,
    columns: Columns,
    /// Nanoseconds.
    interval: i64,
    from: i64,
    slots: u64,
    /// Rows before the window, and in it.
    rows_before: u64,
    rows_within: u64,
    summary: TraceSummary,
}

#[derive(Clone, Copy, Debug)]
struct Columns {
    period: usize,
    count: usize,
    number: usize,
}

impl Columns {
    fn new(header: &str, options: &CountsCsvOptions) -> Result<Self, Trouble> {
        let names: Vec<Cow<'_, str>> = fields::Fields::of(header).collect();
        let column = |wanted: &str| {
            let found = names.iter().position(|name| name == wanted);
            found.ok_or_else(|| Trouble::text(header, format!("a header with a column {wanted:?}")))
        };
        Ok(Self {
            period: column(&options.period)?,
            count: column(&options.count)?,
            number: names.len(),
        })
    }

    fn row(self, line: &str) -> Result<(i64, u32), Trouble> {
        let (mut at, mut count, mut number) = (None, None, 0);
        for (index, field) in fields::Fields::of(line).enumerate() {
            number += 1;
            if index == self.period {
                at = Some(fields::instant_nanos(&field)?);
            } else if index == self.count {
                count = Some(fields::count(&field)?);
            }
        }
        match (at, count) {
            (Some(at), Some(count)) if number == self.number => Ok((at, count)),
            _ => Err(Trouble::text(
                line,
                format!("{} fields, as in the header", self.number),
            )),
        }
    }

    fn time_text(self, line: &str) -> String {
        fields::Fields::of(line)
            .nth(self.period)
            .unwrap_or_default()
            .into_owned()
    }
}

/// What the first pass gathers.
#[derive(Default)]
struct Pass {
    rows: u64,
    first: Option<i64>,
    last: Option<i64>,
    first_text: String,
    last_text: String,
    rows_before: u64,
    rows_within: u64,
    requests: u64,
}

impl CountsCsv {
    /// Reads and checks the whole file.
    ///
    /// # Errors
    /// Everything that is wrong with the file, row by row, or a window that does not fit it.
    pub fn validated(path: &Path, options: &CountsCsvOptions) -> Result<Self, TraceError> {
        let fail = |problems| TraceError {
            file: path.to_owned(),
            problems,
        };
        let whole = |trouble: Trouble| fail(vec![trouble.at(None)]);
        let interval = i64::try_from(options.interval.nanos())
            .ok()
            .filter(|interval| *interval > 0);
        let interval =
            interval.ok_or_else(|| whole(Trouble::new("an interval of 0s", "one longer than zero")))?;
        let edge = |at: Option<DateTime>| {
            let out_of_range = || {
                whole(Trouble::new(
                    "a window beyond the year 2262",
                    "a window within the file",
                ))
            };
            at.map(|at| fields::civil_nanos(at).ok_or_else(out_of_range))
                .transpose()
        };
        let window = (edge(options.from)?, edge(options.until)?);
        let mut reader = Reader::new(path);
        let columns = match reader.next_line().map_err(whole)? {
            Some(line) => Columns::new(line, options).map_err(whole)?,
            None => return Err(whole(Trouble::new("an empty file", "a header and rows"))),
        };
        let mut pass = Pass::default();
        let problems = pass.read(&mut reader, columns, interval, window);
        if !problems.is_empty() {
            return Err(fail(problems));
        }
        let (Some(first), Some(last)) = (pass.first, pass.last) else {
            return Err(whole(Trouble::new("a header and no rows", "one row or more")));
        };
        let end = last.saturating_add(interval);
        let (from, until) = (window.0.unwrap_or(first), window.1.unwrap_or(end));
        let offset = |edge: i64| i128::from(edge) - i128::from(first);
        let fits = |edge: i64| (first..=end).contains(&edge) && offset(edge) % i128::from(interval) == 0;
        if !(fits(from) && fits(until) && from < until) {
            let found = format!(
                "a window from {} until {}",
                shown(options.from),
                shown(options.until)
            );
            let expected = format!(
                "beginnings of intervals of {} from {} on, up to the end of that at {}",
                options.interval, pass.first_text, pass.last_text
            );
            return Err(whole(Trouble::new(found, expected)));
        }
        let length = Span::from_nanos(until.abs_diff(from));
        let summary = TraceSummary {
            rows: pass.rows,
            requests: pass.requests,
            first: pass.first_text,
            last: pass.last_text,
            length,
        };
        let slots = until.abs_diff(from) / interval.unsigned_abs();
        let (rows_before, rows_within) = (pass.rows_before, pass.rows_within);
        let path = path.into();
        let inner = Inner {
            path,
            columns,
            interval,
            from,
            slots,
            rows_before,
            rows_within,
            summary,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// What validation found.
    #[must_use]
    pub fn summary(&self) -> &TraceSummary {
        &self.inner.summary
    }

    /// The interval's length.
    #[must_use]
    pub fn interval(&self) -> Span {
        Span::from_nanos(self.inner.interval.unsigned_abs())
    }
}

fn shown(edge: Option<DateTime>) -> String {
    edge.map_or_else(|| "the edge of the file".to_owned(), |at| at.to_string())
}

impl Pass {
    fn read(
        &mut self,
        reader: &mut Reader,
        columns: Columns,
        interval: i64,
        window: (Option<i64>, Option<i64>),
    ) -> Vec<TraceProblem> {
        let header_lines = reader.read();
        let mut problems = Vec::new();
        while problems.len() < PROBLEMS_MAX {
            let row = reader.read() + 1 - header_lines;
            let line = match reader.next_line() {
                Ok(Some(line)) => line.to_owned(),
                Ok(None) => break,
                Err(trouble) => {
                    problems.push(trouble.at(Some(row)));
                    break;
                }
            };
            let row = Some(reader.read() - header_lines);
            let (at, count) = match columns.row(&line) {
                Ok(found) => found,
                Err(trouble) => {
                    problems.push(trouble.at(row));
                    continue;
                }
            };
            let text = columns.time_text(&line);
            if self.last.is_some_and(|last| at <= last) {
                let expected = format!(
                    "times in order, each once: the row before is at {}",
                    self.last_text
                );
                problems.push(Trouble::text(&text, expected).at(row));
                continue;
            }
            let first = *self.first.get_or_insert(at);
            if (i128::from(at) - i128::from(first)) % i128::from(interval) != 0 {
                let step = Span::from_nanos(interval.unsigned_abs());
                let expected = format!("whole intervals of {step} after the first row");
                problems.push(Trouble::text(&text, expected).at(row));
                continue;
            }
            if self.rows == 0 {
                self.first_text.clone_from(&text);
            }
            (self.last, self.last_text) = (Some(at), text);
            self.rows += 1;
            if window.0.is_some_and(|from| at < from) {
                self.rows_before += 1;
            } else if window.1.is_none_or(|until| at < until) {
                self.rows_within += 1;
                self.requests += u64::from(count);
            }
        }
        problems
    }
}

impl CountSeries for CountsCsv {
    fn open(&self) -> Box<dyn CountStream> {
        let reader = Reader::new(&self.inner.path);
        Box::new(Slots {
            trace: self.clone(),
            reader,
            skipped: false,
            slot: 0,
            given: 0,
            ahead: None,
            fault: None,
        })
    }

    fn intervals(&self) -> Option<u64> {
        Some(self.inner.slots)
    }
}

/// Counts slot by slot, absent ones filled with zero.
#[derive(Clone)]
struct Slots {
    trace: CountsCsv,
    reader: Reader,
    skipped: bool,
    slot: u64,
    given: u64,
    ahead: Option<(u64, u32)>,
    fault: Option<Arc<str>>,
}

impl Slots {
    fn read_ahead(&mut self) -> Result<(u64, u32), Trouble> {
        let trace = &self.trace.inner;
        let ended = || Trouble::new("the end of the file", "the rows it had when it was validated");
        if !self.skipped {
            for _ in 0..=trace.rows_before {
                self.reader.next_line()?.ok_or_else(ended)?;
            }
            self.skipped = true;
        }
        let (at, count) = trace.columns.row(self.reader.next_line()?.ok_or_else(ended)?)?;
        let after = i128::from(at) - i128::from(trace.from);
        match u64::try_from(after / i128::from(trace.interval)) {
            Ok(slot) if slot >= self.slot && slot < trace.slots && after >= 0 => Ok((slot, count)),
            _ => Err(Trouble::new(
                "a time out of order",
                "the times it had when it was validated",
            )),
        }
    }
}

impl CountStream for Slots {
    fn next_count(&mut self) -> Option<u32> {
        if self.fault.is_some() || self.slot >= self.trace.inner.slots {
            return None;
        }
        if self.ahead.is_none() && self.given < self.trace.inner.rows_within {
            match self.read_ahead() {
                Ok(row) => {
                    self.ahead = Some(row);
                    self.given += 1;
                }
                Err(trouble) => {
                    let problem = trouble.at(Some(self.trace.inner.rows_before + self.given + 1));
                    let file = self.trace.inner.path.display();
                    self.fault = Some(format!("{file} changed while it was being read: {problem}").into());
                    return None;
                }
            }
        }
        let count = match self.ahead {
            Some((slot, count)) if slot == self.slot => {
                self.ahead = None;
                count
            }
            _ => 0,
        };
        self.slot += 1;
        Some(count)
    }

    fn clone_box(&self) -> Box<dyn CountStream> {
        Box::new(self.clone())
    }

    fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}
