//! A plain CSV of requests: a time, and if wanted a class and a demand.
//!
//! Knows: columns by name. Must not know: whose trace it is.

use std::borrow::Cow;
use std::path::Path;

use super::requests::{RequestTrace, Row, RowFormat};
use super::{TraceError, Trouble, fields};

/// Which columns to read, and how. Other columns are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestsCsvOptions {
    /// The column of times: seconds, or RFC 3339 (without a zone: UTC).
    pub timestamp: String,
    /// The column of classes: a name of `classes`, or an index. The file may lack it, a field may be empty.
    pub class: String,
    /// The column of demands in seconds. The file may lack it, a field may be empty.
    pub demand: String,
    /// The workload's class names in order; empty accepts any index up to 255.
    pub classes: Vec<String>,
    /// Whether times count from the first row; otherwise they are seconds since the load began.
    pub from_first_row: bool,
}

impl Default for RequestsCsvOptions {
    fn default() -> Self {
        Self {
            timestamp: "timestamp".to_owned(),
            class: "class".to_owned(),
            demand: "demand".to_owned(),
            classes: Vec::new(),
            from_first_row: true,
        }
    }
}

/// A CSV of requests.
pub type RequestsCsv = RequestTrace<RequestsCsvRows>;

/// How rows of a CSV of requests are read.
#[derive(Clone, Debug)]
pub struct RequestsCsvRows {
    columns: usize,
    timestamp: usize,
    class: Option<usize>,
    demand: Option<usize>,
    classes: Vec<String>,
}

impl RequestsCsv {
    /// Reads and checks the whole file.
    ///
    /// # Errors
    /// Everything that is wrong with the file, row by row.
    pub fn requests_csv(path: &Path, options: &RequestsCsvOptions) -> Result<Self, TraceError> {
        let zero = if options.from_first_row { None } else { Some(0) };
        Self::validated(path, zero, |header| RequestsCsvRows::new(header, options))
    }
}

impl RequestsCsvRows {
    fn new(header: &str, options: &RequestsCsvOptions) -> Result<Self, Trouble> {
        let names: Vec<Cow<'_, str>> = fields::Fields::of(header).collect();
        let column = |wanted: &str| names.iter().position(|name| name == wanted);
        let Some(timestamp) = column(&options.timestamp) else {
            return Err(Trouble::text(
                header,
                format!("a header with a column {:?}", options.timestamp),
            ));
        };
        Ok(Self {
            columns: names.len(),
            timestamp,
            class: column(&options.class),
            demand: column(&options.demand),
            classes: options.classes.clone(),
        })
    }

    fn class(&self, text: &str) -> Result<Option<u8>, Trouble> {
        if text.is_empty() {
            return Ok(None);
        }
        let named = self.classes.iter().position(|name| name == text);
        let count = if self.classes.is_empty() {
            256
        } else {
            self.classes.len()
        };
        match named.or_else(|| text.parse().ok()).filter(|index| *index < count) {
            Some(index) => u8::try_from(index)
                .map(Some)
                .map_err(|_| Trouble::text(text, "at most 256 classes")),
            None if self.classes.is_empty() => Err(Trouble::text(text, "an index from 0 to 255")),
            None => Err(Trouble::text(
                text,
                format!("an index or one of {}", self.classes.join(", ")),
            )),
        }
    }
}

impl RowFormat for RequestsCsvRows {
    fn row(&self, line: &str) -> Result<Row, Trouble> {
        let (mut at, mut class, mut demand, mut count) = (None, None, None, 0);
        for (index, field) in fields::Fields::of(line).enumerate() {
            count += 1;
            if index == self.timestamp {
                at = Some(fields::instant_nanos(&field)?);
            } else if Some(index) == self.class {
                class = self.class(&field)?;
            } else if Some(index) == self.demand && !field.is_empty() {
                demand = Some(fields::seconds(&field)?);
            }
        }
        match at {
            Some(at) if count == self.columns => Ok(Row { at, class, demand }),
            _ => Err(Trouble::text(
                line,
                format!("{} fields, as in the header", self.columns),
            )),
        }
    }

    fn time_text(&self, line: &str) -> String {
        fields::Fields::of(line)
            .nth(self.timestamp)
            .unwrap_or_default()
            .into_owned()
    }
}
