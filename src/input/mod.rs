//! Floor 7: text to scenario.
//!
//! Knows: files, YAML, JSON Schema, and how to tell users of their mistakes. Must not know: how a run goes, or how a
//! terminal is coloured. Only `cli` imports it.
//!
//! The way of a text: [`Sources::load`] reads it within bounds, [`parse()`] makes a [`Tree`] whose every node has its
//! [`Place`], [`set_path`] overrides values in it, [`check`](fn@check) compares it with a schema, and when
//! [`Diagnostics::has_errors`] says no, [`lower`](fn@lower) deserialises it. Each step adds what it finds to
//! the same [`Diagnostics`], so that a user sees all mistakes at once.

pub mod compose;
mod cursor;
mod diagnostic;
mod ends;
pub mod fleet;
mod keys;
mod lower;
mod manifests;
mod nearest;
pub mod packing;
mod parse;
pub mod price_file;
mod read_before;
mod render;
mod scalar;
pub mod scenario_file;
mod schema;
mod schema_check;
pub mod set_path;
mod source;
mod syntax;
#[cfg(test)]
mod tests;
pub mod trace;
mod tree;

pub use cursor::Cursor;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use lower::lower;
pub use nearest::{list_names, nearest, unknown_name};
pub use parse::{parse, parse_documents};
pub use schema_check::check;
pub use source::{Limits, Place, Position, SourceId, Sources, read_bounded};
pub use tree::{Entry, Node, Tree};
