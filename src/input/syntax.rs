//! What the YAML scanner's complaints mean to the one who wrote the text.
//!
//! Knows: the messages of the scanner. Must not know: trees or fields.

use super::source::{lines, position};
use super::{Diagnostic, Place, Position, SourceId};
use saphyr_parser::ScanError;

/// The start of a scanner's message, what it means, and what to do.
const MEANINGS: [(&str, &str, &str); 18] = [
    ("tab", TAB, "replace it by spaces"),
    (
        "':' must be followed",
        "only tabs part this text from its `:`",
        "write a space after the `:`",
    ),
    (
        "'-' must be followed",
        "only tabs part this `-` from the one before it",
        "write a space after the first `-`",
    ),
    (
        "while scanning a quoted scalar, found unexpected end of stream",
        "this quote is never closed",
        "close it with the same quote",
    ),
    (
        "mapping values are not allowed",
        "a `:` cannot stand here",
        "put text that contains `: ` in quotes, or indent this line like its neighbours",
    ),
    (
        "unexpected character",
        "text cannot start with this character",
        "put the text in quotes",
    ),
    (
        "while parsing a block collection, did not find expected '-'",
        "this line belongs to no list or map",
        "start a list item with `- `, or indent the line like its neighbours",
    ),
    (
        "while parsing a block mapping, did not find expected key",
        "expected `key: value` here",
        "indent the line like its neighbours",
    ),
    (
        "simple key expect",
        "expected `key: value` here",
        "put a `:` and a space after the key",
    ),
    (
        "while parsing a flow sequence",
        "this list is not closed with `]`, or lacks a `,`",
        "separate items with `,` and end the list with `]`",
    ),
    (
        "while parsing a flow mapping",
        "this map is not closed with `}`, or lacks a `,`",
        "separate entries with `,` and end the map with `}`",
    ),
    (
        "while parsing a node, did not find expected node content",
        "a value is missing here",
        "write the value, or `null`",
    ),
    (
        "while parsing node, found unknown anchor",
        "this alias names no anchor",
        "define it above with `&`, or put text that starts with `*` in quotes",
    ),
    (
        "invalid trailing content after",
        "text follows the closing quote",
        "put the whole value in quotes",
    ),
    (
        "did not find expected <document start>",
        "text follows the end of the document",
        "indent the line like its neighbours, or put the value in quotes",
    ),
    (
        "while scanning a block scalar",
        "this block of text is not indented soundly",
        "indent its lines alike, with spaces",
    ),
    (
        "while parsing a quoted scalar",
        "the quoted text has an unknown escape",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    (
        "invalid indentation",
        "the line is not indented soundly",
        "indent it like its neighbours",
    ),
];

/// What is wrong with a tab at the start of a line.
const TAB: &str = "a tab is used where only spaces can indent";

/// The nesting limit of the scanner itself, far above ours.
const TOO_DEEP: &str = "recursion limit exceeded";

/// The diagnostic for the scanner's `error` in `text`; `origin` is where the text starts in its source.
pub(super) fn explain(
    error: &ScanError,
    text: &str,
    source: SourceId,
    origin: Position,
    depth: usize,
) -> Diagnostic {
    let info = error.info();
    let known = MEANINGS
        .iter()
        .find(|(beginning, ..)| info.starts_with(beginning));
    let suspects = match known {
        _ if info.contains("tab") => 2,
        Some((.., help)) if help.contains("indent") => 1,
        _ => 0,
    };
    if let Some(tab) = indenting_tab(text, error.marker().line(), suspects) {
        let place = character(moved(tab, origin), source);
        return Diagnostic::error(place, TAB).help("replace it by spaces");
    }
    let mut start = position(error.marker().line(), error.marker().col() + 1);
    let count = lines(text.trim_end()).count().max(1);
    if start.line as usize > count {
        // The end of the text, shown at the end of its last line.
        let last = lines(text.trim_end()).last().unwrap_or("");
        start = position(count, last.chars().count() + 1);
    }
    let place = character(moved(start, origin), source);
    if info == TOO_DEEP {
        return too_deep(place, depth);
    }
    match known {
        Some((_, meaning, help)) => Diagnostic::error(place, *meaning).help(*help),
        None => Diagnostic::error(place, format!("this is no valid YAML: {info}")),
    }
}

/// The first tab that indents one of the `suspects` lines from `line` on. The line that the scanner complains about may
/// be the one before the tab, which the tab's line seems to go on.
fn indenting_tab(text: &str, line: usize, suspects: usize) -> Option<Position> {
    let written = lines(text)
        .enumerate()
        .skip(line.saturating_sub(1))
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    written.take(suspects).find_map(|(index, line)| {
        let indent = &line[..line.len() - line.trim_start().len()];
        let column = indent.chars().position(|c| c == '\t')?;
        Some(position(index + 1, column + 1))
    })
}

/// The one character at `start`.
fn character(start: Position, source: SourceId) -> Place {
    let end = Position {
        column: start.column.saturating_add(1),
        ..start
    };
    Place { source, start, end }
}

/// Whether YAML forbids `c` outside of escapes.
pub(super) fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')
}

/// The diagnostic about the control character that follows `before` in a text that starts at `origin`.
pub(super) fn control_character(before: &str, source: SourceId, origin: Position) -> Diagnostic {
    let (line, last) = lines(before).enumerate().last().unwrap_or((0, ""));
    let start = moved(position(line + 1, last.chars().count() + 1), origin);
    let error = Diagnostic::error(character(start, source), "this is a control character, not text");
    error.help("save the file as plain UTF-8 text")
}

/// The diagnostic about nesting that is too deep at `place`.
pub(super) fn too_deep(place: Place, depth: usize) -> Diagnostic {
    let error = Diagnostic::error(place, "lists and maps are nested too deeply here");
    error.help(format!("at most {depth} levels are read"))
}

/// `at` in a text that itself starts at `origin`.
pub(super) fn moved(at: Position, origin: Position) -> Position {
    if origin.line <= 1 && origin.column <= 1 {
        return at;
    }
    Position {
        line: at.line.saturating_add(origin.line - 1),
        column: match at.line {
            1 => at.column.saturating_add(origin.column - 1),
            _ => at.column,
        },
    }
}
