//! What the scheduler would tell of a decision that it is about to make.
//!
//! Knows: the nodes that a cycle finds, and their scores. Must not know: how a decision is made of them.

use super::configuration::Weights;
use super::cycle::Found;
use super::scores::Scores;
use super::status::{Diagnosis, Plugin};
use crate::policy::placement::{ComparedNode, Comparison};
use std::cmp::Reverse;

/// A comparison of the `found` nodes of `nodes`.
pub(super) fn comparison(nodes: usize, found: &Found, scores: &Scores, weights: &Weights) -> Comparison {
    let mut compared: Vec<ComparedNode> = scores
        .places
        .iter()
        .zip(&scores.totals)
        .enumerate()
        .map(|(index, (&place, &total))| ComparedNode {
            place,
            scores: scores.plugins.iter().map(|(_, of)| of[index]).collect(),
            total,
        })
        .collect();
    compared.sort_by_key(|node| Reverse(node.total));
    let refused = found.refused.len();
    let looked_at = compared.len() + refused;
    // Only what is said of the nodes that were looked at.
    let diagnosis = Diagnosis {
        nodes: looked_at,
        refused: found.refused.clone(),
        ..Diagnosis::default()
    };
    Comparison {
        criteria: scores
            .plugins
            .iter()
            .map(|&(plugin, _)| (plugin.name(), weight(weights, plugin)))
            .collect(),
        nodes: compared,
        refused,
        refusals: diagnosis.reasons().join(", "),
        skipped: nodes.saturating_sub(looked_at),
    }
}

fn weight(weights: &Weights, plugin: Plugin) -> i64 {
    match plugin {
        Plugin::TaintToleration => weights.taint_toleration,
        Plugin::NodeAffinity => weights.node_affinity,
        Plugin::NodeResourcesFit => weights.node_resources_fit,
        Plugin::PodTopologySpread => weights.pod_topology_spread,
        Plugin::InterPodAffinity => weights.inter_pod_affinity,
        Plugin::NodeResourcesBalancedAllocation => weights.node_resources_balanced_allocation,
        Plugin::ImageLocality => weights.image_locality,
        _ => 0,
    }
}
