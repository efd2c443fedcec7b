//! The JSON Schema of the scenario file: what is checked, printed by `tonnage schema`, and read by editors.
//!
//! Knows: how the catalog's policies enter the schema. Must not know: documents.

use super::raw::ScenarioFile;
use crate::input::schema::NOUN;
use crate::policy::catalog::{Catalog, Entry};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// What a scenario need not say if its manifests do: a definition, or nothing for the file itself, and a field.
const OF_MANIFESTS: [(&str, &str); 6] = [
    ("BatchJob", "containers"),
    ("", "workloads"),
    ("Cluster", "pools"),
    ("Pool", "nodes"),
    ("Pool", "shape"),
    ("Serving", "containers"),
];

/// The schema (draft 2020-12) of a scenario file whose policies are those of `catalog`. What manifests may say need not
/// be there.
#[must_use]
pub fn schema(catalog: &Catalog) -> Value {
    let mut root = of_whole(catalog);
    for (definition, field) in OF_MANIFESTS {
        let pointer = match definition {
            "" => "/required".to_owned(),
            definition => format!("/$defs/{definition}/required"),
        };
        if let Some(required) = root.pointer_mut(&pointer).and_then(Value::as_array_mut) {
            required.retain(|name| name != field);
        }
    }
    root
}

/// The schema of a scenario with everything that its manifests say.
pub(super) fn of_whole(catalog: &Catalog) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let questions = [
        (
            "placement",
            "PlacementPolicy",
            variants(&catalog.placement, &mut generator),
        ),
        (
            "routing",
            "RoutingPolicy",
            variants(&catalog.routing, &mut generator),
        ),
        (
            "pod_scaling",
            "PodScalingPolicy",
            variants(&catalog.pod_scaling, &mut generator),
        ),
        (
            "pod_sizing",
            "PodSizingPolicy",
            variants(&catalog.pod_sizing, &mut generator),
        ),
        (
            "node_scaling",
            "NodeScalingPolicy",
            variants(&catalog.node_scaling, &mut generator),
        ),
    ];
    let mut root = generator.root_schema_for::<ScenarioFile>().to_value();
    let properties = "/$defs/Policies/properties";
    for (question, definition, variants) in questions {
        let reference = json!({ "$ref": format!("#/$defs/{definition}") });
        if let Some(definitions) = root.pointer_mut("/$defs").and_then(Value::as_object_mut) {
            definitions.insert(
                definition.to_owned(),
                json!({ "oneOf": variants, NOUN: "policy" }),
            );
        }
        let property = root.pointer_mut(&format!("{properties}/{question}"));
        let Some(property) = property.and_then(Value::as_object_mut) else {
            continue;
        };
        if matches!(question, "routing" | "pod_scaling" | "pod_sizing") {
            property.insert("additionalProperties".to_owned(), reference);
        } else {
            property.extend(reference.as_object().cloned().unwrap_or_default());
            property.insert("default".to_owned(), default_policy(question).into());
        }
    }
    root
}

/// The name of the policy that answers `question` in a scenario that names none.
pub(super) fn default_policy(question: &str) -> &'static str {
    match question {
        "placement" => "best_fit",
        "routing" => "least_request",
        _ => "static",
    }
}

/// The ways to write each policy of a question: a map of its parameters and, where `{}` would do, its name alone.
fn variants<T>(entries: &[Entry<T>], generator: &mut SchemaGenerator) -> Vec<Value> {
    let mut variants = Vec::new();
    for entry in entries {
        let parameters = (entry.schema)(generator).to_value();
        let alone = (entry.build)(Value::Null).is_ok();
        // Behind `allOf`, parameters that `{}` does not make are not offered as `{}`.
        let parameters = if alone {
            parameters
        } else {
            json!({ "allOf": [parameters] })
        };
        variants.push(json!({
            "type": "object",
            "description": entry.summary,
            "properties": { entry.name: parameters },
            "required": [entry.name],
            "additionalProperties": false,
        }));
        if alone {
            variants.push(json!({ "const": entry.name, "description": entry.summary }));
        }
    }
    variants
}
