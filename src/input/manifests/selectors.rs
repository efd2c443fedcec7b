//! Which pods a selector finds.
//!
//! Knows: labels and selectors as they are written. Must not know: who selects.

use super::object::Object;
use crate::input::scenario_file::raw::placement_rules as raw;
use crate::input::{Cursor, Diagnostic, Diagnostics};
use crate::model::labels::Labels;
use crate::model::placement_rules::{LabelSelector, Operator, Requirement};

/// The labels that are written at `cursor`.
pub(super) fn labels(cursor: Cursor<'_>) -> Labels {
    cursor
        .entries()
        .filter_map(|(key, value)| Some((key.to_owned(), value.text()?.to_owned())))
        .collect()
}

/// The selector that is written at `cursor`; nothing if it cannot be read, which the check of fields has said.
pub(super) fn selector(cursor: Cursor<'_>) -> Option<LabelSelector> {
    let raw: raw::LabelSelector = serde_json::from_value(cursor.tree()?.to_json()).ok()?;
    let expressions = raw.match_expressions.into_iter();
    Some(LabelSelector {
        match_labels: raw.match_labels,
        match_expressions: expressions
            .map(|one| Requirement {
                key: one.key,
                operator: match one.operator {
                    raw::LabelOperator::In => Operator::In,
                    raw::LabelOperator::NotIn => Operator::NotIn,
                    raw::LabelOperator::Exists => Operator::Exists,
                    raw::LabelOperator::DoesNotExist => Operator::DoesNotExist,
                },
                values: one.values,
            })
            .collect(),
    })
}

/// Reports an object whose selector does not find its own pods, which the API server refuses.
pub(super) fn finds_own_pods(object: &Object, diagnostics: &mut Diagnostics) {
    let written = object.at("spec").at("selector");
    let (metadata, _) = object.template();
    // That of a Job is made for it, and so is the label that it looks at.
    if !object.kind.is_batch()
        && let Some(selector) = selector(written)
        && !selector.matches(&labels(metadata.at("labels")))
    {
        let error = Diagnostic::error(
            written.key_place(),
            format!("the selector of {} does not find its own pods", object.title()),
        );
        let template = metadata.at("labels");
        diagnostics.push(match template.exists() {
            true => error.related(template.key_place(), "their labels are here"),
            false => error.help("the pods have no labels"),
        });
    }
}
