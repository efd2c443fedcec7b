//! Objects into the scenario's tree.
//!
//! Knows: which object goes where, and that the scenario itself wins. Must not know: how an object of a kind reads.

use super::alike::{Alike, groups, names_said};
use super::ignored::Ignored;
use super::kinds::Kind;
use super::listed::listed;
use super::make::{Map, add, truth};
use super::merge::merged;
use super::object::Object;
use super::pods::{placeholder, workload};
use super::priorities::Priorities;
use super::selectors::finds_own_pods;
use super::{OF_WORKLOAD, autoscalers, budgets, jobs, namespaces, node_pools, nodes, storage};
use crate::input::{Diagnostic, Diagnostics, Entry, Node, Place, Tree, unknown_name};
use crate::model::units::quoted;
use crate::sim::standing::ListedPod;
use std::collections::{BTreeMap, BTreeSet};

/// The object with pods behind each workload: by its place among the objects, the workload's name, and whether the
/// scenario describes it.
#[derive(Debug, Default)]
pub(super) struct Workloads {
    pub(super) of_object: BTreeMap<usize, (String, bool)>,
    /// Workloads that the scenario has without any manifest.
    pub(super) own: Vec<String>,
}

/// Grafts `objects` into the scenario `tree`. Returns the pods among them.
pub(super) fn graft(
    tree: &mut Tree,
    objects: &[Object],
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) -> Vec<ListedPod> {
    let priorities = Priorities::new(objects, diagnostics);
    let workloads = graft_workloads(tree, objects, &priorities, ignored, diagnostics);
    storage::graft(tree, objects, ignored, diagnostics);
    nodes::graft(tree, objects, diagnostics);
    node_pools::graft(tree, objects, ignored);
    namespaces::graft(tree, objects, diagnostics);
    budgets::graft(tree, objects, ignored, diagnostics);
    autoscalers::graft(tree, objects, &workloads, ignored, diagnostics);
    for object in objects.iter().filter(|object| object.kind.has_pods()) {
        finds_own_pods(object, diagnostics);
    }
    listed(objects, &workloads)
}

/// The value of `key` of the map `tree`, made as `empty` if there is none, standing at `place`.
pub(in crate::input) fn below<'t>(
    tree: &'t mut Tree,
    key: &str,
    place: Place,
    empty: Node,
) -> Option<&'t mut Tree> {
    if tree.node == Node::Null {
        tree.node = Node::Map(Vec::new());
    }
    let Node::Map(entries) = &mut tree.node else {
        return None;
    };
    let at = match entries.iter().position(|entry| entry.key == key) {
        Some(at) => at,
        None => {
            entries.push(Entry {
                key: key.to_owned(),
                key_place: place,
                value: Tree {
                    node: Node::Null,
                    place,
                },
            });
            entries.len() - 1
        }
    };
    let value = &mut entries[at].value;
    if value.node == Node::Null {
        value.node = empty;
    }
    Some(value)
}

