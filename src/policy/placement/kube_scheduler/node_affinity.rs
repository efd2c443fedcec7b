//! NodeAffinity: node selectors and node affinity (`plugins/nodeaffinity/node_affinity.go`).

use super::normalise;
use super::status::{Plugin, Status};
use crate::model::cluster::NodeView;
use crate::model::placement_rules::PreferredNodes;
use crate::model::pod_template::PodTemplate;

/// The names of the only nodes the pod can go to, if it names them all.
pub(super) fn pre_filter(class: &PodTemplate) -> Result<Option<Vec<&str>>, Status> {
    let names = class.rules.node_affinity.only_nodes();
    match &names {
        Some(names) if names.is_empty() => Err(Status::unresolvable(
            Plugin::NodeAffinity,
            "pod affinity terms conflict",
        )),
        _ => Ok(names),
    }
}

pub(super) fn filter(class: &PodTemplate, node: &NodeView) -> Result<(), Status> {
    if class.selects(&node.facts.name, &node.facts.labels) {
        return Ok(());
    }
    Err(Status::unresolvable(
        Plugin::NodeAffinity,
        "node(s) didn't match Pod's node affinity/selector",
    ))
}

/// The pod's preferences; `None` if it has none, and the plugin is not asked.
pub(super) fn pre_score(class: &PodTemplate) -> Option<&[PreferredNodes]> {
    Some(class.rules.node_affinity.preferred.as_slice()).filter(|terms| !terms.is_empty())
}

/// The sum of the weights of the preferences the node meets.
pub(super) fn score(terms: &[PreferredNodes], node: &NodeView) -> i64 {
    let met = terms
        .iter()
        .filter(|one| one.preference.matches(&node.facts.name, &node.facts.labels));
    met.map(|one| i64::from(one.weight)).sum()
}

pub(super) fn normalise(scores: &mut [i64]) {
    normalise::by_largest(scores, false);
}
