//! Nodes to pools of named nodes.
//!
//! Knows: which nodes belong together, and what a pool says of them all. Must not know: prices.

use super::gpu_annotations;
use super::graft::below;
use super::kinds::Kind;
use super::make::{Map, list, number, text};
use super::merge::merged;
use super::object::Object;
use super::pods::{amounts, is_not_modelled, without};
use super::selectors::labels;
use crate::input::scenario_file::raw::cluster::Amounts;
use crate::input::{Diagnostic, Diagnostics, Node, Place, Tree};
use crate::model::labels::{INSTANCE_TYPE_LABEL, Labels};
use crate::model::placement_rules::{HOSTNAME_LABEL, ZONE_LABEL};
use crate::model::units::{ByteQuantity, CountQuantity, CpuQuantity};
use std::collections::BTreeSet;

/// Labels by which platforms tell their pools of nodes.
const POOL_LABELS: [&str; 7] = [
    "karpenter.sh/nodepool",
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "kops.k8s.io/instancegroup",
];

/// What nodes of one pool share: the platform's pool, and the machine type.
type Group = (Option<String>, Option<String>);

/// Puts the nodes among `objects` into the cluster of the scenario `tree`; pools that the scenario has of the same name add
/// to what the nodes say.
pub(super) fn graft(tree: &mut Tree, objects: &[Object], diagnostics: &mut Diagnostics) {
    let mut groups: Vec<(Group, Vec<&Object>)> = Vec::new();
    for object in objects.iter().filter(|object| object.kind == Kind::Node) {
        let labels = labels(object.at("metadata").at("labels"));
        let pool = POOL_LABELS.iter().find_map(|label| labels.get(*label)).cloned();
        let group = (pool, labels.get(INSTANCE_TYPE_LABEL).cloned());
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, nodes)) => nodes.push(object),
            None => groups.push((group, vec![object])),
        }
    }
    let Some(place) = groups.first().map(|(_, nodes)| nodes[0].place()) else {
        return;
    };
    let cluster = below(tree, "cluster", place, Node::Map(Vec::new()));
    let pools = cluster.and_then(|tree| below(tree, "pools", place, Node::Seq(Vec::new())));
    let Some(Node::Seq(pools)) = pools.map(|tree| &mut tree.node) else {
        return;
    };
    let mut names = BTreeSet::new();
    let mut said: Vec<Diagnostic> = Vec::new();
    for ((pool, machine), nodes) in &groups {
        let short = pool.clone().or_else(|| machine.clone());
        let short = short.unwrap_or_else(|| "nodes".to_owned());
        let long = match machine {
            Some(machine) => format!("{short}/{machine}"),
            None => format!("{short}/other"),
        };
        let name = if names.contains(&short) { long } else { short };
        names.insert(name.clone());
        let made = pool_of(&name, machine.as_deref(), nodes);
        match pools
            .iter_mut()
            .find(|known| known.name().as_deref() == Some(&name))
        {
            Some(own) => {
                let place = own.place;
                let said_there = std::mem::replace(
                    own,
                    Tree {
                        node: Node::Null,
                        place,
                    },
                );
                *own = merged(made, said_there, &mut said);
            }
            None => pools.push(made),
        }
    }
    said.into_iter().for_each(|one| diagnostics.push(one));
}

/// The pool called `name` of `nodes`, the first of which says what later ones are like.
fn pool_of(name: &str, machine: Option<&str>, nodes: &[&Object]) -> Tree {
    let first = nodes[0];
    let place = first.place();
    let mut pool = Map::new(place);
    pool.put("name", text(place, name));
    let status = first.at("status");
    let capacity = if status.at("capacity").exists() {
        "capacity"
    } else {
        "allocatable"
    };
    let offers = |what: &str| status.at(what).tree().cloned().map(gpu_annotations::of_node);
    let offered = offers(capacity);
    pool.put_at(
        "shape",
        place,
        shape(offered.as_ref(), machine.unwrap_or(name), place),
    );
    if let Some(reserved) = reserved(offers("capacity").as_ref(), offers("allocatable").as_ref()) {
        pool.put("reserved", reserved);
    }
    let count = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
    pool.put("nodes", number(place, count));
    let all: Vec<Labels> = nodes
        .iter()
        .map(|node| labels(node.at("metadata").at("labels")))
        .collect();
    let zones: BTreeSet<&String> = all.iter().filter_map(|labels| labels.get(ZONE_LABEL)).collect();
    if zones.len() > 1 {
        let zones = zones.iter().map(|zone| text(place, *zone)).collect();
        pool.put("zones", list(place, zones));
    }
    // Nodes that come later have what all of these have.
    let mut shared = Map::new(place);
    for (key, value) in &all[0] {
        if key != HOSTNAME_LABEL && all.iter().all(|labels| labels.get(key) == Some(value)) {
            shared.put(key, text(place, value));
        }
    }
    pool.put("labels", shared.tree());
    if let Some(taints) = taints(first)
        && nodes
            .iter()
            .all(|node| self::taints(node).map(|tree| tree.to_json()) == Some(taints.to_json()))
    {
        pool.put("taints", taints);
    }
    pool.put(
        "named",
        list(place, nodes.iter().map(|node| named(node)).collect()),
    );
    pool.tree()
}

