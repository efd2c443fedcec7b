//! What objects say that is known and not modelled: listed, never passed over in silence.
//!
//! Knows: the marks of a schema, and how the list is worded. Must not know: any field.

use super::fields::IGNORED;
use super::pods::is_not_modelled;
use crate::input::schema::Schema;
use crate::input::{Diagnostic, Node, Place, SourceId, Tree};
use crate::model::units::quoted;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most paths that are listed of one kind in one file; there are hardly more.
const PATHS_MAX: usize = 200;

/// The most sentences of one kind in one file; more are counted.
const SENTENCES_MAX: usize = 20;

/// What is ignored of one kind in one file.
#[derive(Debug, Default)]
struct OfKind {
    paths: BTreeSet<String>,
    wholes: u32,
    owned: u32,
    sentences: Vec<String>,
}

/// What is ignored, by file and kind.
#[derive(Debug, Default)]
pub(in crate::input) struct Ignored {
    all: BTreeMap<(usize, String), OfKind>,
}

impl Ignored {
    fn of(&mut self, object: (usize, &str)) -> &mut OfKind {
        self.all.entry((object.0, object.1.to_owned())).or_default()
    }

    /// Of an object of this file and kind these paths are ignored.
    pub(in crate::input) fn add(&mut self, object: (usize, &str), paths: BTreeSet<String>) {
        if !paths.is_empty() {
            self.of(object).paths.extend(paths);
        }
    }

    /// An object is ignored as a whole.
    pub(super) fn whole(&mut self, object: (usize, &str)) {
        self.of(object).wholes += 1;
    }

    /// An object is what its owner, also given, has made: it is not counted again.
    pub(super) fn owned(&mut self, object: (usize, &str)) {
        self.of(object).owned += 1;
    }

    /// Something else is ignored, for a reason.
    pub(in crate::input) fn because(&mut self, object: (usize, &str), sentence: String) {
        self.of(object).sentences.push(sentence);
    }

    /// What is ignored of `file`, a line each: "Deployment: spec.strategy, status".
    fn lines(&self, file: usize) -> Vec<String> {
        let of_file = self.all.iter().filter(|((of, _), _)| *of == file);
        let mut lines = Vec::new();
        for ((_, kind), of_kind) in of_file {
            if !of_kind.paths.is_empty() {
                lines.push(format!("{kind}: {}", listed(of_kind)));
            }
            if of_kind.wholes > 0 {
                lines.push(format!("{kind}: {} as a whole", of_kind.wholes));
            }
            if of_kind.owned > 0 {
                let count = of_kind.owned;
                lines.push(format!("{kind}: {count} made by an owner that is given too"));
            }
            let mut sentences = of_kind.sentences.iter();
            lines.extend(sentences.by_ref().take(SENTENCES_MAX).cloned());
            match sentences.count() {
                0 => {}
                more => lines.push(format!("{kind}: and {more} more")),
            }
        }
        lines
    }

    /// The note about the file `file`, which is the text `id`, if anything of it is ignored.
    pub(in crate::input) fn note(&self, file: usize, id: SourceId) -> Option<Diagnostic> {
        let lines = self.lines(file);
        if lines.is_empty() {
            return None;
        }
        let note = Diagnostic::note(Place::whole(id), "what is not modelled is ignored");
        Some(lines.into_iter().fold(note, Diagnostic::help))
    }

    /// The same as sentences for the report, about the file that the scenario calls `name`.
    pub(in crate::input) fn sentences(&self, file: usize, name: &str) -> Vec<String> {
        let lines = self.lines(file).into_iter();
        lines
            .map(|line| format!("Not modelled in {}: {line}.", quoted(name)))
            .collect()
    }
}

/// The paths of `of_kind` in one line; those of one parent share its name: `metadata.{annotations, uid}`.
fn listed(of_kind: &OfKind) -> String {
    let mut by_parent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in of_kind.paths.iter().take(PATHS_MAX) {
        let (parent, field) = path.rsplit_once('.').unwrap_or(("", path));
        by_parent.entry(parent).or_default().push(field);
    }
    let words = by_parent
        .into_iter()
        .map(|(parent, fields)| match (parent, fields.as_slice()) {
            ("", fields) => fields.join(", "),
            (parent, [only]) => format!("{parent}.{only}"),
            (parent, fields) => format!("{parent}.{{{}}}", fields.join(", ")),
        });
    let words = words.collect::<Vec<_>>().join(", ");
    match of_kind.paths.len().saturating_sub(PATHS_MAX) {
        0 => words,
        more => format!("{words} and {more} more"),
    }
}

/// The paths in `tree` that `schema` marks as ignored.
pub(in crate::input) fn collect(tree: &Tree, schema: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    walk(tree, schema, Schema::new(schema), "", &mut paths);
    paths
}

fn walk<'s>(tree: &Tree, at: &'s Value, schema: Schema<'s>, path: &str, paths: &mut BTreeSet<String>) {
    match &tree.node {
        Node::Map(entries) => {
            let properties = schema.resolve(at).get("properties");
            for entry in entries {
                let path = match path {
                    "" => entry.key.clone(),
                    path => format!("{path}.{}", entry.key),
                };
                let Some(below) = properties.and_then(|known| known.get(&entry.key)) else {
                    if is_not_modelled(&entry.key) {
                        paths.insert(path);
                    }
                    continue;
                };
                if below.get(IGNORED).is_some() {
                    paths.insert(path);
                } else {
                    walk(&entry.value, below, schema, &path, paths);
                }
            }
        }
        Node::Seq(items) => {
            if let Some(below) = schema.resolve(at).get("items") {
                for item in items {
                    walk(item, below, schema, &format!("{path}[]"), paths);
                }
            }
        }
        _ => {}
    }
}
