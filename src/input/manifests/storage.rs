//! StorageClasses and PersistentVolumeClaims to those of the scenario's cluster, and the volumes of pods.
//!
//! Knows: which class is the default, which drivers' volumes every zone reaches, and which claims a StatefulSet makes
//! itself. Must not know: which node a volume allows.

use super::graft::below;
use super::ignored::Ignored;
use super::kinds::Kind;
use super::make::{Map, list, text, truth};
use super::merge::merged;
use super::object::Object;
use crate::input::{Cursor, Diagnostic, Diagnostics, Node, Place, Tree};
use crate::model::units::quoted;

/// The annotations by which a class is the default of claims that name none; the second is an old name of the first.
const DEFAULT: [&str; 2] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];

/// Drivers of file systems that every zone reaches.
const SHARED: [&str; 9] = [
    "efs.csi.aws.com",
    "file.csi.azure.com",
    "filestore.csi.storage.gke.io",
    "kubernetes.io/azure-file",
    "nfs.csi.k8s.io",
    "smb.csi.k8s.io",
    "blob.csi.azure.com",
    "gcsfuse.csi.storage.gke.io",
    "s3.csi.aws.com",
];

/// Whether there are machines to which volumes could be attached: without any, volumes are not modelled.
pub(super) fn has_machines(tree: &Tree, objects: &[Object]) -> bool {
    tree.at("cluster").exists() || objects.iter().any(|object| object.kind == Kind::Node)
}

/// Puts the classes and claims among `objects` into the cluster of the scenario `tree`; what the scenario has of the same
/// name adds to what they say.
pub(super) fn graft(
    tree: &mut Tree,
    objects: &[Object],
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) {
    let machines = has_machines(tree, objects);
    let default = default_class(objects);
    let (mut classes, mut claims) = (Vec::new(), Vec::new());
    for object in objects {
        let word = (object.file, object.word.as_str());
        match object.kind {
            Kind::StorageClass | Kind::PersistentVolumeClaim if !machines => ignored.because(
                word,
                format!(
                    "{}: without machines (`cluster:` or Nodes) volumes are nowhere",
                    object.title()
                ),
            ),
            Kind::StorageClass => {
                let is_default = default.is_some_and(|default| default.name == object.name);
                if !is_default && says_default(object) {
                    let winner = default.map_or("", |default| &default.name);
                    let title = object.title();
                    ignored.because(
                        word,
                        format!(
                            "{title}: {} is the default, as the newer of several",
                            quoted(winner)
                        ),
                    );
                }
                classes.push(class(object, is_default));
            }
            Kind::PersistentVolumeClaim if is_of_stateful_set(object, objects) => ignored.owned(word),
            Kind::PersistentVolumeClaim => claims.push(claim(object)),
            _ => {}
        }
    }
    for (key, made) in [("storageClasses", classes), ("persistentVolumeClaims", claims)] {
        let Some(place) = made.first().map(|tree| tree.place) else {
            continue;
        };
        let cluster = below(tree, "cluster", place, Node::Map(Vec::new()));
        let all = cluster.and_then(|tree| below(tree, key, place, Node::Seq(Vec::new())));
        if let Some(Node::Seq(all)) = all.map(|tree| &mut tree.node) {
            made.into_iter().for_each(|one| add(all, one, diagnostics));
        }
    }
}

/// Adds `made` to `all`, below what an item of its name and namespace says.
pub(super) fn add(all: &mut Vec<Tree>, made: Tree, diagnostics: &mut Diagnostics) {
    let known = all.iter_mut().find(|known| identity(known) == identity(&made));
    let Some(own) = known else {
        return all.push(made);
    };
    let place = own.place;
    let nothing = Tree {
        node: Node::Null,
        place,
    };
    let said_there = std::mem::replace(own, nothing);
    let mut said: Vec<Diagnostic> = Vec::new();
    *own = merged(made, said_there, &mut said);
    said.into_iter().for_each(|one| diagnostics.push(one));
}

fn identity(tree: &Tree) -> (Option<String>, String) {
    let namespace = tree.at("namespace").text().unwrap_or("default");
    (tree.name(), namespace.to_owned())
}

fn says_default(object: &Object) -> bool {
    let annotations = object.at("metadata").at("annotations");
    DEFAULT
        .iter()
        .any(|name| annotations.at(name).text() == Some("true"))
}

