//! A plain CSV of memory over time: a time and an amount a row.
//!
//! Knows: columns by name. Must not know: whose memory it is.

use super::fields::{Fields, instant_nanos};
use super::reader::Reader;
use super::{PROBLEMS_MAX, TraceError, TraceProblem, Trouble};
use crate::engine::Span;
use crate::model::units::ByteQuantity;
use std::borrow::Cow;
use std::path::Path;

/// Rows that are read at most: a minute each for two months.
const ROWS_MAX: usize = 100_000;

/// Which columns to read, and how. Other columns are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryCsvOptions {
    /// The column of times: seconds, or RFC 3339 (without a zone: UTC).
    pub timestamp: String,
    /// The column of amounts: bytes, or quantities.
    pub memory: String,
    /// Whether times count from the first row; otherwise they are seconds from zero.
    pub from_first_row: bool,
}

/// Reads the whole file: times, in rising order, and bytes.
///
/// # Errors
/// Everything that is wrong with the file, row by row.
pub fn memory_csv(path: &Path, options: &MemoryCsvOptions) -> Result<Vec<(Span, u64)>, TraceError> {
    let fail = |problems| TraceError {
        file: path.to_owned(),
        problems,
    };
    let whole = |trouble: Trouble| fail(vec![trouble.at(None)]);
    let mut reader = Reader::new(path);
    let columns = match reader.next_line().map_err(whole)? {
        Some(header) => Columns::new(header, options).map_err(whole)?,
        None => return Err(whole(Trouble::new("an empty file", "a header and rows"))),
    };
    let header_lines = reader.read();
    let mut problems: Vec<TraceProblem> = Vec::new();
    let mut rows: Vec<(i64, u64)> = Vec::new();
    while problems.len() < PROBLEMS_MAX {
        let next = reader.read() + 1 - header_lines;
        let line = match reader.next_line() {
            Ok(Some(line)) => line.to_owned(),
            Ok(None) => break,
            Err(trouble) => {
                problems.push(trouble.at(Some(next)));
                break;
            }
        };
        let row = Some(reader.read() - header_lines);
        if rows.len() == ROWS_MAX {
            let expected = format!("{ROWS_MAX} rows at most: take fewer measurements");
            problems.push(Trouble::new("another row", expected).at(row));
            break;
        }
        match columns.row(&line) {
            Err(trouble) => problems.push(trouble.at(row)),
            Ok((at, _)) if rows.last().is_some_and(|&(last, _)| at <= last) => {
                let expected = "times that rise from row to row";
                problems.push(Trouble::text(&line, expected).at(row));
            }
            Ok((at, _)) if !options.from_first_row && at < 0 => {
                problems.push(Trouble::text(&line, "no time before the start").at(row));
            }
            Ok(found) => rows.push(found),
        }
    }
    if rows.is_empty() && problems.is_empty() {
        problems.push(Trouble::new("a header and no rows", "one row or more").at(None));
    }
    if !problems.is_empty() {
        return Err(fail(problems));
    }
    let zero = match rows.first() {
        Some(&(first, _)) if options.from_first_row => first,
        _ => 0,
    };
    let points = rows
        .into_iter()
        .map(|(at, bytes)| (Span::from_nanos(at.abs_diff(zero)), bytes));
    Ok(points.collect())
}

struct Columns {
    count: usize,
    timestamp: usize,
    memory: usize,
}

impl Columns {
    fn new(header: &str, options: &MemoryCsvOptions) -> Result<Self, Trouble> {
        let names: Vec<Cow<'_, str>> = Fields::of(header).collect();
        let column = |wanted: &str| {
            let place = names.iter().position(|name| name == wanted);
            place.ok_or_else(|| Trouble::text(header, format!("a header with a column {wanted:?}")))
        };
        Ok(Self {
            count: names.len(),
            timestamp: column(&options.timestamp)?,
            memory: column(&options.memory)?,
        })
    }

    fn row(&self, line: &str) -> Result<(i64, u64), Trouble> {
        let fields: Vec<Cow<'_, str>> = Fields::of(line).collect();
        let (Some(at), Some(memory), true) = (
            fields.get(self.timestamp),
            fields.get(self.memory),
            fields.len() == self.count,
        ) else {
            let found = format!("{} fields", fields.len());
            return Err(Trouble::new(found, format!("{} as in the header", self.count)));
        };
        Ok((instant_nanos(at)?, bytes(memory)?))
    }
}

/// Bytes, or a quantity.
fn bytes(text: &str) -> Result<u64, Trouble> {
    let quantity: Result<ByteQuantity, _> = text.parse();
    let amount = quantity.map_err(|_| Trouble::text(text, "bytes from 0 up, or a quantity such as 1.5Gi"));
    Ok(amount?.bytes())
}
