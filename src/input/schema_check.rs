//! A document against its schema: all mistakes in one go, each at its place.
//!
//! Knows: what each keyword of a schema demands of a tree, and how to say what is wrong. Must not know: any field of a
//! scenario, or how a unit is written (the formats say that).
//!
//! Keywords that `schemars` does not write for this program's types (`not`, `pattern`, …) are not checked.

mod number;
mod words;

use super::nearest::{list_names, nearest};
use super::schema::{ANY_NOUN, Schema, Shape, Variant, strings, types};
use super::{Diagnostic, Diagnostics, Entry, Node, Place, Tree};
use crate::model::units::{FormatCheck, quoted};
use serde_json::{Map, Value};
use words::accepts;
pub(super) use words::expected;

/// Adds to `diagnostics` everything in `tree` that `schema` does not allow. `formats` checks the `format`s it names.
pub fn check(tree: &Tree, schema: &Value, formats: &[(&str, FormatCheck)], diagnostics: &mut Diagnostics) {
    let mut checker = Checker {
        schema: Schema::new(schema),
        formats,
        diagnostics,
        path: Vec::new(),
    };
    checker.node(tree, schema, head(tree));
}

/// Where a message about the whole of `tree` points when it has no key: to its first key.
fn head(tree: &Tree) -> Place {
    tree.entries().first().map_or(tree.place, |entry| entry.key_place)
}

/// The names of `variants`; one that may stand alone or with settings is named once.
fn names<'s>(variants: &[Variant<'s>]) -> impl Iterator<Item = &'s str> {
    let earlier = |index: usize| variants[..index].iter().map(|variant| variant.name);
    let all = variants.iter().map(|variant| variant.name).enumerate();
    let first: Vec<_> = all
        .filter(|(index, name)| !earlier(*index).any(|other| other == *name))
        .collect();
    first.into_iter().map(|(_, name)| name)
}

struct Checker<'s, 'd> {
    schema: Schema<'s>,
    formats: &'s [(&'s str, FormatCheck)],
    diagnostics: &'d mut Diagnostics,
    path: Vec<String>,
}