fn graft_workloads(
    tree: &mut Tree,
    objects: &[Object],
    priorities: &Priorities,
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) -> Workloads {
    let mut found = Workloads::default();
    let machines = storage::has_machines(tree, objects);
    let describe = |object: &Object, name: &str, diagnostics: &mut Diagnostics| {
        workload(object, name, machines, priorities, diagnostics)
    };
    let before = tree.clone();
    let said_names = names_said(&before, objects);
    let targets: Vec<String> = tree
        .at("load")
        .items()
        .filter_map(|load| Some(load.at("to").text()?.to_owned()))
        .collect();
    let Some(first) = objects.first().map(Object::place).or(Some(tree.place)) else {
        return found;
    };
    let Some(list_of_all) = below(tree, "workloads", first, Node::Seq(Vec::new())) else {
        return found;
    };
    let Node::Seq(items) = &mut list_of_all.node else {
        return found;
    };
    let mut said = Vec::new();
    let mut places = BTreeMap::new();
    for item in items.iter_mut() {
        let name = item.name().unwrap_or_default();
        let reference = item.at(OF_WORKLOAD);
        let Some(meant) = reference.text() else {
            found.own.push(name);
            continue;
        };
        let place = reference.place();
        let base = match meant_by(meant, place, objects) {
            Ok(index) if places.contains_key(&index) => {
                let error = Diagnostic::error(place, format!("a second workload is {}", quoted(meant)));
                said.push(error.related(places[&index], "the first is here"));
                rest_of(place)
            }
            Ok(index) => {
                places.insert(index, place);
                found.of_object.insert(index, (name.clone(), true));
                describe(&objects[index], &name, diagnostics)
            }
            Err(error) => {
                said.push(*error);
                let own = std::mem::replace(item, rest_of(place));
                // What is missing of an object that is not there is no second mistake.
                let base = std::mem::replace(&mut item.node, Node::Null);
                let base = Tree { node: base, place };
                *item = merged(base, own, &mut Vec::new());
                continue;
            }
        };
        let own = std::mem::replace(
            item,
            Tree {
                node: Node::Null,
                place,
            },
        );
        let own_place = own.place;
        *item = merged(base, own, &mut said);
        item.place = own_place;
    }
    let mut names: BTreeSet<String> = items.iter().filter_map(Tree::name).collect();
    let made = Makers::new(objects, &found);
    let bare = objects.iter().enumerate().filter(|(index, object)| {
        object.kind == Kind::Pod
            && !found.of_object.contains_key(index)
            && !said_names.contains(object.name.as_str())
            && !made.is_made_by_another(object)
            && ended(object).is_none()
    });
    // What is wrong with them is told once they are workloads.
    let untold = &mut Diagnostics::new();
    let bare = bare.map(|(index, object)| (index, describe(object, "", untold)));
    let alike = groups(objects, bare);
    let grouped: BTreeSet<usize> = alike.iter().flat_map(|group| &group.members).copied().collect();
    for (index, object) in objects.iter().enumerate() {
        if !object.kind.has_pods() || found.of_object.contains_key(&index) || grouped.contains(&index) {
            continue;
        }
        let word = (object.file, object.word.as_str());
        if made.is_made_by_another(object) {
            ignored.owned(word);
            continue;
        }
        if object.kind.is_batch() {
            ignored.because(word, jobs::why_not(object));
            continue;
        }
        if let Some(phase) = ended(object) {
            ignored.because(word, format!("{}: it has ended ({phase})", object.title()));
            continue;
        }
        let (own, title) = (object.name.clone(), object.title());
        if found.own.contains(&own) {
            let error = Diagnostic::error(
                object.place(),
                format!("the scenario has a workload {} that is not {title}", quoted(&own)),
            );
            said.push(error.help(format!(
                "if it is the same, write `manifest: {title}` there; if not, give it another name"
            )));
            continue;
        }
        let Some(name) = own_names(object).into_iter().find(|name| !names.contains(name)) else {
            continue;
        };
        let mut item = describe(object, &name, diagnostics);
        if !targets.contains(&name) {
            add(&mut item, "background", truth(object.place(), true));
        }
        found.of_object.insert(index, (name.clone(), false));
        names.insert(name);
        items.push(item);
    }
    for group in alike {
        let first = &objects[group.members[0]];
        let Some(name) = group_names(&group, objects).find(|name| !names.contains(name)) else {
            continue;
        };
        let mut item = group.workload(objects, describe(first, &name, diagnostics));
        if !targets.contains(&name) {
            add(&mut item, "background", truth(first.place(), true));
        }
        ignored.because((first.file, &first.word), group.sentence(objects, &name));
        for index in group.members {
            found.of_object.insert(index, (name.clone(), false));
        }
        names.insert(name);
        items.push(item);
    }
    said.into_iter().for_each(|one| diagnostics.push(one));
    found
}

/// How a pod has ended, if it has.
fn ended(object: &Object) -> Option<&str> {
    let phase = object.at("status").at("phase").text();
    phase.filter(|phase| matches!(*phase, "Succeeded" | "Failed"))
}

/// What the workload of `object` may be called, the shortest first.
fn own_names(object: &Object) -> [String; 3] {
    let (namespace, name) = (&object.namespace, &object.name);
    let title = object.title();
    [
        name.clone(),
        format!("{namespace}/{name}"),
        format!("{namespace}/{title}"),
    ]
}

