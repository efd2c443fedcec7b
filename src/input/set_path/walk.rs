//! The steps of a path through a tree, beside the schema of what each leads to.
//!
//! Knows: where a step leads, which maps are made on the way, and why a step leads nowhere. Must not know: how a path
//! is written, or any field.

use super::Segment;
use crate::input::nearest::{list_names, nearest};
use crate::input::schema::{Schema, Shape};
use crate::input::schema_check::expected;
use crate::input::{Entry, Node, Place, Tree};
use crate::model::units::quoted;
use serde_json::Value;

/// Why a step leads nowhere.
#[derive(Debug, Default)]
pub(super) struct Stop {
    pub(super) message: String,
    pub(super) suggestion: Option<String>,
    pub(super) help: Option<String>,
}

/// What the schema says about a place of the document, if it says anything.
#[derive(Clone, Copy)]
struct Rule<'s> {
    schema: Schema<'s>,
    at: Option<&'s Value>,
}

impl<'s> Rule<'s> {
    fn below(self, key: &str) -> Self {
        let at = self.at.and_then(|at| self.schema.below(at, key));
        Self { at, ..self }
    }

    /// The kinds of value that may stand here, if no map may.
    fn other_than_map(self) -> Option<Vec<&'s str>> {
        let kinds = self.schema.kinds(self.at?);
        (!kinds.is_empty() && !kinds.contains(&"object")).then_some(kinds)
    }

    /// Whether a map here has exactly one key, the name of a variant.
    fn takes_one(self) -> bool {
        let shape = self.at.map(|at| self.schema.shape(at).0);
        matches!(shape, Some(Shape::Variants(_)))
    }

    fn keys(self) -> Vec<&'s str> {
        self.at.map(|at| self.schema.keys(at)).unwrap_or_default()
    }
}

/// Puts `value` where `segments` lead, each written at its place of `places`; nothing is changed if they lead nowhere.
///
/// # Errors
/// The step that leads nowhere, and why.
pub(super) fn put(
    tree: &mut Tree,
    schema: &Value,
    segments: &[Segment],
    places: &[Place],
    value: Tree,
) -> Result<(), (usize, Stop)> {
    let mut rule = Rule {
        schema: Schema::new(schema),
        at: Some(schema),
    };
    let mut at = tree;
    let mut step = 0;
    while step + 1 < segments.len() && at.child(&segments[step].text).is_some() {
        let key = &segments[step].text;
        rule = rule.below(key);
        at = existing(at, key).ok_or((step, Stop::default()))?;
        step += 1;
    }
    let (Some(key), Some(place)) = (segments.get(step).map(|one| &one.text), places.get(step)) else {
        return Ok(());
    };
    // A variant's name alone makes room for its settings.
    if step + 1 < segments.len() && at.text() == Some(key) && rule.below(key).at.is_some() {
        at.node = Node::Null;
    }
    if !matches!(at.node, Node::Null | Node::Map(_)) {
        if at.child(key).is_none() {
            return Err((step, nowhere(at, rule, key, &walked(&segments[..step]))));
        }
        *existing(at, key).ok_or((step, Stop::default()))? = value;
        return Ok(());
    }
    passable(at, rule, segments, step)?;
    let beyond = segments.iter().zip(places).skip(step + 1).rev();
    let value = beyond.fold(value, |value, (segment, place)| Tree {
        node: Node::Map(vec![entry(segment, *place, value)]),
        place: *place,
    });
    let entry = entry(&segments[step], *place, value);
    match &mut at.node {
        Node::Map(entries) => match entries.iter_mut().find(|known| known.key == entry.key) {
            Some(found) => *found = entry,
            None => entries.push(entry),
        },
        node => *node = Node::Map(vec![entry]),
    }
    Ok(())
}

fn entry(segment: &Segment, key_place: Place, value: Tree) -> Entry {
    Entry {
        key: segment.text.clone(),
        key_place,
        value,
    }
}

/// Whether the schema knows the maps that have to be made below `at` for `segments` from `step` on.
fn passable(at: &Tree, rule: Rule<'_>, segments: &[Segment], step: usize) -> Result<(), (usize, Stop)> {
    let nothing = Tree {
        node: Node::Null,
        place: at.place,
    };
    let (mut at, mut rule) = (at, rule);
    for (index, segment) in segments.iter().enumerate().skip(step) {
        if index + 1 == segments.len() {
            break;
        }
        let key = segment.text.as_str();
        let here = walked(&segments[..index]);
        let below = rule.below(key);
        let other_variant = rule.takes_one() && !at.entries().is_empty();
        if below.at.is_none() || other_variant {
            return Err((index, nowhere(at, rule, key, &here)));
        }
        if let Some(kinds) = below.other_than_map() {
            let stop = Stop {
                message: format!("{here} has no {}", quoted(key)),
                suggestion: None,
                help: Some(format!(
                    "expected {} there, which has to be given as a whole",
                    expected(&kinds)
                )),
            };
            return Err((index, stop));
        }
        (at, rule) = (&nothing, below);
    }
    Ok(())
}

/// The path so far, for a message.
fn walked(segments: &[Segment]) -> String {
    if segments.is_empty() {
        return "the document".to_owned();
    }
    let keys: Vec<_> = segments.iter().map(|segment| segment.text.as_str()).collect();
    quoted(&keys.join("."))
}

/// What is at `key` below `at`.
fn existing<'t>(at: &'t mut Tree, key: &str) -> Option<&'t mut Tree> {
    let index = at.item_index(key);
    match &mut at.node {
        Node::Map(entries) => entries
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.value),
        Node::Seq(items) => items.get_mut(index?),
        _ => None,
    }
}

/// Why `key` is not below `at`, which is at `here`.
fn nowhere(at: &Tree, rule: Rule<'_>, key: &str, here: &str) -> Stop {
    let message = format!("{here} has no {}", quoted(key));
    match &at.node {
        Node::Seq(items) => {
            let names: Vec<String> = items.iter().filter_map(Tree::name).collect();
            let last = items.len().saturating_sub(1);
            let help = match (items.is_empty(), names.is_empty()) {
                (true, _) => "the list is empty".to_owned(),
                (_, true) => format!("expected an index from 0 to {last}"),
                _ => {
                    let listed = list_names(names.iter().map(String::as_str));
                    format!("expected one of: {listed}, or an index from 0 to {last}")
                }
            };
            named(
                message,
                key,
                &names.iter().map(String::as_str).collect::<Vec<_>>(),
                help,
            )
        }
        Node::Map(_) | Node::Null => {
            let other = at.entries().first().filter(|_| rule.takes_one());
            if let (Some(other), Some(_)) = (other, rule.below(key).at) {
                let help = format!(
                    "it holds {}, and only one at a time: give {here} as a whole",
                    quoted(&other.key)
                );
                return named(message, key, &[], help);
            }
            let mut names = rule.keys();
            for entry in at.entries() {
                if !names.contains(&entry.key.as_str()) {
                    names.push(&entry.key);
                }
            }
            let help = match names.is_empty() {
                true => "the map is empty".to_owned(),
                false => format!("expected one of: {}", list_names(names.iter().copied())),
            };
            named(message, key, &names, help)
        }
        _ => Stop {
            message: format!("{here} is {}, which has nothing below it", at.describe()),
            ..Stop::default()
        },
    }
}

fn named(message: String, key: &str, names: &[&str], help: String) -> Stop {
    Stop {
        message,
        suggestion: nearest(key, names.iter().copied()).map(str::to_owned),
        help: Some(help),
    }
}