impl<'s> Checker<'s, '_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic.path(self.path.join(".")));
    }

    /// Checks what is at `segment` below here.
    fn below(&mut self, segment: impl Into<String>, tree: &Tree, schema: &'s Value, owner: Place) {
        self.path.push(segment.into());
        self.node(tree, schema, owner);
        self.path.pop();
    }

    /// Checks `tree`; what it lacks is reported at `owner`.
    fn node(&mut self, tree: &Tree, schema: &'s Value, owner: Place) {
        if self.diagnostics.is_full() {
            return;
        }
        let (shape, nullable) = self.schema.shape(schema);
        if nullable && tree.node == Node::Null {
            return;
        }
        match shape {
            Shape::Any => {}
            Shape::Variants(variants) => self.variants(tree, &variants, self.schema.noun(schema)),
            Shape::Union(branches) => self.union(tree, schema, &branches, owner),
            Shape::Plain(map) => self.plain(tree, schema, map, owner),
        }
    }

    fn wrong_type(&mut self, tree: &Tree, schema: &'s Value) {
        let kinds = self.schema.kinds(schema);
        let message = format!("expected {}, found {}", expected(&kinds), tree.describe());
        let error = Diagnostic::error(tree.place, message);
        let help = match &tree.node {
            Node::Bool(_) | Node::Int(_) | Node::Float(_) if kinds.contains(&"string") => {
                "put it in quotes to make it text"
            }
            Node::Null if self.schema.takes_empty_map(schema) => "write `{}` to take every default",
            Node::Float(value) if kinds.contains(&"integer") && value.fract() == 0.0 => {
                "write it without a point or an exponent"
            }
            Node::Map(_) | Node::String { .. } if kinds == ["array"] => {
                "start each item with `- `, or write `[…]`"
            }
            Node::String { plain: false, .. } if kinds.contains(&"integer") || kinds.contains(&"number") => {
                "remove the quotes to make it a number"
            }
            _ => return self.push(error),
        };
        self.push(error.help(help));
    }

    fn plain(&mut self, tree: &Tree, schema: &'s Value, map: &'s Map<String, Value>, owner: Place) {
        for part in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.node(tree, part, owner);
        }
        let format = map.get("format").and_then(Value::as_str);
        if let Some((_, check)) = self.formats.iter().find(|(name, _)| Some(*name) == format) {
            return self.unit(tree, *check);
        }
        let kinds = types(map);
        if !kinds.is_empty() && !kinds.iter().any(|kind| accepts(kind, &tree.node)) {
            return self.wrong_type(tree, schema);
        }
        if let Some(values) = map.get("enum").and_then(Value::as_array)
            && !values.contains(&tree.to_json())
        {
            let all: Vec<_> = values.iter().map(Value::to_string).collect();
            let error = Diagnostic::error(tree.place, format!("{} is not valid here", tree.describe()));
            self.push(error.help(format!(
                "expected one of: {}",
                list_names(all.iter().map(String::as_str))
            )));
        }
        match &tree.node {
            Node::Map(entries) => self.object(entries, map, owner),
            Node::Seq(items) => self.array(tree, items, map),
            Node::Int(_) | Node::Float(_) => {
                if let Some(problem) = number::out_of_range(&tree.node, map) {
                    let error = Diagnostic::error(
                        tree.place,
                        format!("expected {problem}, found {}", tree.describe()),
                    );
                    self.push(error);
                }
            }
            Node::String { text, .. } => {
                self.count(tree.place, text.chars().count(), map, "Length", "character");
            }
            Node::Null | Node::Bool(_) => {}
        }
    }

    /// Checks a value in a unit's notation.
    fn unit(&mut self, tree: &Tree, check: FormatCheck) {
        let result = match &tree.node {
            // JSON has no such number, so the format is shown its text.
            Node::Float(value) if !value.is_finite() => check(&Value::String(value.to_string())),
            Node::Int(_) | Node::Float(_) | Node::String { .. } => check(&tree.to_json()),
            Node::Null | Node::Bool(_) | Node::Seq(_) | Node::Map(_) => {
                let error = check(&Value::Null).err();
                let expected = error.map_or("a unit", |error| error.expected);
                let message = format!("expected {expected}, found {}", tree.describe());
                return self.push(Diagnostic::error(tree.place, message));
            }
        };
        if let Err(error) = result {
            let diagnostic = Diagnostic::error(tree.place, error.problem);
            let help = format!("expected {}", error.expected);
            self.push(diagnostic.suggest(error.suggestion).help(help));
        }
    }

    fn object(&mut self, entries: &[Entry], map: &'s Map<String, Value>, owner: Place) {
        let properties = map.get("properties").and_then(Value::as_object);
        let patterns = map.get("patternProperties").and_then(Value::as_object);
        let additional = patterns
            .and_then(|patterns| patterns.values().next())
            .or(map.get("additionalProperties"));
        let names = || properties.into_iter().flat_map(Map::keys).map(String::as_str);
        let property = |name: &str| properties.and_then(|properties| properties.get(name));
        let mut meant = Vec::new();
        for entry in entries {
            if self.diagnostics.is_full() {
                return;
            }
            match (property(&entry.key), additional) {
                (Some(schema), _) => self.below(&entry.key, &entry.value, schema, entry.key_place),
                (None, Some(Value::Bool(false))) => {
                    let error =
                        Diagnostic::error(entry.key_place, format!("unknown field {}", quoted(&entry.key)));
                    let near = nearest(&entry.key, names());
                    meant.extend(near);
                    let help = if names().next().is_none() {
                        "no fields are expected here".to_owned()
                    } else {
                        format!("expected one of: {}", list_names(names()))
                    };
                    self.push(error.suggest(near).help(help));
                }
                (None, Some(schema)) => self.below(&entry.key, &entry.value, schema, entry.key_place),
                (None, None) => {}
            }
        }
        for name in strings(map, "required") {
            // A misspelt field is one mistake, not two.
            if meant.contains(&name) || entries.iter().any(|entry| entry.key == name) {
                continue;
            }
            let error = Diagnostic::error(owner, format!("missing field {}", quoted(name)));
            let error = match property(name).and_then(|schema| self.words(schema)) {
                Some(words) => error.help(format!("expected {words}")),
                None => error,
            };
            self.push(error);
        }
        self.count(owner, entries.len(), map, "Properties", "entry");
    }

    /// What a value of `schema` looks like, for the help about a missing one.
    fn words(&self, schema: &'s Value) -> Option<String> {
        let (shape, _) = self.schema.shape(schema);
        if let Shape::Variants(variants) = shape {
            return Some(format!("one of: {}", list_names(names(&variants))));
        }
        if let Shape::Plain(map) = shape {
            let format = map.get("format").and_then(Value::as_str);
            if let Some((_, check)) = self.formats.iter().find(|(name, _)| Some(*name) == format) {
                return check(&Value::Null).err().map(|error| error.expected.to_owned());
            }
        }
        let kinds = self.schema.kinds(schema);
        (!kinds.is_empty()).then(|| expected(&kinds))
    }

    fn array(&mut self, tree: &Tree, items: &[Tree], map: &'s Map<String, Value>) {
        let prefix = map
            .get("prefixItems")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            let Some(schema) = prefix.get(index).or(map.get("items")) else {
                break;
            };
            let segment = item.name().unwrap_or_else(|| index.to_string());
            self.below(segment, item, schema, head(item));
        }
        self.count(tree.place, items.len(), map, "Items", "item");
    }

    /// Checks how many `things` there are against `min{keyword}` and `max{keyword}`.
    fn count(&mut self, place: Place, count: usize, map: &'s Map<String, Value>, keyword: &str, thing: &str) {
        let bound = |side: &str| map.get(&format!("{side}{keyword}")).and_then(Value::as_u64);
        let count = count as u64;
        let (side, bound) = match (bound("min"), bound("max")) {
            (Some(min), _) if count < min => ("at least", min),
            (_, Some(max)) if count > max => ("at most", max),
            _ => return,
        };
        let things = |count: u64| match (count, thing) {
            (1, _) => format!("1 {thing}"),
            (_, "entry") => format!("{count} entries"),
            _ => format!("{count} {thing}s"),
        };
        let message = format!("expected {side} {}, found {}", things(bound), things(count));
        self.push(Diagnostic::error(place, message));
    }

    /// Checks a value that may have several shapes: the only shape of its kind, or else the one with the least errors.
    fn union(&mut self, tree: &Tree, schema: &'s Value, branches: &[&'s Value], owner: Place) {
        let fits = |branch: &&&'s Value| {
            let kinds = self.schema.kinds(branch);
            kinds.is_empty() || kinds.iter().any(|kind| accepts(kind, &tree.node))
        };
        let fitting: Vec<_> = branches.iter().filter(fits).copied().collect();
        match fitting.as_slice() {
            [] => return self.wrong_type(tree, schema),
            [only] => return self.node(tree, only, owner),
            _ => {}
        }
        let before = std::mem::take(self.diagnostics);
        let mut best: Option<Diagnostics> = None;
        for branch in fitting {
            self.node(tree, branch, owner);
            let found = std::mem::take(self.diagnostics);
            if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                best = Some(found);
            }
        }
        *self.diagnostics = before;
        self.diagnostics.append(best.unwrap_or_default());
    }

    /// Checks an enum: a bare word, or a map whose one key is the variant.
    fn variants(&mut self, tree: &Tree, variants: &[Variant<'s>], noun: &str) {
        let one_of = || format!("expected one of: {}", list_names(names(variants)));
        let unknown = |place, name: &str| {
            let error = Diagnostic::error(place, format!("unknown {noun} {}", quoted(name)));
            error.suggest(nearest(name, names(variants))).help(one_of())
        };
        match &tree.node {
            Node::String { text, .. } => {
                let mut found = variants.iter().filter(|variant| variant.name == text).peekable();
                let Some(first) = found.peek().copied() else {
                    return self.push(unknown(tree.place, text));
                };
                if found.all(|variant| variant.payload.is_some()) {
                    self.bare_word(tree.place, *first);
                }
            }
            Node::Map(entries) if !entries.is_empty() => {
                for entry in entries {
                    if self.diagnostics.is_full() {
                        return;
                    }
                    let mut found = variants
                        .iter()
                        .filter(|variant| variant.name == entry.key)
                        .peekable();
                    if found.peek().is_none() {
                        self.push(unknown(entry.key_place, &entry.key));
                    } else if let Some(payload) = found.find_map(|variant| variant.payload) {
                        self.below(&entry.key, &entry.value, payload, entry.key_place);
                    } else {
                        let message = format!("{} takes no settings", quoted(&entry.key));
                        let error = Diagnostic::error(entry.key_place, message);
                        self.push(error.help(format!("write {} alone", quoted(&entry.key))));
                    }
                }
                if let [first, second, ..] = entries.as_slice() {
                    let message = format!("{} names are given where one {noun} is expected", entries.len());
                    let error =
                        Diagnostic::error(second.key_place, message).label("remove this one or the other");
                    self.push(error.related(first.key_place, "the first is here"));
                }
            }
            _ => {
                let expected = match noun {
                    ANY_NOUN => "one of the names below".to_owned(),
                    noun => format!("a {noun}"),
                };
                let message = format!("expected {expected}, found {}", tree.describe());
                self.push(Diagnostic::error(tree.place, message).help(one_of()));
            }
        }
    }

    /// Reports a variant with settings that stands without them.
    fn bare_word(&mut self, place: Place, variant: Variant<'s>) {
        let name = variant.name;
        let error = Diagnostic::error(place, format!("{} needs settings", quoted(name)));
        self.push(match variant.payload {
            Some(payload) if self.schema.takes_empty_map(payload) => {
                error.suggest(Some(format!("{{{name}: {{}}}}")))
            }
            _ => error.help(format!("write its settings below `{name}:`")),
        });
    }
}