/// What the workload of `group` may be called: as all of it, else as the first of it.
fn group_names(group: &Alike, objects: &[Object]) -> impl Iterator<Item = String> {
    let (first, name) = (&objects[group.members[0]], group.name(objects));
    let with_namespace = format!("{}/{name}", first.namespace);
    [name, with_namespace].into_iter().chain(own_names(first))
}

/// A workload of which nothing is known.
fn rest_of(place: Place) -> Tree {
    let mut serving = Map::new(place);
    serving.put("containers", placeholder(place));
    let mut workload = Map::new(place);
    workload.put("serving", serving.tree());
    workload.tree()
}

/// The object with pods that a workload means by `reference`.
fn meant_by(reference: &str, place: Place, objects: &[Object]) -> Result<usize, Box<Diagnostic>> {
    let called = |object: &&Object| object.is_called(reference);
    let mut all = objects
        .iter()
        .enumerate()
        .filter(|(_, object)| called(object) && object.kind.has_pods());
    let titles = || objects.iter().filter(|object| object.kind.has_pods());
    match (all.next(), all.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some((_, first)), Some(_)) => {
            let error = Diagnostic::error(place, format!("several namespaces have a {}", quoted(reference)));
            Err(Box::new(error.help(format!(
                "say which: `{}/{}`",
                first.namespace,
                first.title()
            ))))
        }
        (None, _) => {
            if let Some(other) = objects.iter().find(called) {
                let error = Diagnostic::error(place, format!("a {} has no pods", other.word));
                let names: Vec<String> = titles().map(Object::title).collect();
                let names = names.iter().map(String::as_str);
                return Err(Box::new(
                    error.help(format!("expected one of: {}", crate::input::list_names(names))),
                ));
            }
            let titles: Vec<String> = titles().map(Object::title).collect();
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let error = unknown_name(place, "object with pods", reference, titles);
            Err(Box::new(error.help(
                "write `Kind/name` or `namespace/Kind/name`, and list the object's file under `manifests`",
            )))
        }
    }
}

/// The objects that make others: namespace, kind and name of each.
pub(super) struct Makers<'o>(BTreeSet<(&'o str, &'o str, &'o str)>);

impl<'o> Makers<'o> {
    pub(super) fn new(objects: &'o [Object], workloads: &Workloads) -> Self {
        let named = |index: usize| workloads.of_object.contains_key(&index);
        let made_by_named = |object: &Object| {
            let owner = object.owner();
            objects.iter().enumerate().any(|(index, other)| {
                let key = (other.word.as_str(), other.name.as_str());
                named(index) && other.namespace == object.namespace && owner == Some(key)
            })
        };
        // Jobs that no workload names make nothing: pods of theirs that are given are there all the same.
        let makes = |(index, object): &(usize, &Object)| match object.kind {
            Kind::ScaledObject => true,
            kind if kind.is_batch() => named(*index) || made_by_named(object),
            kind => kind.has_pods(),
        };
        let key = |object: &'o Object| {
            (
                object.namespace.as_str(),
                object.word.as_str(),
                object.name.as_str(),
            )
        };
        let makers = objects.iter().enumerate().filter(makes);
        Self(makers.map(|(_, object)| key(object)).collect())
    }

    /// Whether another object that is given has made this one.
    pub(super) fn is_made_by_another(&self, object: &Object) -> bool {
        let given = |kind: &str, name: &str| self.0.contains(&(object.namespace.as_str(), kind, name));
        let labels = object.at("metadata").at("labels");
        let service = labels.at("serving.knative.dev/service").text();
        if object.kind != Kind::KnativeService && service.is_some_and(|name| given("Service", name)) {
            return true;
        }
        let Some((kind, name)) = object.owner() else {
            return false;
        };
        let deployment = name.rsplit_once('-').map(|(name, _)| name);
        given(kind, name)
            || (kind == "Job" && deployment.is_some_and(|name| given("ScaledJob", name)))
            || (kind == "ReplicaSet" && deployment.is_some_and(|name| given("Deployment", name)))
    }
}
