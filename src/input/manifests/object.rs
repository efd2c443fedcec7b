//! One object: what it is, what it is called, and what it says.
//!
//! Knows: names and namespaces. Must not know: what becomes of it.

use super::kinds::{Kind, head};
use crate::input::{Cursor, Place, Tree};

/// An object of a manifest.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) kind: Kind,
    /// Its `kind` as it was written.
    pub(super) word: String,
    pub(super) name: String,
    pub(super) namespace: String,
    /// The file it stands in, by its place in the scenario's list.
    pub(super) file: usize,
    pub(super) tree: Tree,
}

impl Object {
    /// The object that `tree` is; nothing without a name.
    pub(super) fn new(kind: Kind, file: usize, tree: Tree) -> Option<Self> {
        let name = tree.at("metadata").at("name").text()?.to_owned();
        let namespace = tree.at("metadata").at("namespace").text().unwrap_or_default();
        let namespace = match namespace {
            "" => "default",
            given => given,
        };
        Some(Self {
            kind,
            word: tree.at("kind").text().unwrap_or_default().to_owned(),
            namespace: if kind.is_of_cluster() { "" } else { namespace }.to_owned(),
            name,
            file,
            tree,
        })
    }

    /// A look at what it says.
    pub(super) fn at(&self, key: &str) -> Cursor<'_> {
        self.tree.at(key)
    }

    /// Where messages about the whole of it point.
    pub(super) fn place(&self) -> Place {
        let name = self.at("metadata").at("name");
        if name.exists() {
            name.place()
        } else {
            head(&self.tree)
        }
    }

    /// `Kind/name`.
    pub(super) fn title(&self) -> String {
        format!("{}/{}", self.word, self.name)
    }

    /// What its pods are made of: the pod's metadata and spec.
    pub(super) fn template(&self) -> (Cursor<'_>, Cursor<'_>) {
        match self.kind {
            Kind::Pod => (self.at("metadata"), self.at("spec")),
            Kind::ScaledJob => {
                let template = self.at("spec").at("jobTargetRef").at("template");
                (template.at("metadata"), template.at("spec"))
            }
            Kind::CronJob => {
                let template = self.at("spec").at("jobTemplate").at("spec").at("template");
                (template.at("metadata"), template.at("spec"))
            }
            _ => {
                let template = self.at("spec").at("template");
                (template.at("metadata"), template.at("spec"))
            }
        }
    }

    /// The object that controls it: kind and name.
    pub(super) fn owner(&self) -> Option<(&str, &str)> {
        let owners = self.at("metadata").at("ownerReferences");
        let owner = owners.items().find(|owner| {
            owner
                .at("controller")
                .tree()
                .is_some_and(|tree| tree.node == crate::input::Node::Bool(true))
        })?;
        Some((owner.at("kind").text()?, owner.at("name").text()?))
    }

    /// Whether a workload may mean it by `reference`: `Kind/name` or `namespace/Kind/name`.
    pub(super) fn is_called(&self, reference: &str) -> bool {
        let parts: Vec<&str> = reference.split('/').collect();
        match parts.as_slice() {
            [kind, name] => (*kind, *name) == (self.word.as_str(), self.name.as_str()),
            [namespace, kind, name] => {
                (*namespace, *kind, *name)
                    == (self.namespace.as_str(), self.word.as_str(), self.name.as_str())
            }
            _ => false,
        }
    }
}
