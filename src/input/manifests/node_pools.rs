//! NodePools to the NodePools of the policy `karpenter`.
//!
//! Knows: which field of a NodePool is which of the policy's, and that the scenario wins. Must not know: what one leads to.

use super::graft::below;
use super::ignored::Ignored;
use super::kinds::Kind;
use super::make::{Map, list};
use super::object::Object;
use crate::input::{Node, Tree};
use crate::model::units::quoted;

const POLICY: &str = "karpenter";
const LIST: &str = "nodePools";

/// Gives the node scaling of the scenario `tree` the NodePools among `objects`, unless it is another than Karpenter.
pub(super) fn graft(tree: &mut Tree, objects: &[Object], ignored: &mut Ignored) {
    let given: Vec<&Object> = objects
        .iter()
        .filter(|object| object.kind == Kind::NodePool)
        .collect();
    let Some(first) = given.first() else { return };
    let place = first.place();
    let Some(policies) = below(tree, "policies", place, Node::Map(Vec::new())) else {
        return;
    };
    let Some(scaling) = below(policies, "node_scaling", place, Node::Map(Vec::new())) else {
        return;
    };
    if matches!(&scaling.node, Node::String { text, .. } if text == POLICY) {
        scaling.node = Node::Map(Vec::new());
    }
    let other = match &scaling.node {
        Node::Map(entries) => entries
            .iter()
            .map(|entry| entry.key.as_str())
            .find(|key| *key != POLICY),
        Node::String { text, .. } => Some(text.as_str()),
        _ => return,
    };
    if let Some(other) = other {
        let said = format!("the scenario scales nodes by {}", quoted(other));
        for object in given {
            ignored.because((object.file, &object.word), format!("{}: {said}", object.title()));
        }
        return;
    }
    let Some(karpenter) = below(scaling, POLICY, place, Node::Map(Vec::new())) else {
        return;
    };
    let Some(pools) = below(karpenter, LIST, place, Node::Seq(Vec::new())) else {
        return;
    };
    let Node::Seq(items) = &mut pools.node else { return };
    let own: Vec<String> = items.iter().filter_map(Tree::name).collect();
    for object in given {
        if own.contains(&object.name) {
            let said = "the scenario has a NodePool of this name";
            ignored.because((object.file, &object.word), format!("{}: {said}", object.title()));
        } else {
            items.push(node_pool(object));
        }
    }
}

fn node_pool(object: &Object) -> Tree {
    let (metadata, spec) = (object.at("metadata"), object.at("spec"));
    let template = spec.at("template");
    let mut pool = Map::new(object.place());
    pool.take("name", metadata.at("name"));
    for field in ["weight", "limits", "disruption"] {
        pool.take(field, spec.at(field));
    }
    pool.take("labels", template.at("metadata").at("labels"));
    pool.take("annotations", template.at("metadata").at("annotations"));
    let of_nodes = template.at("spec");
    for field in ["requirements", "expireAfter", "terminationGracePeriod"] {
        pool.take(field, of_nodes.at(field));
    }
    for field in ["taints", "startupTaints"] {
        let taints = of_nodes.at(field);
        if taints.exists() {
            let read = taints.items().map(|taint| {
                let mut read = Map::new(taint.place());
                for part in ["key", "value", "effect"] {
                    read.take(part, taint.at(part));
                }
                read.tree()
            });
            pool.put_at(field, taints.key_place(), list(taints.place(), read.collect()));
        }
    }
    pool.tree()
}
