//! Overriding single values of a document: `--set path=value`, and the paths of a `variants:` block.
//!
//! Knows: paths through a tree, and where an override was written. Must not know: which fields there are; a checked
//! schema says afterwards whether the result makes sense.
//!
//! A path is keys joined by dots. A list item is named by its `name:` or its index from 0; a key that contains a dot
//! stands in double quotes: `resources.requests."nvidia.com/gpu"`. Only the last segment may be new.

use super::nearest::{list_names, nearest};
use super::{Diagnostic, Diagnostics, Entry, Limits, Node, Place, Sources, Tree, parse};
use crate::model::units::quoted;

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
    if let Err(error) = set(tree, text, place(0, chars), value, limits) {
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
pub fn set_all(tree: &mut Tree, overrides: &Tree, limits: Limits, diagnostics: &mut Diagnostics) {
    if !matches!(overrides.node, Node::Map(_) | Node::Null) {
        let message = format!(
            "expected a map from path to value, found {}",
            overrides.describe()
        );
        return diagnostics.push(Diagnostic::error(overrides.place, message));
    }
    for entry in overrides.entries() {
        if let Err(error) = set(tree, &entry.key, entry.key_place, entry.value.clone(), limits) {
            diagnostics.push(*error);
        }
    }
}

/// Puts `value` at `path`, which was written at `path_place`.
///
/// # Errors
/// A diagnostic at the part of the path that leads nowhere.
pub fn set(
    tree: &mut Tree,
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
    let Some((last, steps)) = parsed.segments.split_last() else {
        return Ok(());
    };
    let mut at = tree;
    let mut walked: Vec<&str> = Vec::new();
    for step in steps {
        let place = written(step.offset, step.len);
        at = descend(at, step, &walked).map_err(|error| error.at(place, path))?;
        walked.push(&step.text);
    }
    let place = written(last.offset, last.len);
    if at.node == Node::Null {
        at.node = Node::Map(Vec::new());
    }
    if let Node::Map(entries) = &mut at.node {
        let entry = Entry {
            key: last.text.clone(),
            key_place: place,
            value,
        };
        match entries.iter_mut().find(|entry| entry.key == last.text) {
            Some(found) => *found = entry,
            None => entries.push(entry),
        }
        return Ok(());
    }
    *descend(at, last, &walked).map_err(|error| error.at(place, path))? = value;
    Ok(())
}

/// Why a step leads nowhere.
struct NoStep {
    message: String,
    suggestion: Option<String>,
    help: Option<String>,
}

impl NoStep {
    fn at(self, place: Place, path: &str) -> Box<Diagnostic> {
        let error = Diagnostic::error(place, self.message)
            .path(path)
            .suggest(self.suggestion);
        Box::new(match self.help {
            Some(help) => error.help(help),
            None => error,
        })
    }
}

/// The node one `step` below `at`, which is at `walked`.
fn descend<'t>(at: &'t mut Tree, step: &Segment, walked: &[&str]) -> Result<&'t mut Tree, NoStep> {
    let key = step.text.as_str();
    let here = if walked.is_empty() {
        "the document".to_owned()
    } else {
        quoted(&walked.join("."))
    };
    if at.child(key).is_none() {
        return Err(no_step(at, key, &here));
    }
    let index = at.item_index(key);
    let found = match &mut at.node {
        Node::Map(entries) => entries
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.value),
        Node::Seq(items) => index.and_then(|index| items.get_mut(index)),
        _ => None,
    };
    found.ok_or_else(|| NoStep {
        message: format!("{here} has no {}", quoted(key)),
        suggestion: None,
        help: None,
    })
}

/// Why `key` is not below `at`.
fn no_step(at: &Tree, key: &str, here: &str) -> NoStep {
    let names: Vec<String> = match &at.node {
        Node::Map(entries) => entries.iter().map(|entry| entry.key.clone()).collect(),
        Node::Seq(items) => items.iter().filter_map(Tree::name).collect(),
        _ => {
            return NoStep {
                message: format!("{here} is {}, which has nothing below it", at.describe()),
                suggestion: None,
                help: None,
            };
        }
    };
    let listed = || list_names(names.iter().map(String::as_str));
    let help = match (&at.node, names.is_empty()) {
        (Node::Seq(items), _) if items.is_empty() => "the list is empty".to_owned(),
        (Node::Seq(items), true) => format!("expected an index from 0 to {}", items.len() - 1),
        (Node::Seq(items), false) => format!(
            "expected one of: {}, or an index from 0 to {}",
            listed(),
            items.len() - 1
        ),
        (_, true) => "the map is empty".to_owned(),
        (_, false) => format!("expected one of: {}", listed()),
    };
    NoStep {
        message: format!("{here} has no {}", quoted(key)),
        suggestion: nearest(key, names.iter().map(String::as_str)).map(str::to_owned),
        help: Some(help),
    }
}