fn taints(node: &Object) -> Option<Tree> {
    let taints = node.at("spec").at("taints");
    taints.tree().map(|tree| without(tree, "timeAdded"))
}

/// Annotations of nodes that change what happens to them.
const ANNOTATIONS: [&str; 2] = [
    "cluster-autoscaler.kubernetes.io/scale-down-disabled",
    "karpenter.sh/do-not-disrupt",
];

fn named(node: &Object) -> Tree {
    let place = node.place();
    let mut map = Map::new(place);
    map.put("name", text(place, &node.name));
    map.take("labels", node.at("metadata").at("labels"));
    let said = node.at("metadata").at("annotations");
    let mut annotations = Map::new(said.place());
    ANNOTATIONS
        .iter()
        .for_each(|key| annotations.take(key, said.at(key)));
    if !annotations.is_empty() {
        map.put_at("annotations", said.key_place(), annotations.tree());
    }
    map.put("taints", taints(node).unwrap_or_else(|| list(place, Vec::new())));
    let allocatable = node.at("status").at("allocatable");
    if let Some(tree) = allocatable.tree() {
        map.put_at(
            "allocatable",
            allocatable.key_place(),
            gpu_annotations::of_node(amounts(tree)),
        );
        if let Some(pods) = pods_of(tree) {
            map.put_at("pods", pods.place, pods);
        }
    }
    map.take("unschedulable", node.at("spec").at("unschedulable"));
    map.tree()
}

/// `pods` of a node's amounts as a number.
fn pods_of(tree: &Tree) -> Option<Tree> {
    let pods = tree.at("pods");
    let count: CountQuantity = serde_json::from_value(pods.tree()?.to_json()).ok()?;
    Some(number(pods.place(), i128::from(count.count())))
}

/// The shape of machines that have `capacity`.
fn shape(capacity: Option<&Tree>, name: &str, place: Place) -> Tree {
    let mut shape = Map::new(capacity.map_or(place, |tree| tree.place));
    shape.put("name", text(place, name));
    let Some(capacity) = capacity else {
        return shape.tree();
    };
    let mut extended = Map::new(capacity.place);
    for (key, value) in capacity.cursor().entries() {
        match key {
            "cpu" | "memory" | "ephemeral-storage" => shape.take(key, value),
            "pods" => {
                if let Some(pods) = pods_of(capacity) {
                    shape.put_at("pods", value.key_place(), pods);
                }
            }
            other if is_not_modelled(other) => {}
            other => extended.take(other, value),
        }
    }
    if !extended.is_empty() {
        shape.put("extended", extended.tree());
    }
    shape.tree()
}

/// What of `capacity` is not `allocatable`.
fn reserved(capacity: Option<&Tree>, allocatable: Option<&Tree>) -> Option<Tree> {
    let place = allocatable?.place;
    let read = |tree: Option<&Tree>| serde_json::from_value::<Amounts>(amounts(tree?).to_json()).ok();
    let (whole, part) = (read(capacity)?, read(allocatable)?);
    let mut map = Map::new(place);
    let cpu = |amounts: &Amounts| amounts.cpu.map_or(0, CpuQuantity::millis);
    let cpu = cpu(&whole).saturating_sub(cpu(&part));
    if cpu > 0 {
        map.put("cpu", text(place, CpuQuantity::from_millis(cpu).to_string()));
    }
    let bytes = |amount: Option<ByteQuantity>| amount.map_or(0, ByteQuantity::bytes);
    for (key, whole, part) in [
        ("memory", whole.memory, part.memory),
        (
            "ephemeral-storage",
            whole.ephemeral_storage,
            part.ephemeral_storage,
        ),
    ] {
        let kept = bytes(whole).saturating_sub(bytes(part));
        if kept > 0 {
            map.put(key, text(place, kept.to_string()));
        }
    }
    for (key, count) in &whole.extended {
        let left = part.extended.get(key).map_or(0, |count| count.count());
        let kept = count.count().saturating_sub(left);
        if kept > 0 {
            map.put(key, number(place, i128::from(kept)));
        }
    }
    (!map.is_empty()).then(|| map.tree())
}
