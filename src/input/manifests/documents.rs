//! Files to objects: documents, lists, and what Kubernetes takes for absent.
//!
//! Knows: `List`, `null`, and how much is read. Must not know: any field of an object.

use super::fields::Fields;
use super::ignored::{Ignored, collect};
use super::kinds::{Kind, kind_of};
use super::object::Object;
use crate::input::{
    Diagnostic, Diagnostics, Limits, Node, Place, SourceId, Sources, Tree, check, parse_documents,
};
use crate::model::units;
use serde_json::Value;
use std::collections::BTreeMap;

/// The most objects of all files.
const OBJECTS_MAX: usize = 20_000;
/// Lists in lists end here.
const LISTS_DEEP: usize = 4;

/// Reads objects.
pub(super) struct Reader<'r> {
    pub(super) sources: &'r Sources,
    pub(super) diagnostics: &'r mut Diagnostics,
    pub(super) limits: Limits,
    pub(super) objects: Vec<Object>,
    pub(super) ignored: Ignored,
    fields: Fields,
    schemas: BTreeMap<&'static str, Value>,
    /// Where the object of a kind, namespace and name stands.
    places: BTreeMap<(Kind, String, String), Place>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(sources: &'r Sources, limits: Limits, diagnostics: &'r mut Diagnostics) -> Self {
        Self {
            sources,
            diagnostics,
            limits,
            objects: Vec::new(),
            ignored: Ignored::default(),
            fields: Fields::new(),
            schemas: BTreeMap::new(),
            places: BTreeMap::new(),
        }
    }

    /// Reads the objects of the text `id`, which is the file `file` of the scenario.
    pub(super) fn read(&mut self, file: usize, id: SourceId) {
        let Some(documents) = parse_documents(self.sources, id, self.limits, self.diagnostics) else {
            return;
        };
        let mut any = false;
        for document in documents {
            any |= document.node != Node::Null;
            self.document(file, document, 0);
        }
        if !any {
            let error = Diagnostic::error(Place::whole(id), "the file holds no objects");
            self.diagnostics.push(error);
        }
    }

    fn document(&mut self, file: usize, mut tree: Tree, depth: usize) {
        if tree.node == Node::Null || self.diagnostics.is_full() {
            return;
        }
        if !matches!(tree.node, Node::Map(_)) {
            let message = format!("expected an object of Kubernetes, found {}", tree.describe());
            return self.diagnostics.push(Diagnostic::error(tree.place, message));
        }
        let kind = match kind_of(&tree) {
            Ok(kind) => kind,
            Err(error) => return self.diagnostics.push(*error),
        };
        if kind == Kind::List {
            return self.list(file, tree, depth);
        }
        if self.objects.len() >= OBJECTS_MAX {
            if self.objects.len() == OBJECTS_MAX {
                let message = format!("more than {OBJECTS_MAX} objects are given");
                self.diagnostics.push(Diagnostic::error(tree.place, message));
            }
            return;
        }
        without_nulls(&mut tree);
        self.object(file, kind, tree);
    }

    fn list(&mut self, file: usize, mut tree: Tree, depth: usize) {
        let items = match &mut tree.node {
            Node::Map(entries) => entries.iter_mut().find(|entry| entry.key == "items"),
            _ => None,
        };
        let items = items.map(|entry| std::mem::replace(&mut entry.value.node, Node::Null));
        match items {
            Some(Node::Seq(items)) if depth < LISTS_DEEP => {
                items
                    .into_iter()
                    .for_each(|item| self.document(file, item, depth + 1));
            }
            Some(Node::Null) => {}
            Some(_) => {
                let place = tree.at("items").place();
                let error = Diagnostic::error(place, "expected a list of objects");
                self.diagnostics.push(error);
            }
            None => {
                let error = Diagnostic::error(super::kinds::head(&tree), "missing field `items`");
                self.diagnostics.push(error);
            }
        }
    }

    fn object(&mut self, file: usize, kind: Kind, tree: Tree) {
        if let Some(name) = kind.fields() {
            let fields = &self.fields;
            let schema = self.schemas.entry(name).or_insert_with(|| fields.schema(name));
            check(&tree, schema, units::formats(), self.diagnostics);
            let word = tree.at("kind").text().unwrap_or_default().to_owned();
            self.ignored.add((file, &word), collect(&tree, schema));
        }
        if let Some(object) = Object::new(kind, file, tree) {
            if !kind.is_modelled() {
                self.ignored.whole((file, &object.word));
            }
            self.unique(&object);
            self.objects.push(object);
        }
    }

    /// Reports an object that is given twice.
    fn unique(&mut self, object: &Object) {
        let key = (object.kind, object.namespace.clone(), object.name.clone());
        if object.kind == Kind::Other {
            return;
        }
        if let Some(first) = self.places.get(&key) {
            let error = Diagnostic::error(object.place(), format!("{} is given twice", object.title()));
            self.diagnostics.push(error.related(*first, "the first is here"));
        } else {
            self.places.insert(key, object.place());
        }
    }
}

/// Takes away what is `null`, which Kubernetes takes for absent.
fn without_nulls(tree: &mut Tree) {
    match &mut tree.node {
        Node::Map(entries) => {
            entries.retain(|entry| entry.value.node != Node::Null);
            entries
                .iter_mut()
                .for_each(|entry| without_nulls(&mut entry.value));
        }
        Node::Seq(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
