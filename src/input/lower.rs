//! A checked document to the Rust type that its schema describes.
//!
//! Knows: serde. Must not know: any field. What serde still refuses (a rule that no schema can say) is reported at the
//! document's start.

use super::{Diagnostic, Diagnostics, Tree};
use serde::de::DeserializeOwned;

/// Deserialises `tree`, but only when `diagnostics` has no errors.
pub fn lower<T: DeserializeOwned>(tree: &Tree, diagnostics: &mut Diagnostics) -> Option<T> {
    if diagnostics.has_errors() {
        return None;
    }
    match serde_json::from_value(tree.to_json()) {
        Ok(value) => Some(value),
        Err(error) => {
            diagnostics.push(Diagnostic::error(tree.place, error.to_string()));
            None
        }
    }
}
