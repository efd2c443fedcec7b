//! Counts per interval from a bare list of numbers, such as NASA's requests per second of 1995.
//!
//! Knows: whole numbers with white space between them, on lines of any length, and a window of offsets. Must not
//! know: how requests spread within an interval.

use std::path::Path;
use std::sync::Arc;

use super::reader::Reader;
use super::{TraceError, TraceSummary, Trouble};
use crate::engine::Span;
use crate::workload::load::{CountSeries, CountStream};

/// Which part of the list to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberListOptions {
    /// The interval each number counts.
    pub interval: Span,
    /// The window's beginning after that of the list, whole intervals.
    pub from: Span,
    /// The window's end, exclusive, whole intervals; unset, the end of the list.
    pub until: Option<Span>,
}

impl Default for NumberListOptions {
    fn default() -> Self {
        Self {
            interval: Span::from_secs(1),
            from: Span::ZERO,
            until: None,
        }
    }
}

/// A validated list of counts. Open it as the series of a `LoadSpec::Counts`. Its rows are its numbers.
#[derive(Clone, Debug)]
pub struct NumberList {
    path: Arc<Path>,
    interval: Span,
    /// Numbers before the window, and in it.
    before: u64,
    within: u64,
    summary: Arc<TraceSummary>,
}

impl NumberList {
    /// Reads and checks the whole file. Reading stops at the first thing that is not a number.
    ///
    /// # Errors
    /// What is wrong with the file, with its number counted from 1, or a window that does not fit it.
    pub fn validated(path: &Path, options: &NumberListOptions) -> Result<Self, TraceError> {
        let fail = |trouble: Trouble, row| TraceError {
            file: path.to_owned(),
            problems: vec![trouble.at(row)],
        };
        let interval = options.interval.nanos();
        if interval == 0 {
            return Err(fail(
                Trouble::new("an interval of 0s", "one longer than zero"),
                None,
            ));
        }
        let (from, until) = (
            options.from.nanos() / interval,
            options.until.map(|until| until.nanos() / interval),
        );
        let mut reader = Reader::new(path);
        reader.open().map_err(|trouble| fail(trouble, None))?;
        let mut requests = 0u64;
        loop {
            let index = reader.read();
            match reader.next_number() {
                Ok(None) => break,
                Ok(Some(count)) if index >= from && until.is_none_or(|until| index < until) => {
                    requests += u64::from(count);
                }
                Ok(Some(_)) => {}
                Err(trouble) => return Err(fail(trouble, Some(index + 1))),
            }
        }
        let rows = reader.read();
        if rows == 0 {
            return Err(fail(Trouble::new("an empty file", "one number or more"), None));
        }
        let end = until.unwrap_or(rows);
        let whole = |edge: Span| edge.nanos().is_multiple_of(interval);
        if from >= end || end > rows || !whole(options.from) || !options.until.is_none_or(whole) {
            let until = options
                .until
                .map_or_else(|| "the end".to_owned(), |until| until.to_string());
            let list = Span::from_nanos(interval.saturating_mul(rows));
            let found = format!("a window from {} until {until}", options.from);
            let expected = format!("whole intervals of {} within the list's {list}", options.interval);
            return Err(fail(Trouble::new(found, expected), None));
        }
        let length = Span::from_nanos(interval.saturating_mul(end - from));
        let summary = TraceSummary {
            rows,
            requests,
            first: "1".to_owned(),
            last: rows.to_string(),
            length,
        };
        Ok(Self {
            path: path.into(),
            interval: options.interval,
            before: from,
            within: end - from,
            summary: Arc::new(summary),
        })
    }

    /// What validation found.
    #[must_use]
    pub fn summary(&self) -> &TraceSummary {
        &self.summary
    }

    /// The interval's length.
    #[must_use]
    pub fn interval(&self) -> Span {
        self.interval
    }
}

impl CountSeries for NumberList {
    fn open(&self) -> Box<dyn CountStream> {
        Box::new(Numbers {
            list: self.clone(),
            reader: Reader::new(&self.path),
            fault: None,
        })
    }

    fn intervals(&self) -> Option<u64> {
        Some(self.within)
    }
}

#[derive(Clone)]
struct Numbers {
    list: NumberList,
    reader: Reader,
    fault: Option<Arc<str>>,
}

impl Numbers {
    fn read(&mut self) -> Result<u32, Trouble> {
        let ended = || Trouble::new("the end of the file", "the numbers it had when it was validated");
        while self.reader.read() < self.list.before {
            self.reader.next_number()?.ok_or_else(ended)?;
        }
        self.reader.next_number()?.ok_or_else(ended)
    }
}

impl CountStream for Numbers {
    fn next_count(&mut self) -> Option<u32> {
        if self.fault.is_some() || self.reader.read() >= self.list.before + self.list.within {
            return None;
        }
        match self.read() {
            Ok(count) => Some(count),
            Err(trouble) => {
                let problem = trouble.at(Some(self.reader.read() + 1));
                let file = self.list.path.display();
                self.fault = Some(format!("{file} changed while it was being read: {problem}").into());
                None
            }
        }
    }

    fn clone_box(&self) -> Box<dyn CountStream> {
        Box::new(self.clone())
    }

    fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}
