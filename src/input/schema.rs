//! Reading a JSON Schema as `schemars` writes it.
//!
//! Knows: references, options, and how Rust enums look in a schema. Must not know: documents, or how mistakes are told.

use serde_json::{Map, Value};

/// References that lead only to references end here.
const HOPS: usize = 32;

/// The keyword by which a schema says what its variants are called; validators pass it over.
pub(super) const NOUN: &str = "x-noun";

/// What the variants of a schema that does not say so are called.
pub(super) const ANY_NOUN: &str = "value";

/// The schema that everything satisfies.
static ANYTHING: Value = Value::Bool(true);

/// One variant of an enum: its name and, unless it is a bare word, the schema of what it holds.
#[derive(Clone, Copy)]
pub(super) struct Variant<'s> {
    pub(super) name: &'s str,
    pub(super) payload: Option<&'s Value>,
}

/// What a schema says, in the terms of this program.
pub(super) enum Shape<'s> {
    /// Everything is valid.
    Any,
    /// An externally tagged enum: a bare word, or a map of one key.
    Variants(Vec<Variant<'s>>),
    /// One of several shapes.
    Union(Vec<&'s Value>),
    /// Keywords that apply together.
    Plain(&'s Map<String, Value>),
}

/// A schema with what its references name.
#[derive(Clone, Copy)]
pub(super) struct Schema<'s> {
    root: &'s Value,
}

impl<'s> Schema<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        Self { root }
    }

    /// The shape of `schema`, and whether `null` is also valid.
    pub(super) fn shape(self, schema: &'s Value) -> (Shape<'s>, bool) {
        let mut nullable = false;
        let mut schema = schema;
        for _ in 0..HOPS {
            schema = self.resolve(schema);
            let Value::Object(map) = schema else {
                return (Shape::Any, nullable);
            };
            nullable |= types(map).contains(&"null");
            let Some(branches) = map
                .get("oneOf")
                .or_else(|| map.get("anyOf"))
                .and_then(Value::as_array)
            else {
                return (self.single(map), nullable);
            };
            let (null, others): (Vec<_>, Vec<_>) = branches
                .iter()
                .map(|branch| self.resolve(branch))
                .partition(|branch| is_null(branch));
            nullable |= !null.is_empty();
            if let &[only] = others.as_slice() {
                schema = only;
                continue;
            }
            let variants: Option<Vec<_>> = others.iter().map(|branch| self.variants(branch)).collect();
            return match variants {
                Some(variants) => (Shape::Variants(variants.concat()), nullable),
                None => (Shape::Union(others), nullable),
            };
        }
        (Shape::Any, nullable)
    }

    /// The shape of a schema without branches.
    fn single(self, map: &'s Map<String, Value>) -> Shape<'s> {
        if map.is_empty() {
            return Shape::Any;
        }
        match words(map).or_else(|| tagged(map)) {
            Some(variants) => Shape::Variants(variants),
            None => Shape::Plain(map),
        }
    }

    /// The variants that one branch of a `oneOf` stands for, if that is what it does.
    fn variants(self, branch: &'s Value) -> Option<Vec<Variant<'s>>> {
        let map = branch.as_object()?;
        if let Some(found) = words(map).or_else(|| tagged(map)) {
            return Some(found);
        }
        let properties = map.get("properties")?.as_object()?;
        let (name, payload) = properties.iter().next().filter(|_| properties.len() == 1)?;
        let required = strings(map, "required").eq([name.as_str()]);
        (required && is_closed(map)).then(|| {
            vec![Variant {
                name,
                payload: Some(payload),
            }]
        })
    }

    /// What a variant of `schema` is called.
    pub(super) fn noun(self, schema: &'s Value) -> &'s str {
        let noun = self.resolve(schema).get(NOUN).and_then(Value::as_str);
        noun.unwrap_or(ANY_NOUN)
    }

    /// `schema`, or what it refers to.
    pub(super) fn resolve(self, schema: &'s Value) -> &'s Value {
        let mut schema = schema;
        for _ in 0..HOPS {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
                return schema;
            };
            let pointer = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer));
            schema = pointer.unwrap_or(&Value::Null);
        }
        &Value::Null
    }

    /// The kinds of value that `schema` may accept, in JSON Schema's words; empty for all.
    pub(super) fn kinds(self, schema: &'s Value) -> Vec<&'s str> {
        let (shape, nullable) = self.shape(schema);
        let mut kinds = match shape {
            Shape::Any => return Vec::new(),
            Shape::Plain(map) => types(map),
            Shape::Union(branches) => {
                let all: Vec<_> = branches.iter().map(|branch| self.kinds(branch)).collect();
                if all.iter().any(Vec::is_empty) {
                    Vec::new()
                } else {
                    all.concat()
                }
            }
            Shape::Variants(variants) => {
                let word = variants
                    .iter()
                    .any(|variant| variant.payload.is_none())
                    .then_some("string");
                let map = variants
                    .iter()
                    .any(|variant| variant.payload.is_some())
                    .then_some("object");
                word.into_iter().chain(map).collect()
            }
        };
        if nullable && !kinds.is_empty() && !kinds.contains(&"null") {
            kinds.push("null");
        }
        kinds
    }

    /// The schema of what stands at `key` of a map, or at any place in a list, of `schema`; nothing if nothing may.
    pub(super) fn below(self, schema: &'s Value, key: &str) -> Option<&'s Value> {
        match self.shape(schema).0 {
            Shape::Any => Some(&ANYTHING),
            Shape::Variants(variants) => variants
                .iter()
                .filter(|variant| variant.name == key)
                .find_map(|variant| variant.payload),
            Shape::Union(branches) => branches.into_iter().find_map(|branch| self.below(branch, key)),
            Shape::Plain(map) => {
                let parts = list(map, "allOf").iter();
                let named = map.get("properties").and_then(|properties| properties.get(key));
                let patterns = map.get("patternProperties").and_then(Value::as_object);
                let other = || match map.get("additionalProperties").or(map.get("items")) {
                    Some(Value::Bool(false)) => None,
                    None => types(map).contains(&"object").then_some(&ANYTHING),
                    found => found,
                };
                named
                    .or_else(|| parts.into_iter().find_map(|part| self.below(part, key)))
                    .or_else(|| patterns?.values().next())
                    .or_else(other)
            }
        }
    }

    /// The keys that a map of `schema` may have, as far as they have names.
    pub(super) fn keys(self, schema: &'s Value) -> Vec<&'s str> {
        match self.shape(schema).0 {
            Shape::Any => Vec::new(),
            Shape::Variants(variants) => {
                let maps = variants.iter().filter(|variant| variant.payload.is_some());
                maps.map(|variant| variant.name).collect()
            }
            Shape::Union(branches) => branches.iter().flat_map(|branch| self.keys(branch)).collect(),
            Shape::Plain(map) => {
                let named = map.get("properties").and_then(Value::as_object);
                let named = named.into_iter().flat_map(Map::keys).map(String::as_str);
                let parts = list(map, "allOf").iter().flat_map(|part| self.keys(part));
                named.chain(parts).collect()
            }
        }
    }

    /// Whether `{}` would satisfy `schema`.
    pub(super) fn takes_empty_map(self, schema: &'s Value) -> bool {
        match self.shape(schema).0 {
            Shape::Any => true,
            Shape::Plain(map) => {
                types(map).contains(&"object")
                    && strings(map, "required").next().is_none()
                    && !map.contains_key("minProperties")
            }
            Shape::Variants(_) | Shape::Union(_) => false,
        }
    }
}

/// The kinds of value that a schema names.
pub(super) fn types(map: &Map<String, Value>) -> Vec<&str> {
    match map.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if map.contains_key("properties") => vec!["object"],
        _ => Vec::new(),
    }
}

/// The texts in the list `keyword`.
pub(super) fn strings<'s>(map: &'s Map<String, Value>, keyword: &str) -> impl Iterator<Item = &'s str> {
    list(map, keyword).iter().filter_map(Value::as_str)
}

