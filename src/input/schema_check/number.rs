//! Numbers against their bounds.
//!
//! Knows: `minimum` and its like, and the ranges of Rust's integers that `schemars` names as formats. Must not know:
//! places or messages as a whole.

use crate::input::Node;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// What was expected of the number `node`, if it is outside the bounds of `schema`: "at most 65535".
pub(super) fn out_of_range(node: &Node, schema: &Map<String, Value>) -> Option<String> {
    if matches!(node, Node::Float(value) if !value.is_finite()) {
        return Some("a finite number".to_owned());
    }
    let bounds = [
        ("minimum", "at least", [Ordering::Less].as_slice()),
        ("maximum", "at most", &[Ordering::Greater]),
        (
            "exclusiveMinimum",
            "more than",
            &[Ordering::Less, Ordering::Equal],
        ),
        (
            "exclusiveMaximum",
            "less than",
            &[Ordering::Greater, Ordering::Equal],
        ),
    ];
    for (keyword, words, outside) in bounds {
        let bound = schema.get(keyword);
        if let Some(bound) =
            bound.filter(|bound| compare(node, bound).is_some_and(|order| outside.contains(&order)))
        {
            return Some(format!("{words} {bound}"));
        }
    }
    let (min, max) = integer_range(schema.get("format")?.as_str()?)?;
    match node {
        Node::Int(value) if *value < min => Some(format!("at least {min}")),
        Node::Int(value) if *value > max => Some(format!("at most {max}")),
        _ => None,
    }
}

/// How `node` compares with the number `bound`.
fn compare(node: &Node, bound: &Value) -> Option<Ordering> {
    let Value::Number(bound) = bound else {
        return None;
    };
    match (node, bound.as_i128()) {
        (Node::Int(value), Some(bound)) => Some(value.cmp(&bound)),
        (Node::Int(value), None) => (*value as f64).partial_cmp(&bound.as_f64()?),
        (Node::Float(value), _) => value.partial_cmp(&bound.as_f64()?),
        _ => None,
    }
}

/// The range of the Rust integer that `schemars` calls `format`.
fn integer_range(format: &str) -> Option<(i128, i128)> {
    let range = |min: i128, max: i128| Some((min, max));
    match format {
        "int8" => range(i8::MIN.into(), i8::MAX.into()),
        "int16" => range(i16::MIN.into(), i16::MAX.into()),
        "int32" => range(i32::MIN.into(), i32::MAX.into()),
        "int64" | "int" => range(i64::MIN.into(), i64::MAX.into()),
        "uint8" => range(0, u8::MAX.into()),
        "uint16" => range(0, u16::MAX.into()),
        "uint32" => range(0, u32::MAX.into()),
        "uint64" | "uint" => range(0, u64::MAX.into()),
        _ => None,
    }
}
