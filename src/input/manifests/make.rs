//! Making pieces of a scenario's tree, each standing where what it is made from stands.
//!
//! Knows: trees and places. Must not know: any field.

use crate::input::{Cursor, Entry, Node, Place, Tree};

/// Text.
pub(in crate::input) fn text(place: Place, text: impl Into<String>) -> Tree {
    let node = Node::String {
        text: text.into(),
        plain: true,
    };
    Tree { node, place }
}

/// A whole number.
pub(in crate::input) fn number(place: Place, value: impl Into<i128>) -> Tree {
    Tree {
        node: Node::Int(value.into()),
        place,
    }
}

/// `true` or `false`.
pub(in crate::input) const fn truth(place: Place, value: bool) -> Tree {
    Tree {
        node: Node::Bool(value),
        place,
    }
}

/// A list.
pub(in crate::input) const fn list(place: Place, items: Vec<Tree>) -> Tree {
    Tree {
        node: Node::Seq(items),
        place,
    }
}

/// Adds `key` to the map `tree`, standing where `value` does.
pub(in crate::input) fn add(tree: &mut Tree, key: &str, value: Tree) {
    if let Node::Map(entries) = &mut tree.node {
        entries.push(Entry {
            key: key.to_owned(),
            key_place: value.place,
            value,
        });
    }
}

/// A map that is being filled.
#[derive(Debug)]
pub(in crate::input) struct Map {
    place: Place,
    entries: Vec<Entry>,
}

impl Map {
    /// An empty one that stands for what is at `place`.
    pub(in crate::input) const fn new(place: Place) -> Self {
        Self {
            place,
            entries: Vec::new(),
        }
    }

    /// Adds `key`, which stands where the map does.
    pub(in crate::input) fn put(&mut self, key: &str, value: Tree) {
        self.put_at(key, self.place, value);
    }

    /// Adds `key`, standing at `key_place`.
    pub(in crate::input) fn put_at(&mut self, key: &str, key_place: Place, value: Tree) {
        self.entries.push(Entry {
            key: key.to_owned(),
            key_place,
            value,
        });
    }

    /// Takes over, as `key`, what `from` shows, if it shows anything.
    pub(in crate::input) fn take(&mut self, key: &str, from: Cursor<'_>) {
        if let Some(tree) = from.tree().filter(|_| from.exists()) {
            self.put_at(key, from.key_place(), tree.clone());
        }
    }

    pub(in crate::input) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(in crate::input) fn tree(self) -> Tree {
        Tree {
            node: Node::Map(self.entries),
            place: self.place,
        }
    }
}
