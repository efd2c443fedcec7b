//! A document as a tree whose every node knows where it stood.
//!
//! Knows: values, keys in their order, places. Must not know: how a text becomes a tree, or what it should contain.

use super::{Cursor, Place};
use crate::model::units::quoted;
use serde_json::{Map, Number, Value};

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The value.
    pub node: Node,
    /// Where it stands; a value taken over by an alias stands where its anchor is.
    pub place: Place,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Nothing: `null`, `~`, or no text at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from `i64::MIN` to `u64::MAX`.
    Int(i128),
    /// Any other number; infinite if the text says so or is too large.
    Float(f64),
    /// Text.
    String {
        /// What it says.
        text: String,
        /// Whether it stood without quotes.
        plain: bool,
    },
    /// A list.
    Seq(Vec<Tree>),
    /// A map, in the order it was written; its keys are distinct.
    Map(Vec<Entry>),
}

/// A key of a map with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key as it was written.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// The value.
    pub value: Tree,
}

impl Tree {
    /// A look at this tree, to step down from.
    #[must_use]
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor::new(self)
    }

    /// A look at the value of a key.
    #[must_use]
    pub fn at(&self, key: &str) -> Cursor<'_> {
        self.cursor().at(key)
    }

    /// The tree at a dotted path, whose segments are keys, list indices or the `name` of a list item.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Self> {
        let mut tree = self;
        for segment in super::set_path::Path::parse(path).ok()?.segments {
            tree = tree.child(&segment.text)?;
        }
        Some(tree)
    }

    /// The entries if this is a map.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.node {
            Node::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items if this is a list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.node {
            Node::Seq(items) => items,
            _ => &[],
        }
    }

    /// The text if this is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.node {
            Node::String { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The entry of a key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value one path segment below: of a key, of the list item so named, or of the list item at that index.
    #[must_use]
    pub fn child(&self, segment: &str) -> Option<&Self> {
        match &self.node {
            Node::Map(_) => self.entry(segment).map(|entry| &entry.value),
            Node::Seq(items) => items.get(self.item_index(segment)?),
            _ => None,
        }
    }

    /// The index of the list item that is named `segment` or stands at that index.
    pub(super) fn item_index(&self, segment: &str) -> Option<usize> {
        let items = self.items();
        let named = items
            .iter()
            .position(|item| item.name().as_deref() == Some(segment));
        named.or_else(|| segment.parse().ok().filter(|index| *index < items.len()))
    }

    /// What this map's `name` says, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match &self.entry("name")?.value.node {
            Node::String { text, .. } => Some(text.clone()),
            Node::Int(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// What was found here, in words: "the text `abc`", "a list".
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.node {
            Node::Null => "nothing".to_owned(),
            Node::Bool(value) => quoted(&value.to_string()),
            Node::Int(value) => format!("the number {value}"),
            Node::Float(value) => format!("the number {value:?}"),
            Node::String { text, .. } if text.is_empty() => "an empty text".to_owned(),
            Node::String { text, .. } => format!("the text {}", quoted(text)),
            Node::Seq(items) if items.is_empty() => "an empty list".to_owned(),
            Node::Seq(_) => "a list".to_owned(),
            Node::Map(entries) if entries.is_empty() => "an empty map".to_owned(),
            Node::Map(_) => "a map".to_owned(),
        }
    }

    /// The value without places. A number that JSON cannot hold (infinite, not a number) becomes its text.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.node {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Int(value) => {
                Number::from_i128(*value).map_or_else(|| value.to_string().into(), Value::Number)
            }
            Node::Float(value) => {
                Number::from_f64(*value).map_or_else(|| value.to_string().into(), Value::Number)
            }
            Node::String { text, .. } => Value::String(text.clone()),
            Node::Seq(items) => items.iter().map(Self::to_json).collect(),
            Node::Map(entries) => {
                let pairs = entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_json()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// How many lists and maps deep this tree is.
    pub(super) fn height(&self) -> usize {
        let below = match &self.node {
            Node::Seq(items) => items.iter().map(Self::height).max(),
            Node::Map(entries) => entries.iter().map(|entry| entry.value.height()).max(),
            _ => return 0,
        };
        below.unwrap_or(0) + 1
    }
}
