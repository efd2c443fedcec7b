//! Which fields Kubernetes' objects have: those that are read, and those that are known and ignored.
//!
//! Knows: the notation of the tables, and the schema that follows. Must not know: what becomes of an object.
//!
//! A table names definitions, `Name:` and its fields. `field:type` is read, `!field:type` must be there, `-field` is
//! known and ignored, `-field:Type` too, but the names below it are checked. A type is a definition of the tables,
//! `@Type` one of the scenario file's own or a policy's, `[type]` a list of it, or a plain one: see [`plain`].
//! `...Name` takes over another definition's fields.

mod autoscaling;
mod cluster;
mod pods;
mod workloads;

use crate::input::scenario_file::raw::{
    batch, cluster as raw_cluster, daemon_set, deployment, namespaces, placement_rules, stateful_set,
    volumes, workload,
};
use crate::model::units::{Duration, MetricQuantity};
use crate::policy::node_scaling::karpenter::spec::{DisruptionSpec, OrNever, RequirementSpec};
use crate::policy::pod_scaling::hpa::HpaSpec;
use crate::policy::pod_scaling::keda::{ScaleTrigger, ScaledObject, ScalingStrategy};
use crate::policy::pod_scaling::vpa::VpaSpec;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The keyword that marks what is known and ignored; validators pass it over.
pub(super) const IGNORED: &str = "x-ignored";

/// The tables.
const TABLES: [&str; 4] = [pods::TABLE, workloads::TABLE, autoscaling::TABLE, cluster::TABLE];

/// Fields of Kubernetes' types that the scenario's types of the same names do not have: they are known and ignored.
const IGNORED_BELOW: [(&str, &str); 3] = [
    ("Taint", "timeAdded"),
    ("VpaSpec", "recommenders"),
    ("VpaSpec", "startupBoost"),
];

/// Fields of the policies' types that are no part of Kubernetes' specs.
const FOREIGN: [(&str, &str); 4] = [
    ("HpaSpec", "controller"),
    ("ScaledObject", "annotations"),
    ("VpaSpec", "recommender"),
    ("VpaSpec", "updater"),
];

/// The schema of every kind of object, each below `#/$defs/k8s.<kind>`.
#[derive(Debug)]
pub(super) struct Fields {
    root: Value,
}

impl Fields {
    pub(super) fn new() -> Self {
        let mut generator = SchemaSettings::draft2020_12().into_generator();
        let own = own_types(&mut generator);
        let mut definitions = generator.take_definitions(true);
        for (name, field) in IGNORED_BELOW {
            if let Some(properties) = properties(&mut definitions, name) {
                properties.insert(field.to_owned(), json!({ IGNORED: true }));
            }
        }
        for (name, field) in FOREIGN {
            if let Some(properties) = properties(&mut definitions, name) {
                properties.remove(field);
            }
        }
        let tables: BTreeMap<&str, Vec<&str>> = TABLES.iter().flat_map(|table| read(table)).collect();
        for name in tables.keys() {
            definitions.insert(key(name), object(name, &tables, &own));
        }
        Self {
            root: json!({ "$defs": definitions }),
        }
    }

    /// The schema of objects of the definition `name`.
    pub(super) fn schema(&self, name: &str) -> Value {
        json!({ "$ref": format!("#/$defs/{}", key(name)), "$defs": self.root["$defs"] })
    }
}

/// The schema of the definition `name` of `tables` that use no types but their own and plain ones.
pub(in crate::input) fn schema_of(name: &str, tables: &BTreeMap<&str, Vec<&str>>) -> Value {
    let own = BTreeMap::new();
    let definitions: Map<String, Value> = tables
        .keys()
        .map(|name| (key(name), object(name, tables, &own)))
        .collect();
    json!({ "$ref": format!("#/$defs/{}", key(name)), "$defs": definitions })
}

fn key(name: &str) -> String {
    format!("k8s.{name}")
}

fn properties<'d>(definitions: &'d mut Map<String, Value>, name: &str) -> Option<&'d mut Map<String, Value>> {
    definitions.get_mut(name)?.get_mut("properties")?.as_object_mut()
}

