//! A place in the document together with its path, for messages about what stands there.
//!
//! Knows: cursors and paths. Must not know: any field.

use crate::input::{Cursor, Diagnostic, Node, Tree};
use serde::de::DeserializeOwned;

/// A look at a node of the document, or at where it would be.
#[derive(Clone, Debug)]
pub(super) struct Spot<'t> {
    pub(super) cursor: Cursor<'t>,
    pub(super) path: String,
}

impl<'t> Spot<'t> {
    pub(super) fn root(tree: &'t Tree) -> Self {
        Self {
            cursor: tree.cursor(),
            path: String::new(),
        }
    }

    fn below(&self, cursor: Cursor<'t>, segment: &str) -> Self {
        let path = match self.path.as_str() {
            "" => segment.to_owned(),
            path => format!("{path}.{segment}"),
        };
        Self { cursor, path }
    }

    /// The value of a key.
    pub(super) fn at(&self, key: &str) -> Self {
        self.below(self.cursor.at(key), key)
    }

    /// The items of the list here.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.cursor.items().enumerate();
        items
            .map(|(index, item)| {
                let name = item.tree().and_then(Tree::name);
                self.below(item, &name.unwrap_or_else(|| index.to_string()))
            })
            .collect()
    }

    /// The entries of the map here.
    pub(super) fn entries(&self) -> Vec<(&'t str, Self)> {
        let entries = self.cursor.entries();
        entries
            .map(|(key, value)| (key, self.below(value, key)))
            .collect()
    }

    pub(super) fn exists(&self) -> bool {
        self.cursor.exists()
    }

    /// Whether a single value is here, and no map or list.
    pub(super) fn is_scalar(&self) -> bool {
        let compound = |tree: &Tree| matches!(tree.node, Node::Map(_) | Node::Seq(_));
        self.cursor.tree().is_some_and(|tree| !compound(tree))
    }

    /// The text of `key` below.
    pub(super) fn text(&self, key: &str) -> Option<&'t str> {
        self.cursor.at(key).text()
    }

    /// What is here as a `T`, or why it is none; nothing if nothing is here.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<Result<T, serde_json::Error>> {
        let tree = self.cursor.tree().filter(|_| self.cursor.exists())?;
        Some(serde_json::from_value(tree.to_json()))
    }

    /// An error about the value.
    pub(super) fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(self.cursor.place(), message).path(&self.path)
    }

    /// An error about the key, or the item.
    pub(super) fn key_error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(self.head(), message).path(&self.path)
    }

    /// A warning about the key, or the item.
    pub(super) fn warning(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(self.head(), message).path(&self.path)
    }

    /// The key's place; of an item of a list, its name's or its first key's.
    fn head(&self) -> crate::input::Place {
        let place = self.cursor.key_place();
        if place != self.cursor.place() {
            return place;
        }
        if self.cursor.at("name").exists() {
            return self.cursor.at("name").place();
        }
        self.cursor
            .tree()
            .and_then(|tree| tree.entries().first())
            .map_or(place, |entry| entry.key_place)
    }
}
