//! The kinds of value, in words.
//!
//! Knows: JSON Schema's types and what people call them. Must not know: schemas as a whole.

use crate::input::Node;

/// Whether a node is of a kind that JSON Schema calls `kind`.
pub(super) fn accepts(kind: &str, node: &Node) -> bool {
    match node {
        Node::Null => kind == "null",
        Node::Bool(_) => kind == "boolean",
        Node::Int(_) => matches!(kind, "integer" | "number"),
        Node::Float(_) => kind == "number",
        Node::String { .. } => kind == "string",
        Node::Seq(_) => kind == "array",
        Node::Map(_) => kind == "object",
    }
}

/// What a value of one of `kinds` is called: "a list or a map".
pub(in crate::input) fn expected(kinds: &[&str]) -> String {
    let mut names: Vec<_> = kinds
        .iter()
        .filter(|kind| **kind != "null" || kinds.len() == 1)
        .map(|kind| name(kind))
        .collect();
    names.dedup();
    match names.as_slice() {
        [] => "another value".to_owned(),
        [only] => (*only).to_owned(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}

fn name(kind: &str) -> &str {
    match kind {
        "null" => "nothing",
        "boolean" => "`true` or `false`",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "text",
        "array" => "a list",
        "object" => "a map",
        other => other,
    }
}
