//! GPUs as Alibaba's scheduler has them: a number of devices, thousandths of each, and their models as annotations of
//! pods; a number of devices as an amount that a node offers.
//!
//! Knows: their names, and what a scenario says instead. Must not know: how devices are shared.

use super::graft::below;
use super::make::{add, number, text};
use super::object::Object;
use crate::input::{Cursor, Diagnostic, Diagnostics, Node, Tree};
use crate::model::gpu::{MILLI, is_gpu};
use crate::model::units::quoted;

/// Devices, of a pod (an annotation) and of a node (an amount).
const COUNT: &str = "alibabacloud.com/gpu-count";
/// Thousandths of each device, of a pod; of a node, where it says nothing that the number does not.
const SHARE: &str = "alibabacloud.com/gpu-milli";
/// The model of a node's devices (a label), and of those that a pod takes (an annotation): `V100M16|V100M32`.
const MODEL: &str = "alibabacloud.com/gpu-card-model";
/// The devices that a pod has been given: `0`, or `2-3`.
const INDEX: &str = "alibabacloud.com/gpu-index";
/// What whole devices are called here.
const DEVICES: &str = "nvidia.com/gpu";

/// What a node offers, its devices under the name by which pods ask for them.
pub(super) fn of_node(mut amounts: Tree) -> Tree {
    if let Node::Map(entries) = &mut amounts.node {
        entries.retain(|entry| entry.key != SHARE);
        if entries.iter().any(|entry| is_gpu(&entry.key)) {
            entries.retain(|entry| entry.key != COUNT);
        }
        for entry in entries.iter_mut().filter(|entry| entry.key == COUNT) {
            DEVICES.clone_into(&mut entry.key);
        }
    }
    amounts
}

/// The devices that a pod has been given, by their numbers; none if nobody says.
pub(super) fn devices_of(pod: &Object) -> Vec<usize> {
    let said = pod.at("metadata").at("annotations").at(INDEX).text();
    let numbers = said.into_iter().flat_map(|text| text.split('-'));
    numbers
        .map(|number| number.trim().parse().ok())
        .collect::<Option<_>>()
        .unwrap_or_default()
}

/// What the annotations `said` of pods ask for, put into their `serving`.
pub(super) fn of_pods(said: Cursor<'_>, serving: &mut Tree, diagnostics: &mut Diagnostics) {
    let (count, share) = (said.at(COUNT), said.at(SHARE));
    if !count.exists() && !share.exists() {
        return;
    }
    let number_of = |cursor: Cursor<'_>| cursor.text().and_then(|text| text.trim().parse::<u32>().ok());
    let refused = |cursor: Cursor<'_>, what: String, help: &str| {
        Diagnostic::error(cursor.place(), what).help(help.to_owned())
    };
    for (name, cursor, other_name, other) in [(COUNT, count, SHARE, share), (SHARE, share, COUNT, count)] {
        if !cursor.exists() {
            let what = format!("{} says nothing without {}", quoted(other_name), quoted(name));
            return diagnostics.push(refused(other, what, "a pod has both annotations"));
        }
        if number_of(cursor).is_none() {
            let found = quoted(cursor.text().unwrap_or_default());
            let what = format!("{found} is no number of GPUs, nor of thousandths of one");
            return diagnostics.push(refused(cursor, what, "expected a whole number, such as \"1\""));
        }
    }
    let (Some(devices), Some(milli)) = (number_of(count), number_of(share)) else {
        return;
    };
    if devices == 0 || milli == 0 {
        return;
    }
    if milli > u32::from(MILLI) || (devices > 1 && milli < u32::from(MILLI)) {
        let what = format!("{milli} thousandths of {devices} GPUs");
        let help = "a pod has 1 to 999 thousandths of one GPU, or 1000 of each of several";
        return diagnostics.push(refused(share, what, help));
    }
    if milli < u32::from(MILLI) {
        add(serving, "gpu_share", text(share.place(), format!("{milli}m")));
    } else {
        whole_devices(count, devices, serving);
    }
    models(said.at(MODEL), serving);
}

/// Whole devices are asked for by a container: the first, if none names any yet.
fn whole_devices(said: Cursor<'_>, devices: u32, serving: &mut Tree) {
    let place = said.place();
    let Some(containers) = below(serving, "containers", place, Node::Seq(Vec::new())) else {
        return;
    };
    let Node::Seq(containers) = &mut containers.node else {
        return;
    };
    let names_gpus = |container: &Tree| {
        let requests = container.at("resources").at("requests");
        requests.entries().any(|(name, _)| is_gpu(name))
    };
    if containers.iter().any(names_gpus) {
        return;
    }
    let main = containers
        .iter_mut()
        .find(|container| !container.at("kind").exists());
    let resources = main.and_then(|main| below(main, "resources", place, Node::Map(Vec::new())));
    let requests = resources.and_then(|tree| below(tree, "requests", place, Node::Map(Vec::new())));
    if let Some(requests) = requests {
        add(requests, DEVICES, number(place, devices));
    }
}

/// A pod that takes one model goes to nodes with its label; one that takes several, to nodes with one of them.
fn models(said: Cursor<'_>, serving: &mut Tree) {
    let place = said.place();
    let models: Vec<&str> = said
        .text()
        .unwrap_or_default()
        .split('|')
        .map(str::trim)
        .filter(|model| !model.is_empty())
        .collect();
    let map = || Node::Map(Vec::new());
    let list = || Node::Seq(Vec::new());
    match models.as_slice() {
        [] => {}
        [model] => {
            if let Some(selector) = below(serving, "node_selector", place, map())
                && !selector.at(MODEL).exists()
            {
                add(selector, MODEL, text(place, *model));
            }
        }
        models => {
            let mut one_of = Tree { node: map(), place };
            add(&mut one_of, "key", text(place, MODEL));
            add(&mut one_of, "operator", text(place, "In"));
            let values = models.iter().map(|model| text(place, *model)).collect();
            add(
                &mut one_of,
                "values",
                Tree {
                    node: Node::Seq(values),
                    place,
                },
            );
            let affinity = below(serving, "affinity", place, map());
            let of_nodes = affinity.and_then(|tree| below(tree, "nodeAffinity", place, map()));
            let required = of_nodes.and_then(|tree| {
                below(
                    tree,
                    "requiredDuringSchedulingIgnoredDuringExecution",
                    place,
                    map(),
                )
            });
            let terms = required.and_then(|tree| below(tree, "nodeSelectorTerms", place, list()));
            let Some(Node::Seq(terms)) = terms.map(|tree| &mut tree.node) else {
                return;
            };
            if terms.is_empty() {
                terms.push(Tree { node: map(), place });
            }
            // One of the terms must hold: each of them asks for the model beside what it asks for.
            for term in terms {
                if let Some(Tree {
                    node: Node::Seq(expressions),
                    ..
                }) = below(term, "matchExpressions", place, list())
                {
                    expressions.push(one_of.clone());
                }
            }
        }
    }
}
