//! PriorityClasses, and what pods get from them.
//!
//! Knows: Kubernetes' own classes and the default for all pods. Must not know: what a priority leads to.

use super::kinds::Kind;
use super::make::{number, text};
use super::object::Object;
use crate::input::{Cursor, Diagnostic, Diagnostics, Node, Tree, unknown_name};
use std::collections::BTreeMap;

/// The classes that every cluster has.
const BUILT_IN: [(&str, i32); 2] = [
    ("system-cluster-critical", 2_000_000_000),
    ("system-node-critical", 2_000_001_000),
];

/// What a pod's class gives it.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The name of the class, for quotas that count by it.
    pub(super) class: Option<Tree>,
    pub(super) value: Option<Tree>,
    pub(super) preemption: Option<Tree>,
}

/// The classes of a cluster.
#[derive(Debug, Default)]
pub(super) struct Priorities {
    classes: BTreeMap<String, (Option<Tree>, Option<Tree>)>,
    default: Option<String>,
}

impl Priorities {
    pub(super) fn new(objects: &[Object], diagnostics: &mut Diagnostics) -> Self {
        let mut all = Self::default();
        let mut first = None;
        for object in objects.iter().filter(|object| object.kind == Kind::PriorityClass) {
            let tree = |field| object.at(field).tree().cloned();
            all.classes
                .insert(object.name.clone(), (tree("value"), tree("preemptionPolicy")));
            let default = object.at("globalDefault");
            if default.tree().is_some_and(|tree| tree.node == Node::Bool(true)) {
                if let Some(first) = first {
                    let error = Diagnostic::error(default.place(), "a second class is the default for all");
                    diagnostics.push(error.related(first, "the first is here"));
                } else {
                    first = Some(default.place());
                    all.default = Some(object.name.clone());
                }
            }
        }
        all
    }

    /// What a pod of `spec` gets: by its class, else what it says itself, else by the default class.
    pub(super) fn of(&self, spec: Cursor<'_>, diagnostics: &mut Diagnostics) -> Given {
        let (class, own) = (spec.at("priorityClassName"), spec.at("priority"));
        let named = class.text().filter(|name| !name.is_empty());
        let own = || own.tree().filter(|_| own.exists()).cloned();
        let Some(name) = named else {
            let default = self.default.as_ref().and_then(|name| self.classes.get(name));
            let (value, preemption) = default.cloned().unwrap_or_default();
            return match own() {
                Some(own) => Given {
                    value: Some(own),
                    ..Given::default()
                },
                None => Given {
                    class: self
                        .default
                        .as_ref()
                        .zip(value.as_ref())
                        .map(|(name, value)| text(value.place, name)),
                    value,
                    preemption,
                },
            };
        };
        let place = class.place();
        let class = Some(text(place, name));
        if let Some((value, preemption)) = self.classes.get(name).cloned() {
            return Given {
                class,
                value,
                preemption,
            };
        }
        if let Some((_, value)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Given {
                class,
                value: Some(number(place, *value)),
                preemption: Some(text(place, "PreemptLowerPriority")),
            };
        }
        // What the API server has looked up stands beside the name.
        if let Some(own) = own() {
            return Given {
                class,
                value: Some(own),
                preemption: None,
            };
        }
        let known = self.classes.keys().map(String::as_str);
        let known: Vec<_> = known.chain(BUILT_IN.iter().map(|(name, _)| *name)).collect();
        let error = unknown_name(place, "PriorityClass", name, known);
        diagnostics.push(error.help("add the PriorityClass to the manifests"));
        Given::default()
    }
}
