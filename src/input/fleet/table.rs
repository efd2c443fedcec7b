//! A CSV file with a header, every field with its place.
//!
//! Knows: gzip, quotes, lines and columns. Must not know: what a column means.

use super::{BYTES_MAX, ROWS_MAX};
use crate::input::source::position;
use crate::input::{Diagnostic, Diagnostics, Limits, Place, SourceId, Sources, list_names, nearest};
use crate::model::units::quoted;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads a file, plain or gzip.
pub(super) fn load(path: &Path, sources: &mut Sources, diagnostics: &mut Diagnostics) -> Option<SourceId> {
    let limits = Limits {
        bytes: BYTES_MAX,
        ..Limits::default()
    };
    if let Ok(mut file) = File::open(path) {
        let mut magic = [0; 2];
        let is_gzip = file.read_exact(&mut magic).is_ok() && magic == GZIP_MAGIC;
        if is_gzip && file.rewind().is_ok() {
            let name = path.display().to_string();
            return sources.load_from(&name, MultiGzDecoder::new(file), limits, diagnostics);
        }
    }
    sources.load(path, limits, diagnostics)
}

/// What a column may be called; the first is what it is called in messages.
pub(super) type Names = &'static [&'static str];

/// Where the columns are.
#[derive(Debug)]
pub(super) struct Header {
    fields: Vec<String>,
    place: Place,
}

impl Header {
    /// Where a column is that the file may lack.
    pub(super) fn find(&self, names: Names) -> Option<usize> {
        let find = |name: &&str| self.fields.iter().position(|field| field == name);
        names.iter().find_map(find)
    }

    /// Where a column of this very name is.
    pub(super) fn find_named(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field == name)
    }

    /// Where a column is that must be there.
    pub(super) fn require(&self, names: Names, diagnostics: &mut Diagnostics) -> Option<usize> {
        let found = self.find(names);
        if found.is_none() {
            let message = format!("the header has no column {}", quoted(names[0]));
            let near = names
                .iter()
                .find_map(|name| nearest(name, self.fields.iter().map(String::as_str)));
            let error = Diagnostic::error(self.place, message);
            let error = match near {
                Some(near) => error.help(format!("is {} meant? it has to be called so", quoted(near))),
                None => error,
            };
            let others = match names {
                [] | [_] => String::new(),
                [_, others @ ..] => format!("; {} will do too", list_names(others.iter().copied())),
            };
            let columns = list_names(self.fields.iter().map(String::as_str));
            diagnostics.push(error.help(format!("found the columns {columns}{others}")));
        }
        found
    }

    /// Whether the file has all of these columns.
    pub(super) fn has_all(&self, names: &[&str]) -> bool {
        names
            .iter()
            .all(|name| self.fields.iter().any(|field| field == name))
    }
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    fields: csv::StringRecord,
    pub(super) place: Place,
    quoted: bool,
}

impl Row {
    /// A field, trimmed; empty where the column is absent.
    pub(super) fn text(&self, column: Option<usize>) -> &str {
        column.and_then(|column| self.fields.get(column)).unwrap_or("")
    }

    /// Where a field is; the row as a whole where quotes make it hard to say.
    pub(super) fn place_of(&self, column: Option<usize>) -> Place {
        let Some(column) = column.filter(|_| !self.quoted) else {
            return self.place;
        };
        let chars = |field: &str| field.chars().count() as u32;
        let before = self.fields.iter().take(column);
        let offset = before.map(|field| chars(field) + 1).sum();
        self.place.part(offset, chars(self.text(Some(column))).max(1))
    }

    /// A whole number; `absent` where the column is not there or the field is empty.
    pub(super) fn whole(
        &self,
        column: Option<usize>,
        name: &str,
        absent: Option<u64>,
        diagnostics: &mut Diagnostics,
    ) -> Option<u64> {
        self.number(column, name, absent, 1, diagnostics)
    }

