//! Pods without their owner that are alike: together they are replicas of one workload.
//!
//! Knows: what tells replicas of one owner apart, and what such pods are called together. Must not know: where a workload
//! goes.
//!
//! Two pods are alike if the model makes the same of both: what it ignores (hostname, token volume, probes …) makes no
//! difference. The node of a pod that the cluster has started is where its scheduler has put it, no wish of its owner: it
//! makes no difference either.

use super::make::{add, number};
use super::object::Object;
use crate::input::{Cursor, Node, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// The labels that tell the pods of one owner apart, or those of one that its jobs and revisions have.
const OF_REPLICAS: [&str; 9] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// Pods that are alike, by their places among the objects: at least two, in the objects' order.
#[derive(Debug)]
pub(super) struct Alike {
    pub(super) members: Vec<usize>,
}

/// What the scenario `tree` and the other objects call by name: nothing of it may disappear into a group.
pub(super) fn names_said<'t>(tree: &'t Tree, objects: &'t [Object]) -> BTreeSet<&'t str> {
    let mut said = BTreeSet::new();
    texts(tree, &mut said);
    for object in objects {
        for reference in ["scaleTargetRef", "targetRef"] {
            said.extend(object.at("spec").at(reference).at("name").text());
        }
    }
    said
}

fn texts<'t>(tree: &'t Tree, said: &mut BTreeSet<&'t str>) {
    said.extend(tree.text());
    for entry in tree.entries() {
        // `policies.pod_scaling.<name>`, and `workloads.<name>.…` as variants write it.
        said.extend(entry.key.split('.'));
        texts(&entry.value, said);
    }
    for item in tree.items() {
        texts(item, said);
    }
}

/// The groups among `pods`, each given with the workload that is made of it, by the place of their first.
pub(super) fn groups(objects: &[Object], pods: impl Iterator<Item = (usize, Tree)>) -> Vec<Alike> {
    let mut all: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    for (index, workload) in pods {
        let object = &objects[index];
        let key = what_counts(object, workload);
        all.entry((&object.namespace, key)).or_default().push(index);
    }
    let several = all.into_values().filter(|members| members.len() > 1);
    let mut groups: Vec<Alike> = several.map(|members| Alike { members }).collect();
    groups.sort_unstable_by_key(|group| group.members[0]);
    groups
}

/// What makes a pod equal to others, as text.
fn what_counts(object: &Object, mut workload: Tree) -> String {
    remove(&mut workload, "name");
    if let Some(labels) = value(&mut workload, "labels") {
        OF_REPLICAS.iter().for_each(|label| remove(labels, label));
        sort(labels);
    }
    if let Some(serving) = value(&mut workload, "serving")
        && was_placed(object)
    {
        remove(serving, "nodeName");
    }
    // A class that nobody defines is told for the pods that name it.
    let class = object
        .at("spec")
        .at("priorityClassName")
        .text()
        .unwrap_or_default();
    format!("{class} {}", workload.to_json())
}

/// Whether a scheduler has said its node: a cluster has started it, and its node's kubelet is not its owner.
fn was_placed(object: &Object) -> bool {
    object.at("status").at("phase").exists() && object.owner().is_none_or(|(kind, _)| kind != "Node")
}

impl Alike {
    /// What they are called together: as the owner they share, or what their names begin with.
    pub(super) fn name(&self, objects: &[Object]) -> String {
        if let Some((_, name)) = self.owner(objects) {
            return name.to_owned();
        }
        let mut names = self.members.iter().map(|&index| objects[index].name.as_str());
        let first = names.next().unwrap_or_default();
        let stem = names.fold(first, common);
        // Whole words, if there are any: `shop-5d9-a1` and `shop-5d9-a2` are `shop-5d9`.
        let whole = |index: &usize| {
            let rest = objects[*index].name.get(stem.len()..).unwrap_or_default();
            rest.is_empty() || rest.starts_with(['-', '.'])
        };
        let words = match stem.rfind(['-', '.']) {
            Some(end) if !self.members.iter().all(whole) => &stem[..end],
            _ => stem,
        };
        match words.trim_end_matches(['-', '.']) {
            "" => first.to_owned(),
            words => words.to_owned(),
        }
    }

    /// The owner they share: kind and name.
    fn owner<'o>(&self, objects: &'o [Object]) -> Option<(&'o str, &'o str)> {
        let first = objects[self.members[0]].owner();
        let shared = self.members.iter().all(|&index| objects[index].owner() == first);
        first.filter(|_| shared)
    }

    /// The workload that they are, made of the one of the first.
    pub(super) fn workload(&self, objects: &[Object], first: Tree) -> Tree {
        let mut workload = first;
        if let Some(labels) = value(&mut workload, "labels") {
            for label in OF_REPLICAS {
                if !self.all_say(objects, |object| object.at("metadata").at("labels").at(label)) {
                    remove(labels, label);
                }
            }
        }
        if let Some(serving) = value(&mut workload, "serving") {
            if !self.stay(objects) {
                remove(serving, "nodeName");
            }
            let place = objects[self.members[0]].place();
            add(serving, "replicas", number(place, self.members.len() as i128));
        }
        workload
    }

    /// Whether all are on the one node that the first is on.
    fn stay(&self, objects: &[Object]) -> bool {
        self.all_say(objects, |object| object.at("spec").at("nodeName"))
    }

    fn all_say<'o>(&self, objects: &'o [Object], what: impl Fn(&'o Object) -> Cursor<'o>) -> bool {
        let first = what(&objects[self.members[0]]).text();
        self.members
            .iter()
            .all(|&index| what(&objects[index]).text() == first)
    }

    /// What is said of it: "Pod: 212 pods of ReplicaSet shop-5d9 are one workload".
    pub(super) fn sentence(&self, objects: &[Object], name: &str) -> String {
        let count = self.members.len();
        let what = match self.owner(objects) {
            Some((kind, owner)) if owner == name => {
                format!("{count} pods of {kind} {owner} are one workload")
            }
            Some((kind, owner)) => format!("{count} pods of {kind} {owner} are one workload, {name}"),
            None => format!("{count} pods that are alike are one workload, {name}"),
        };
        let placed = match self.stay(objects) {
            true => "",
            false => ", wherever each was placed",
        };
        format!("Pod: {what}{placed}")
    }
}

/// What both names begin with.
fn common<'n>(one: &'n str, other: &str) -> &'n str {
    let alike = one.char_indices().zip(other.chars());
    let end = alike
        .take_while(|((_, one), other)| one == other)
        .last()
        .map_or(0, |((at, last), _)| at + last.len_utf8());
    &one[..end]
}

fn value<'t>(tree: &'t mut Tree, key: &str) -> Option<&'t mut Tree> {
    let Node::Map(entries) = &mut tree.node else {
        return None;
    };
    let entry = entries.iter_mut().find(|entry| entry.key == key)?;
    Some(&mut entry.value)
}

fn remove(tree: &mut Tree, key: &str) {
    if let Node::Map(entries) = &mut tree.node {
        entries.retain(|entry| entry.key != key);
    }
}

fn sort(tree: &mut Tree) {
    if let Node::Map(entries) = &mut tree.node {
        entries.sort_by(|one, other| one.key.cmp(&other.key));
    }
}
