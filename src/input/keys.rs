//! The keys of a map while it is read: text, each once, and `<<` to take over another map.
//!
//! Knows: what makes a key, and how merge keys work. Must not know: events, or which keys are expected.

use super::{Diagnostic, Diagnostics, Entry, Node, Place, Tree};
use crate::model::units::quoted;
use std::collections::BTreeMap;

/// The key that waits for its value.
pub(super) enum Key {
    None,
    /// A key; its value is kept.
    Text(String, Place),
    /// `<<`: its value is merged into the map.
    Merge,
    /// A key that was refused; its value is read and dropped.
    Refused,
}

/// The key that `tree` makes in a map that has `seen` others, or why it makes none.
pub(super) fn new_key(tree: Tree, seen: &mut BTreeMap<String, Place>) -> (Key, Option<Diagnostic>) {
    let place = tree.place;
    let text = match tree.node {
        Node::String { text, plain: true } if text == "<<" => return (Key::Merge, None),
        Node::String { text, .. } => text,
        Node::Bool(value) => value.to_string(),
        Node::Int(value) => value.to_string(),
        Node::Float(value) => value.to_string(),
        Node::Null | Node::Seq(_) | Node::Map(_) => {
            let error = Diagnostic::error(place, format!("a key must be text, not {}", tree.describe()));
            return (Key::Refused, Some(error));
        }
    };
    if let Some(first) = seen.get(&text) {
        let error = Diagnostic::error(place, format!("the key {} is given twice", quoted(&text)));
        return (
            Key::Refused,
            Some(error.label("given again").related(*first, "first given here")),
        );
    }
    seen.insert(text.clone(), place);
    (Key::Text(text, place), None)
}

/// Takes over what `<<` offers and the map does not say itself; what is offered first wins.
pub(super) fn merge(
    entries: &mut Vec<Entry>,
    seen: &BTreeMap<String, Place>,
    merges: Vec<Tree>,
    diagnostics: &mut Diagnostics,
) {
    let mut offered = Vec::new();
    for tree in merges {
        match tree.node {
            Node::Seq(items) => offered.extend(items),
            _ => offered.push(tree),
        }
    }
    let mut taken = BTreeMap::new();
    for tree in offered {
        let Node::Map(more) = tree.node else {
            let error = Diagnostic::error(tree.place, format!("`<<` cannot merge {}", tree.describe()));
            diagnostics.push(error.help("expected a map, or a list of maps"));
            continue;
        };
        for entry in more {
            if !seen.contains_key(&entry.key) && taken.insert(entry.key.clone(), ()).is_none() {
                entries.push(entry);
            }
        }
    }
}
