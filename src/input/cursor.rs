//! Looking into a tree for the place of something, present or not.
//!
//! Knows: stepping down by key and index. Must not know: what should be there.

use super::{Node, Place, Tree};

/// A look at one node of a tree, or at where it would be: stepping to what does not exist keeps the nearest place.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'t> {
    tree: Option<&'t Tree>,
    place: Place,
    key_place: Place,
}

impl<'t> Cursor<'t> {
    /// A look at the root of `tree`.
    pub(super) fn new(tree: &'t Tree) -> Self {
        Self {
            tree: Some(tree),
            place: tree.place,
            key_place: tree.place,
        }
    }

    /// The same place with nothing there.
    fn missing(self) -> Self {
        Self { tree: None, ..self }
    }

    /// A step to `tree`, found under a key at `key_place`.
    fn step(tree: &'t Tree, key_place: Place) -> Self {
        Self {
            tree: Some(tree),
            place: tree.place,
            key_place,
        }
    }

    /// A step to the value of a key.
    #[must_use]
    pub fn at(self, key: &str) -> Self {
        match self.tree.and_then(|tree| tree.entry(key)) {
            Some(entry) => Self::step(&entry.value, entry.key_place),
            None => self.missing(),
        }
    }

    /// A step to the item of a list.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        match self.tree.and_then(|tree| tree.items().get(index)) {
            Some(item) => Self::step(item, item.place),
            None => self.missing(),
        }
    }

    /// A step to the list item whose `name` is `name`.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        let item = self
            .items()
            .find(|item| item.tree().and_then(Tree::name).as_deref() == Some(name));
        item.unwrap_or_else(|| self.missing())
    }

    /// The node here, if there is one.
    #[must_use]
    pub fn tree(self) -> Option<&'t Tree> {
        self.tree
    }

    /// Whether something other than `null` is here.
    #[must_use]
    pub fn exists(self) -> bool {
        self.tree.is_some_and(|tree| tree.node != Node::Null)
    }

    /// The text here, if it is text.
    #[must_use]
    pub fn text(self) -> Option<&'t str> {
        self.tree.and_then(Tree::text)
    }

    /// Where the value stands, or the nearest value above that exists.
    #[must_use]
    pub fn place(self) -> Place {
        self.place
    }

    /// Where the value's key stands; for a list item, where the item does.
    #[must_use]
    pub fn key_place(self) -> Place {
        self.key_place
    }

    /// A look at each item of the list here; none if it is no list.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let items = self.tree.map_or(&[][..], Tree::items);
        items.iter().map(|item| Self::step(item, item.place))
    }

    /// Each key of the map here with a look at its value; none if it is no map.
    pub fn entries(self) -> impl Iterator<Item = (&'t str, Self)> {
        let entries = self.tree.map_or(&[][..], Tree::entries);
        entries
            .iter()
            .map(|entry| (entry.key.as_str(), Self::step(&entry.value, entry.key_place)))
    }
}
