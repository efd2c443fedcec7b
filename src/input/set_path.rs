//! Overriding single values of a document: `--set path=value`, and the paths of a `variants:` block.
//!
//! Knows: paths, and where an override was written. Must not know: any field; the schema says which maps a path may
//! lead through, and afterwards whether the result makes sense.
//!
//! A path is keys joined by dots. A list item is named by its `name:` or its index from 0; a key that contains a dot
//! stands in double quotes: `resources.requests."nvidia.com/gpu"`. The last segment may be new, and so may maps on the
//! way to it that the schema knows.

mod walk;

use super::{Diagnostic, Diagnostics, Limits, Node, Place, Sources, Tree, parse};
use serde_json::Value;

/// The name that messages use for a `--set` argument, as if it were a file.
const SET_SOURCE: &str = "--set";

/// A path through a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Its segments, at least one.
    pub segments: Vec<Segment>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The key, the name or the index.
    pub text: String,
    /// How many characters of the path stand before it.
    pub offset: u32,
    /// How many characters it is long, with quotes.
    pub len: u32,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// How many characters in, and what is wrong there.
    pub fn parse(text: &str) -> Result<Self, (u32, &'static str)> {
        let mut segments = Vec::new();
        let mut rest = text;
        let mut offset = 0u32;
        loop {
            let (content, len) = match rest.strip_prefix('"') {
                Some(tail) => {
                    let end = tail.find('"').ok_or((offset, "this quote is never closed"))?;
                    (&tail[..end], end + 2)
                }
                None => {
                    let end = rest.find('.').unwrap_or(rest.len());
                    (&rest[..end], end)
                }
            };
            if content.is_empty() {
                return Err((offset, "a part of the path is empty"));
            }
            let chars = u32::try_from(rest[..len].chars().count()).unwrap_or(u32::MAX);
            segments.push(Segment {
                text: content.to_owned(),
                offset,
                len: chars,
            });
            rest = &rest[len..];
            offset = offset.saturating_add(chars);
            match rest.strip_prefix('.') {
                Some(tail) => rest = tail,
                None if rest.is_empty() => return Ok(Self { segments }),
                None => return Err((offset, "expected a `.` here")),
            }
            offset = offset.saturating_add(1);
        }
    }
}

/// Applies one `path=value` argument; messages about it, now or from later checks, point into the argument.
pub fn set_argument(
    tree: &mut Tree,
    schema: &Value,
    sources: &mut Sources,
    argument: &str,
    limits: Limits,
    diagnostics: &mut Diagnostics,
) {
    let id = sources.add(SET_SOURCE, argument);
    let argument = sources.text(id);
    let at = |column: usize| super::source::position(1, column + 1);
    let place = |from: usize, to: usize| Place {
        source: id,
        start: at(from),
        end: at(to),
    };
    let Some(equals) = separator(argument) else {
        let place = place(0, argument.chars().count());
        let error = Diagnostic::error(place, "expected `path=value`");
        return diagnostics.push(error.help("for example `--set workloads.shop.serving.replicas=8`"));
    };
    let (text, value) = (&argument[..equals], &argument[equals + 1..]);
    let chars = text.chars().count();
    let Some(mut value) = parse::parse_at(value, id, at(chars + 1), limits, diagnostics) else {
        return;
    };
    if value.place.start == value.place.end {
        value.place = place(chars, chars + 1);
    }
    if let Err(error) = set(tree, schema, text, place(0, chars), value, limits) {
        diagnostics.push(*error);
    }
}

/// The byte where the `=` after the path stands; one in a quoted key does not count.
fn separator(argument: &str) -> Option<usize> {
    let mut quoted = false;
    argument.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'=' && !quoted
    })
}

/// Applies every entry of `overrides`, a map from path to value; its places are kept.
pub fn set_all(
    tree: &mut Tree,
    schema: &Value,
    overrides: &Tree,
    limits: Limits,
    diagnostics: &mut Diagnostics,
) {
    if !matches!(overrides.node, Node::Map(_) | Node::Null) {
        let message = format!(
            "expected a map from path to value, found {}",
            overrides.describe()
        );
        return diagnostics.push(Diagnostic::error(overrides.place, message));
    }
    for entry in overrides.entries() {
        if let Err(error) = set(
            tree,
            schema,
            &entry.key,
            entry.key_place,
            entry.value.clone(),
            limits,
        ) {
            diagnostics.push(*error);
        }
    }
}

/// Puts `value` at `path`, which was written at `path_place`, into a document of `schema`.
///
/// # Errors
/// A diagnostic at the part of the path that leads nowhere.
pub fn set(
    tree: &mut Tree,
    schema: &Value,
    path: &str,
    path_place: Place,
    value: Tree,
    limits: Limits,
) -> Result<(), Box<Diagnostic>> {
    let written = |offset, len| {
        // A quoted key of a map starts one character later; what is not written as it reads is shown whole.
        let width = path_place.end.column.saturating_sub(path_place.start.column) as usize;
        match width.checked_sub(path.chars().count()) {
            Some(0) => path_place.part(offset, len),
            Some(2) => path_place.part(offset + 1, len),
            _ => path_place,
        }
    };
    let parsed = Path::parse(path).map_err(|(offset, problem)| {
        let error = Diagnostic::error(written(offset, 1), problem);
        Box::new(
            error
                .path(path)
                .help("a path is keys joined by dots; quote a key that contains a dot"),
        )
    })?;
    if parsed.segments.len() + value.height() > limits.depth {
        return Err(Box::new(super::syntax::too_deep(path_place, limits.depth)));
    }
    let places: Vec<Place> = parsed
        .segments
        .iter()
        .map(|segment| written(segment.offset, segment.len))
        .collect();
    walk::put(tree, schema, &parsed.segments, &places, value).map_err(|(step, stop)| {
        let error = Diagnostic::error(places[step], stop.message).path(path);
        let error = error.suggest(stop.suggestion);
        Box::new(match stop.help {
            Some(help) => error.help(help),
            None => error,
        })
    })
}