/// The class that claims get which name none: of several, as in Kubernetes, the newest, or the first by name.
fn default_class(objects: &[Object]) -> Option<&Object> {
    let made = |object: &Object| {
        let at = object.at("metadata").at("creationTimestamp").text();
        at.unwrap_or_default().to_owned()
    };
    objects
        .iter()
        .filter(|object| object.kind == Kind::StorageClass && says_default(object))
        .min_by_key(|object| (std::cmp::Reverse(made(object)), object.name.clone()))
}

fn class(object: &Object, is_default: bool) -> Tree {
    let place = object.place();
    let mut class = Map::new(place);
    class.put("name", text(place, &object.name));
    for field in ["provisioner", "volumeBindingMode", "allowedTopologies"] {
        class.take(field, object.at(field));
    }
    if is_default {
        class.put("isDefault", truth(place, true));
    }
    if object
        .at("provisioner")
        .text()
        .is_some_and(|driver| SHARED.contains(&driver))
    {
        class.put("zonal", truth(object.at("provisioner").place(), false));
    }
    class.tree()
}

fn claim(object: &Object) -> Tree {
    let place = object.place();
    let mut claim = asked(&object.name, place, object.at("spec"));
    let namespace = object.at("metadata").at("namespace");
    let at = if namespace.exists() {
        namespace.place()
    } else {
        place
    };
    claim.put_at("namespace", at, text(at, &object.namespace));
    claim.tree()
}

/// What the claim `spec` called `name` asks for.
fn asked(name: &str, place: Place, spec: Cursor<'_>) -> Map {
    let mut claim = Map::new(place);
    claim.put("name", text(place, name));
    claim.take("accessModes", spec.at("accessModes"));
    claim.take("storageClassName", spec.at("storageClassName"));
    let requests = spec.at("resources").at("requests");
    if requests.exists() {
        let mut resources = Map::new(requests.place());
        resources.take("requests", requests);
        claim.put_at("resources", spec.at("resources").key_place(), resources.tree());
    }
    claim
}

/// Whether the claim is what a StatefulSet that is given too has made of one of its templates:
/// `<template>-<set>-<number>`.
fn is_of_stateful_set(claim: &Object, objects: &[Object]) -> bool {
    let Some((name, number)) = claim.name.rsplit_once('-') else {
        return false;
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    objects.iter().any(|object| {
        object.kind == Kind::StatefulSet
            && object.namespace == claim.namespace
            && object
                .at("spec")
                .at("volumeClaimTemplates")
                .items()
                .any(|template| {
                    let template = template.at("metadata").at("name").text();
                    template.is_some_and(|template| name == format!("{template}-{}", object.name))
                })
    })
}

/// Volumes on the pod's own node.
const ON_NODE: [&str; 2] = ["emptyDir", "hostPath"];

/// Puts the volumes of the pods of `object`, whose spec is `spec`, into `serving`: those on their nodes, and, if there are
/// `machines` to attach them to, those that are claims and those that each pod of a StatefulSet claims for itself.
pub(super) fn of_pods(object: &Object, spec: Cursor<'_>, machines: bool, serving: &mut Map) {
    let templates = object.at("spec").at("volumeClaimTemplates");
    let names: Vec<&str> = templates
        .items()
        .filter_map(|template| template.at("metadata").at("name").text())
        .collect();
    let volumes = spec.at("volumes");
    let shared: Vec<Tree> = volumes
        .items()
        // A claim of a template takes the place of a volume of its name.
        .filter(|volume| !volume.at("name").text().is_some_and(|name| names.contains(&name)))
        .filter_map(|volume| {
            let mut map = Map::new(volume.place());
            map.take("name", volume.at("name"));
            let claim = volume.at("persistentVolumeClaim");
            if !claim.exists() {
                let on_node = ON_NODE.iter().find(|source| volume.at(source).exists())?;
                map.take(on_node, volume.at(on_node));
                return Some(map.tree());
            }
            if !machines {
                return None;
            }
            let mut reference = Map::new(claim.place());
            reference.take("claimName", claim.at("claimName"));
            map.put_at("persistentVolumeClaim", claim.key_place(), reference.tree());
            Some(map.tree())
        })
        .collect();
    if !shared.is_empty() {
        serving.put_at("volumes", volumes.key_place(), list(volumes.place(), shared));
    }
    let own: Vec<Tree> = templates
        .items()
        .filter(|_| machines)
        .map(|template| {
            let name = template.at("metadata").at("name");
            asked(
                name.text().unwrap_or_default(),
                template.place(),
                template.at("spec"),
            )
            .tree()
        })
        .collect();
    if !own.is_empty() {
        serving.put_at(
            "volumeClaimTemplates",
            templates.key_place(),
            list(templates.place(), own),
        );
    }
}
