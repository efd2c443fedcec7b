//! YAML text to a tree, within bounds.
//!
//! Knows: the events of the YAML scanner, anchors and merge keys, and how much is too much. Must not know: what the
//! document should contain. JSON is YAML too.
//!
//! A duplicate key or an odd tag is reported and reading goes on; broken syntax or a crossed bound ends it.

use super::ends::Ends;
use super::keys::{Key, merge, new_key};
use super::source::{position, too_large};
use super::syntax::{self, moved};
use super::{Diagnostic, Diagnostics, Entry, Limits, Node, Place, Position, SourceId, Sources, Tree, scalar};
use crate::model::units::quoted;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Reads a text that holds one document; nothing if it could not be read to its end.
pub fn parse(sources: &Sources, id: SourceId, limits: Limits, diagnostics: &mut Diagnostics) -> Option<Tree> {
    parse_at(
        sources.text(id),
        id,
        Position { line: 1, column: 1 },
        limits,
        diagnostics,
    )
}

/// Reads a text that may hold many documents, as Kubernetes manifests do; empty documents are left out.
pub fn parse_documents(
    sources: &Sources,
    id: SourceId,
    limits: Limits,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Tree>> {
    documents(
        sources.text(id),
        id,
        Position { line: 1, column: 1 },
        limits,
        diagnostics,
    )
}

/// Reads `text`, which is one document and stands at `origin` of a source.
pub(super) fn parse_at(
    text: &str,
    source: SourceId,
    origin: Position,
    limits: Limits,
    diagnostics: &mut Diagnostics,
) -> Option<Tree> {
    let mut all = documents(text, source, origin, limits, diagnostics)?;
    if let Some(second) = all.get(1) {
        let error = Diagnostic::error(
            second.place,
            "a second document starts here, where one is expected",
        );
        diagnostics.push(error.help("remove the `---` before it, or move it to a file of its own"));
    }
    if all.is_empty() {
        let place = Place {
            source,
            start: origin,
            end: origin,
        };
        return Some(Tree {
            node: Node::Null,
            place,
        });
    }
    Some(all.swap_remove(0))
}

fn documents(
    text: &str,
    source: SourceId,
    origin: Position,
    limits: Limits,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Tree>> {
    if text.len() > limits.bytes {
        let message = too_large(text.len() as u64, limits);
        diagnostics.push(Diagnostic::error(Place::whole(source), message));
        return None;
    }
    if let Some(at) = text.find(syntax::is_control) {
        diagnostics.push(syntax::control_character(&text[..at], source, origin));
        return None;
    }
    let mut builder = Builder {
        source,
        origin,
        ends: Ends::new(text),
        limits,
        size: Size::default(),
        stack: Vec::new(),
        anchors: BTreeMap::new(),
        done: Vec::new(),
        diagnostics,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let result = match event {
            Ok((Event::StreamEnd, _)) => break,
            Ok((event, span)) => builder.event(event, span),
            Err(error) => {
                let error = syntax::explain(&error, text, source, origin, limits.depth);
                Err(Box::new(builder.with_opening(error)))
            }
        };
        if let Err(error) = result {
            builder.diagnostics.push(*error);
            return None;
        }
    }
    Some(builder.done)
}

/// What a tree costs.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    /// Text that was copied for anchors and aliases.
    copied: usize,
}

/// A node that an anchor names.
struct Anchored {
    tree: Tree,
    size: Size,
    height: usize,
}

/// A list or map whose end has not come yet.
struct Frame {
    anchor: usize,
    start: Position,
    open: Open,
}

enum Open {
    Seq(Vec<Tree>),
    Map {
        entries: Vec<Entry>,
        seen: BTreeMap<String, Place>,
        key: Key,
        merges: Vec<Tree>,
    },
}

struct Builder<'d, 't> {
    source: SourceId,
    origin: Position,
    ends: Ends<'t>,
    limits: Limits,
    size: Size,
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, Anchored>,
    done: Vec<Tree>,
    diagnostics: &'d mut Diagnostics,
}

/// An error ends the reading.
type Step = Result<(), Box<Diagnostic>>;

impl Builder<'_, '_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Step {
        let span = self.ends.tightened(&event, span);
        let place = self.place(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.spend(Size { nodes: 1, copied: 0 }, place)?;
                if tag.is_none() && style == ScalarStyle::Plain && !text.is_empty() && self.awaits_key() {
                    // A key is what was written: `1.10` stays that.
                    let (text, plain) = (text.into_owned(), true);
                    let node = Node::String { text, plain };
                    return self.finish(Tree { node, place }, anchor);
                }
                let node = self.scalar(text, style, tag.as_deref(), place);
                self.finish(Tree { node, place }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.collection_tag(tag.as_deref(), "seq", place);
                self.open(anchor, place, Open::Seq(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.collection_tag(tag.as_deref(), "map", place);
                let open = Open::Map {
                    entries: Vec::new(),
                    seen: BTreeMap::new(),
                    key: Key::None,
                    merges: Vec::new(),
                };
                self.open(anchor, place, open)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place),
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::DocumentEnd => {
                // An anchor lives as long as its document.
                self.anchors.clear();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => Ok(()),
        }
    }

    fn place(&self, span: Span) -> Place {
        let at = |mark: Marker| moved(position(mark.line(), mark.col() + 1), self.origin);
        Place {
            source: self.source,
            start: at(span.start),
            end: at(span.end),
        }
    }

    /// Whether the next node is the key of a map.
    fn awaits_key(&self) -> bool {
        let open = self.stack.last().map(|frame| &frame.open);
        matches!(open, Some(Open::Map { key: Key::None, .. }))
    }

    /// Counts nodes and copied text, and refuses more than the limits.
    fn spend(&mut self, size: Size, place: Place) -> Step {
        self.size.nodes = self.size.nodes.saturating_add(size.nodes);
        self.size.copied = self.size.copied.saturating_add(size.copied);
        if self.size.nodes <= self.limits.nodes && self.size.copied <= self.limits.bytes {
            return Ok(());
        }
        let error = Diagnostic::error(
            place,
            format!("the document has more than {} values", self.limits.nodes),
        );
        Err(Box::new(error.help(
            "every use of an alias (`*name`) counts as all the values it stands for",
        )))
    }

    fn open(&mut self, anchor: usize, place: Place, open: Open) -> Step {
        self.spend(Size { nodes: 1, copied: 0 }, place)?;
        if self.stack.len() >= self.limits.depth {
            return Err(Box::new(syntax::too_deep(place, self.limits.depth)));
        }
        let start = place.start;
        self.stack.push(Frame { anchor, start, open });
        Ok(())
    }

    fn close(&mut self, end: Place) -> Step {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let (node, last) = match frame.open {
            Open::Seq(items) => {
                let last = items.last().map(|item| item.place);
                (Node::Seq(items), last)
            }
            Open::Map {
                mut entries,
                merges,
                seen,
                ..
            } => {
                let last = entries.last().map(|entry| entry.value.place);
                merge(&mut entries, &seen, merges, self.diagnostics);
                (Node::Map(entries), last)
            }
        };
        // The end of a block collection is noticed only at the next token: it ends where its last value does.
        let is_block = end.start == end.end;
        let end = match last {
            Some(last) if is_block && last.end >= frame.start => last.end,
            _ => end.end,
        };
        let place = Place {
            source: self.source,
            start: frame.start,
            end,
        };
        self.finish(Tree { node, place }, frame.anchor)
    }

    /// Hands a finished node to the collection around it.
    fn finish(&mut self, tree: Tree, anchor: usize) -> Step {
        if anchor > 0 {
            let size = measure(&tree);
            self.spend(size, tree.place)?;
            let (height, tree) = (tree.height(), tree.clone());
            self.anchors.insert(anchor, Anchored { tree, size, height });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.done.extend((tree.node != Node::Null).then_some(tree));
            return Ok(());
        };
        let (entries, seen, key, merges) = match &mut frame.open {
            Open::Seq(items) => {
                items.push(tree);
                return Ok(());
            }
            Open::Map {
                entries,
                seen,
                key,
                merges,
            } => (entries, seen, key, merges),
        };
        match std::mem::replace(key, Key::None) {
            Key::None => {
                let (next, error) = new_key(tree, seen);
                *key = next;
                error.into_iter().for_each(|error| self.diagnostics.push(error));
            }
            Key::Text(key, key_place) => entries.push(Entry {
                key,
                key_place,
                value: tree,
            }),
            Key::Merge => merges.push(tree),
            Key::Refused => {}
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Step {
        let Some(found) = self.anchors.get(&anchor) else {
            let error = Diagnostic::error(place, "this alias names no finished anchor of this document");
            return Err(Box::new(error.help(
                "an anchor cannot contain itself, nor reach into another document",
            )));
        };
        let (size, height) = (found.size, found.height);
        self.spend(size, place)?;
        if self.stack.len() + height > self.limits.depth {
            return Err(Box::new(syntax::too_deep(place, self.limits.depth)));
        }
        match self.anchors.get(&anchor).map(|found| found.tree.clone()) {
            Some(tree) => self.finish(tree, 0),
            None => Ok(()),
        }
    }

    fn scalar(&mut self, text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Node {
        let plain = style == ScalarStyle::Plain;
        match tag.map(|tag| (tag.is_yaml_core_schema(), tag.suffix.as_str())) {
            None if plain => scalar::resolve(&text),
            Some((true, "int" | "float" | "bool" | "null")) => scalar::resolve(&text),
            None | Some((true, "str")) => Node::String {
                text: text.into_owned(),
                plain: false,
            },
            Some(_) => {
                self.refuse_tag(tag, place);
                Node::Null
            }
        }
    }

    fn collection_tag(&mut self, tag: Option<&Tag>, expected: &str, place: Place) {
        if tag.is_some_and(|tag| !(tag.is_yaml_core_schema() && tag.suffix == expected)) {
            self.refuse_tag(tag, place);
        }
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, place: Place) {
        let shown = tag.map(ToString::to_string).unwrap_or_default();
        let error = Diagnostic::error(place, format!("the tag {} is not supported here", quoted(&shown)));
        self.diagnostics
            .push(error.help("remove it, or put text that starts with `!` in quotes"));
    }

    /// `error` with the bracket or brace that is still open.
    fn with_opening(&self, error: Diagnostic) -> Diagnostic {
        let Some(frame) = self
            .stack
            .last()
            .filter(|_| error.message.contains("is not closed"))
        else {
            return error;
        };
        let end = Position {
            column: frame.start.column + 1,
            ..frame.start
        };
        let place = Place {
            source: self.source,
            start: frame.start,
            end,
        };
        error.related(place, "opened here")
    }
}

/// What a copy of `tree` costs.
fn measure(tree: &Tree) -> Size {
    let mut size = Size { nodes: 1, copied: 0 };
    let mut add = |part: Size, text: usize| {
        size.nodes += part.nodes;
        size.copied += part.copied + text;
    };
    match &tree.node {
        Node::String { text, .. } => add(Size::default(), text.len()),
        Node::Seq(items) => items.iter().for_each(|item| add(measure(item), 0)),
        Node::Map(entries) => {
            for entry in entries {
                add(measure(&entry.value), entry.key.len());
            }
        }
        _ => {}
    }
    size
}
