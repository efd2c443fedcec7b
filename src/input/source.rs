//! Texts and places in them.
//!
//! Knows: files on disk, names, lines and columns. Must not know: what a text says.

use super::nearest::nearest;
use super::{Diagnostic, Diagnostics};
use crate::model::units::quoted;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How much input is read before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest text, in bytes.
    pub bytes: usize,
    /// The deepest nesting of lists and maps.
    pub depth: usize,
    /// The most nodes, counting every use of an alias.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 8 << 20,
            depth: 64,
            nodes: 250_000,
        }
    }
}

/// Which text of a [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A point in a text; line and column count from 1, the column in characters. Line 0 is the text as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A stretch of a text, from `start` up to but not including `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The text.
    pub source: SourceId,
    /// Its first character.
    pub start: Position,
    /// Past its last character.
    pub end: Position,
}

impl Place {
    /// The text as a whole.
    #[must_use]
    pub fn whole(source: SourceId) -> Self {
        let start = Position::default();
        Self {
            source,
            start,
            end: start,
        }
    }

    /// The part of this place that starts `offset` characters in and is `len` long, if it lies on one line.
    #[must_use]
    pub fn part(self, offset: u32, len: u32) -> Self {
        let start = Position {
            line: self.start.line,
            column: self.start.column.saturating_add(offset),
        };
        let end = Position {
            line: start.line,
            column: start.column.saturating_add(len),
        };
        if self.start.line == self.end.line && end <= self.end {
            Self { start, end, ..self }
        } else {
            self
        }
    }
}

/// One text with the name that messages call it by.
#[derive(Debug)]
struct Source {
    name: String,
    text: String,
}

/// All texts that a command read, so that a [`Place`] in any of them can be shown.
#[derive(Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    /// No texts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the text that is added next is called by.
    #[must_use]
    pub fn next_id(&self) -> SourceId {
        SourceId(u32::try_from(self.all.len()).unwrap_or(u32::MAX))
    }

    /// Adds a text; a byte order mark at its start is dropped.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let (name, mut text) = (name.into(), text.into());
        drop_mark(&mut text);
        self.all.push(Source { name, text });
        SourceId(u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX))
    }

    /// Reads a file within `limits` and adds it; says why in `diagnostics` if it cannot.
    pub fn load(&mut self, path: &Path, limits: Limits, diagnostics: &mut Diagnostics) -> Option<SourceId> {
        let id = self.add(path.display().to_string(), "");
        self.fill(id, read_bounded(path, limits, id), diagnostics)
    }

    /// Reads a stream, such as standard input, within `limits` and adds it under `name`.
    pub fn load_from(
        &mut self,
        name: &str,
        reader: impl Read,
        limits: Limits,
        diagnostics: &mut Diagnostics,
    ) -> Option<SourceId> {
        let id = self.add(name, "");
        self.fill(id, read_stream(reader, limits, id), diagnostics)
    }

    /// Gives the source `id` the text that was read for it.
    fn fill(
        &mut self,
        id: SourceId,
        read: Result<String, Box<Diagnostic>>,
        diagnostics: &mut Diagnostics,
    ) -> Option<SourceId> {
        match read {
            Ok(mut text) => {
                drop_mark(&mut text);
                self.all.get_mut(id.0 as usize)?.text = text;
                Some(id)
            }
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                None
            }
        }
    }

    /// The name of a text.
    #[must_use]
    pub fn name(&self, id: SourceId) -> &str {
        self.all.get(id.0 as usize).map_or("", |source| &source.name)
    }

    /// A whole text.
    #[must_use]
    pub fn text(&self, id: SourceId) -> &str {
        self.all.get(id.0 as usize).map_or("", |source| &source.text)
    }

    /// One line of a text without its break, counting from 1.
    #[must_use]
    pub fn line(&self, id: SourceId, line: u32) -> Option<&str> {
        lines(self.text(id)).nth(line.checked_sub(1)? as usize)
    }
}