/// References to the types that stand behind `@`.
fn own_types(generator: &mut SchemaGenerator) -> BTreeMap<&'static str, Value> {
    let mut own = BTreeMap::new();
    macro_rules! types {
        ($($name:literal => $type:ty),* $(,)?) => {
            $(own.insert($name, generator.subschema_for::<$type>().to_value());)*
        };
    }
    types! {
        "AccessMode" => volumes::AccessMode,
        "Affinity" => placement_rules::Affinity,
        "Amounts" => raw_cluster::Amounts,
        "CompletionMode" => batch::CompletionMode,
        "ConcurrencyPolicy" => batch::ConcurrencyPolicy,
        "PodFailurePolicy" => batch::PodFailurePolicy,
        "PodReplacementPolicy" => batch::PodReplacementPolicy,
        "RestartPolicy" => batch::RestartPolicy,
        "BindingMode" => volumes::BindingMode,
        "Disruption" => DisruptionSpec,
        "Duration" => Duration,
        "CountOrShare" => placement_rules::CountOrShare,
        "EmptyDir" => volumes::EmptyDir,
        "HostPath" => volumes::HostPath,
        "HpaSpec" => HpaSpec,
        "LabelSelector" => placement_rules::LabelSelector,
        "LimitRangeItem" => namespaces::LimitRangeItem,
        "NodeRequirement" => RequirementSpec,
        "OrNever" => OrNever,
        "Port" => placement_rules::Port,
        "PreemptionPolicy" => placement_rules::PreemptionPolicy,
        "Quantity" => MetricQuantity,
        "RollingBounds" => deployment::RollingUpdate,
        "StatefulBounds" => stateful_set::StatefulBounds,
        "DaemonBounds" => daemon_set::DaemonBounds,
        "ScaleTrigger" => ScaleTrigger,
        "ScaledObject" => ScaledObject,
        "ScalingStrategy" => ScalingStrategy,
        "SchedulingGate" => placement_rules::SchedulingGate,
        "Scope" => namespaces::Scope,
        "ScopeSelector" => namespaces::ScopeSelector,
        "SpreadConstraint" => placement_rules::SpreadConstraint,
        "StorageRequest" => volumes::StorageRequest,
        "Taint" => raw_cluster::Taint,
        "Toleration" => workload::Toleration,
        "TopologyTerm" => volumes::TopologyTerm,
        "VpaSpec" => VpaSpec,
    }
    own
}

/// The definitions of a table, each with its fields.
pub(in crate::input) fn read(table: &str) -> Vec<(&str, Vec<&str>)> {
    let mut definitions: Vec<(&str, Vec<&str>)> = Vec::new();
    for word in table.split_whitespace() {
        match word.strip_suffix(':') {
            Some(name) => definitions.push((name, Vec::new())),
            None => {
                if let Some((_, fields)) = definitions.last_mut() {
                    fields.push(word);
                }
            }
        }
    }
    definitions
}

/// The schema of the definition `name`.
fn object(name: &str, tables: &BTreeMap<&str, Vec<&str>>, own: &BTreeMap<&'static str, Value>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    fields(name, tables, own, &mut properties, &mut required);
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Adds the fields of the definition `name`; of two with one name the first counts.
fn fields<'t>(
    name: &str,
    tables: &BTreeMap<&'t str, Vec<&'t str>>,
    own: &BTreeMap<&'static str, Value>,
    properties: &mut Map<String, Value>,
    required: &mut Vec<&'t str>,
) {
    let words = tables.get(name).map(Vec::as_slice).unwrap_or_default();
    let (others, words): (Vec<_>, Vec<_>) = words.iter().copied().partition(|word| word.starts_with("..."));
    for word in words {
        let (ignored, word) = match word.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, word),
        };
        let (needed, word) = match word.strip_prefix('!') {
            Some(word) => (true, word),
            None => (false, word),
        };
        let (field, schema) = match word.split_once(':') {
            Some((field, kind)) => (field, type_of(kind, own)),
            None => (word, json!({})),
        };
        if properties.contains_key(field) {
            continue;
        }
        let mut schema = schema;
        if let (true, Some(map)) = (ignored, schema.as_object_mut()) {
            map.insert(IGNORED.to_owned(), true.into());
        }
        properties.insert(field.to_owned(), schema);
        if needed {
            required.push(field);
        }
    }
    for other in others {
        fields(other.trim_start_matches("..."), tables, own, properties, required);
    }
}

fn type_of(kind: &str, own: &BTreeMap<&'static str, Value>) -> Value {
    if let Some(item) = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) {
        return json!({ "type": "array", "items": type_of(item, own) });
    }
    if let Some(name) = kind.strip_prefix('@') {
        return own.get(name).cloned().unwrap_or_default();
    }
    plain(kind, own).unwrap_or_else(|| json!({ "$ref": format!("#/$defs/{}", key(kind)) }))
}

/// The plain types.
fn plain(kind: &str, own: &BTreeMap<&'static str, Value>) -> Option<Value> {
    Some(match kind {
        "text" => json!({ "type": "string" }),
        "any" => json!({}),
        "one" => json!({ "type": "integer", "minimum": 1, "maximum": 1 }),
        "bool" => json!({ "type": "boolean" }),
        "int32" => json!({ "type": "integer", "format": "int32" }),
        "count" => json!({ "type": "integer", "format": "uint32", "minimum": 0 }),
        "texts" => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        "quantities" => {
            json!({ "type": "object", "additionalProperties": own.get("Quantity").cloned().unwrap_or_default() })
        }
        _ => return None,
    })
}