    /// A number with at most as many decimals as `scale` has zeros, times `scale`.
    pub(super) fn number(
        &self,
        column: Option<usize>,
        name: &str,
        absent: Option<u64>,
        scale: u64,
        diagnostics: &mut Diagnostics,
    ) -> Option<u64> {
        let text = self.text(column);
        if text.is_empty() && absent.is_some() {
            return absent;
        }
        let found = scaled(text, scale);
        if found.is_none() {
            let expected = match (scale, text.starts_with('-')) {
                (_, true) => "no negative number",
                (1, false) => "a whole number from 0 to 999999999",
                (_, false) => "a number from 0 to 999999999 with at most three decimals",
            };
            let message = format!("{name}: found {}, expected {expected}", quoted(text));
            diagnostics.push(Diagnostic::error(self.place_of(column), message));
        }
        found
    }
}

/// Numbers of a row stay below this, so that sums over all rows fit into 64 bits.
const NUMBER_END: u64 = 1_000_000_000;

/// A decimal number below [`NUMBER_END`] times a power of ten, if that is a whole one.
fn scaled(text: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: u64 = whole.parse().ok().filter(|&whole| whole < NUMBER_END)?;
    let mut value = whole * scale;
    let mut unit = scale;
    for digit in fraction.bytes().map(|byte| u64::from(byte - b'0')) {
        unit /= 10;
        // A digit that counts for nothing may only be a zero.
        if unit == 0 && digit != 0 {
            return None;
        }
        value += digit * unit;
    }
    Some(value)
}

/// Header and rows of a text; rows with too few or too many fields are told and left out.
pub(super) fn rows(
    id: SourceId,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Option<(Header, Vec<Row>)> {
    let text = sources.text(id);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = LineEnds::of(text);
    let mut header: Option<Header> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        // The text is UTF-8 and rows may be of any length: nothing else can be wrong with one.
        let Ok(fields) = record else { break };
        let line = fields.position().map_or(1, csv::Position::line);
        let (place, quoted) = lines.place(id, line);
        if fields.iter().all(str::is_empty) {
            continue;
        }
        let Some(header) = &header else {
            header = Some(Header {
                fields: fields.iter().map(str::to_owned).collect(),
                place,
            });
            continue;
        };
        if rows.len() == ROWS_MAX {
            let message = format!("more than {ROWS_MAX} rows are not read");
            diagnostics.push(Diagnostic::error(place, message));
            break;
        }
        if fields.len() != header.fields.len() {
            let message = format!(
                "found {} fields, expected {} as in the header",
                fields.len(),
                header.fields.len()
            );
            diagnostics.push(Diagnostic::error(place, message));
            continue;
        }
        rows.push(Row {
            fields,
            place,
            quoted,
        });
    }
    let Some(header) = header else {
        diagnostics.push(Diagnostic::error(
            Place::whole(id),
            "the file is empty, expected a header and rows",
        ));
        return None;
    };
    Some((header, rows))
}

/// The lines of a text, asked for in order.
struct LineEnds<'a> {
    lines: std::iter::Enumerate<std::str::Split<'a, char>>,
}

impl<'a> LineEnds<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            lines: text.split('\n').enumerate(),
        }
    }

    /// The place of a line as a whole, and whether it has quotes or blanks around its fields.
    fn place(&mut self, source: SourceId, line: u64) -> (Place, bool) {
        let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        let text = self
            .lines
            .find(|(at, _)| *at == index)
            .map_or("", |(_, text)| text);
        let text = text.trim_end_matches('\r');
        let place = Place {
            source,
            start: position(index + 1, 1),
            end: position(index + 1, text.chars().count() + 1),
        };
        (place, text.contains(['"', ' ', '\t']))
    }
}

/// Tells ids that were there before; a row without one is told too.
#[derive(Debug, Default)]
pub(super) struct Ids(std::collections::BTreeMap<String, Place>);

impl Ids {
    /// The id of a row, if it is a new one.
    pub(super) fn new_one(
        &mut self,
        row: &Row,
        column: Option<usize>,
        what: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<String> {
        let (name, place) = (row.text(column).to_owned(), row.place_of(column));
        if name.is_empty() {
            diagnostics.push(Diagnostic::error(row.place, format!("the {what} has no name")));
            return None;
        }
        if let Some(first) = self.0.get(&name) {
            let message = format!("{} is there already: each {what} once", quoted(&name));
            let first_line = format!("the first is on line {}", first.start.line);
            diagnostics.push(Diagnostic::error(place, message).help(first_line));
            return None;
        }
        self.0.insert(name.clone(), place);
        Some(name)
    }
}