/// The lines of `text`, broken where YAML breaks them: `\n`, `\r\n` or `\r`.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let (line, tail) = text.split_at(at);
        rest = tail.strip_prefix("\r\n").or(tail.get(1..));
        Some(line)
    })
}

/// Reads a whole file as text, unless it is larger than allowed or no text; a large file is not read.
///
/// # Errors
/// A diagnostic about `source` that says why.
pub fn read_bounded(path: &Path, limits: Limits, source: SourceId) -> Result<String, Box<Diagnostic>> {
    let file = File::open(path).map_err(|error| {
        let said = *unreadable(&error, source);
        Box::new(match error.kind() {
            std::io::ErrorKind::NotFound => match near(path) {
                Some(near) => said.help(format!("did you mean {}?", quoted(&near))),
                None => said,
            },
            _ => said,
        })
    })?;
    let size = file.metadata().map_or(0, |meta| meta.len());
    if size > limits.bytes as u64 {
        return Err(Box::new(Diagnostic::error(
            Place::whole(source),
            too_large(size, limits),
        )));
    }
    read_stream(file, limits, source)
}

/// Files of a folder that are looked through for a name like one that is not there.
const NEIGHBOURS: usize = 10_000;

/// The file that is there and was probably meant by `path`: the same name with an ending, or one much like it.
fn near(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let files = entries.take(NEIGHBOURS).filter_map(Result::ok);
    let mut names: Vec<String> = files
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    let mut endings = [".yaml", ".yml", ".json"].into_iter();
    let same = endings.find_map(|ending| names.iter().find(|known| **known == format!("{name}{ending}")));
    let found = same.map(String::as_str);
    let found = found.or_else(|| nearest(name, names.iter().map(String::as_str)))?;
    Some(path.with_file_name(found).display().to_string())
}

/// Reads a stream to its end as text, or to one byte more than allowed.
fn read_stream(reader: impl Read, limits: Limits, source: SourceId) -> Result<String, Box<Diagnostic>> {
    let mut bytes = Vec::new();
    let read = reader.take(limits.bytes as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(&error, source))?;
    if bytes.len() > limits.bytes {
        let message = too_large(bytes.len() as u64, limits);
        return Err(Box::new(Diagnostic::error(Place::whole(source), message)));
    }
    text_of(bytes, source)
}

fn unreadable(error: &std::io::Error, source: SourceId) -> Box<Diagnostic> {
    let message = format!("cannot read the file: {error}");
    Box::new(Diagnostic::error(Place::whole(source), message))
}

/// Drops a byte order mark at the start of `text`.
fn drop_mark(text: &mut String) {
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
}

/// The message about a text of `size` bytes.
pub(super) fn too_large(size: u64, limits: Limits) -> String {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    format!(
        "the text is {:.1} MiB long, more than the {:.1} MiB that are read",
        mib(size),
        mib(limits.bytes as u64)
    )
}

/// `bytes` as text, or a diagnostic at the first byte that is none.
fn text_of(bytes: Vec<u8>, source: SourceId) -> Result<String, Box<Diagnostic>> {
    let whole = |message: &str, help: &str| {
        let diagnostic = Diagnostic::error(Place::whole(source), message);
        Err(Box::new(diagnostic.help(help)))
    };
    if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(b"PK\x03\x04") {
        return whole("the file is compressed", "unpack it first");
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return whole("the file is UTF-16", "save it as UTF-8");
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let before = String::from_utf8_lossy(&bytes[..at]);
        let (line, last) = lines(&before).enumerate().last().unwrap_or((0, ""));
        let start = position(line + 1, last.chars().count() + 1);
        let end = Position {
            column: start.column + 1,
            ..start
        };
        let message = format!("the file is not text: byte 0x{:02x} is not UTF-8", bytes[at]);
        Box::new(Diagnostic::error(Place { source, start, end }, message).help("save it as UTF-8"))
    })
}

/// A position from counts of any size.
pub(super) fn position(line: usize, column: usize) -> Position {
    let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Position {
        line: narrow(line),
        column: narrow(column),
    }
}