/// The list `keyword`; empty without it.
fn list<'s>(map: &'s Map<String, Value>, keyword: &str) -> &'s [Value] {
    map.get(keyword)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Whether only the named properties are valid.
fn is_closed(map: &Map<String, Value>) -> bool {
    map.get("additionalProperties") == Some(&Value::Bool(false))
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// The bare words that a `const` or an `enum` of texts allows.
fn words(map: &Map<String, Value>) -> Option<Vec<Variant<'_>>> {
    let word = |value| Value::as_str(value).map(|name| Variant { name, payload: None });
    match (map.get("const"), map.get("enum")) {
        (Some(value), _) => Some(vec![word(value)?]),
        (_, Some(Value::Array(values))) => values.iter().map(word).collect(),
        _ => None,
    }
}

/// The variants of a closed map that must have exactly one property.
fn tagged(map: &Map<String, Value>) -> Option<Vec<Variant<'_>>> {
    let one = |keyword| map.get(keyword).and_then(Value::as_u64) == Some(1);
    let properties = map.get("properties")?.as_object()?;
    let exactly_one = one("minProperties") && one("maxProperties") && is_closed(map);
    let variant = |(name, payload)| Variant {
        name: String::as_str(name),
        payload: Some(payload),
    };
    exactly_one.then(|| properties.iter().map(variant).collect())
}
