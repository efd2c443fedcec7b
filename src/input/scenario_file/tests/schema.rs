//! The schema itself: complete, resolvable, documented.

use super::super::schema;
use crate::policy::catalog::Catalog;
use serde_json::Value;

fn walk<'s>(schema: &'s Value, path: &str, visit: &mut impl FnMut(&str, &'s Value)) {
    visit(path, schema);
    match schema {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| walk(value, &format!("{path}/{key}"), visit)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| walk(value, &format!("{path}/{index}"), visit)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let schema = schema(&Catalog::standard());
    let mut count = 0;
    walk(&schema, "", &mut |path, value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            count += 1;
            let found = reference
                .strip_prefix('#')
                .and_then(|pointer| schema.pointer(pointer));
            assert!(found.is_some(), "{path} refers to {reference}");
        }
    });
    assert!(count > 100, "{count}");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["title"], "Tonnage scenario");
}

/// A field that nobody explains is a field that everybody asks about; an open map hides slips of the pen.
#[test]
fn every_field_is_explained_and_every_map_is_closed() {
    let schema = schema(&Catalog::standard());
    let mut silent = Vec::new();
    let mut open = Vec::new();
    walk(&schema, "", &mut |path, value| {
        let Some(properties) = value.get("properties").and_then(Value::as_object) else {
            return;
        };
        if path.ends_with("/properties") || path.contains("/default") || path.contains("/examples") {
            return;
        }
        if value.get("additionalProperties").is_none() && value.get("unevaluatedProperties").is_none() {
            open.push(path.to_owned());
        }
        for (name, property) in properties {
            let referred = property.get("$ref").and_then(Value::as_str);
            let referred = referred.and_then(|reference| schema.pointer(&reference[1..]));
            let explained = |schema: &Value| schema.get("description").is_some();
            if !explained(property) && !referred.is_some_and(explained) && !explained(value) {
                silent.push(format!("{path}/{name}"));
            }
        }
    });
    assert_eq!(silent, [""; 0]);
    assert_eq!(open, [""; 0]);
}

/// What editors show as the default must be what happens.
#[test]
fn defaults_and_policies_are_in_the_schema() {
    let schema = schema(&Catalog::standard());
    let at = |pointer: &str| schema.pointer(pointer).unwrap_or(&Value::Null).clone();
    assert_eq!(at("/properties/start/default"), "2026-01-05T00:00:00Z");
    assert_eq!(at("/properties/seed/default"), 1);
    assert_eq!(at("/$defs/Serving/properties/termination_grace/default"), "30s");
    assert_eq!(at("/$defs/Policies/properties/placement/default"), "best_fit");
    assert_eq!(at("/$defs/Images/properties/bandwidth/default"), "100M/s");
    let catalog = Catalog::standard();
    let variants = at("/$defs/PodScalingPolicy/oneOf");
    for entry in &catalog.pod_scaling {
        let named = variants
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["properties"].get(entry.name).is_some());
        assert!(named, "{}", entry.name);
    }
}
