//! Scores: every plugin over the feasible nodes, normalised, weighted, summed.

use super::KubeScheduler;
use super::cycle::Cycle;
use super::status::Plugin;
use super::{
    balanced_allocation, image_locality, inter_pod_score, node_affinity, node_resources_fit, spread_score,
    taint_toleration,
};
use crate::model::cluster::NodeView;

/// The scores of some nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    /// The nodes' positions.
    pub places: Vec<usize>,
    /// By plugin that had something to say: a score of 0 to 100 for each node, before its weight.
    pub plugins: Vec<(Plugin, Vec<i64>)>,
    /// The weighted sum for each node.
    pub totals: Vec<i64>,
}

impl Scores {
    /// The positions of the nodes with the highest total.
    #[must_use]
    pub fn best(&self) -> Vec<usize> {
        let highest = self.totals.iter().max();
        let nodes = self.places.iter().zip(&self.totals);
        nodes
            .filter(|(_, total)| Some(*total) == highest)
            .map(|(place, _)| *place)
            .collect()
    }

    fn add(&mut self, plugin: Plugin, weight: i64, scores: Vec<i64>) {
        for (total, score) in self.totals.iter_mut().zip(&scores) {
            *total += score * weight;
        }
        self.plugins.push((plugin, scores));
    }
}

/// Scores the `feasible` nodes for the pod of `cycle`.
pub(super) fn scores(scheduler: &KubeScheduler, cycle: &Cycle<'_>, feasible: &[usize]) -> Scores {
    let (view, class, weights) = (cycle.view, cycle.pod.class, &scheduler.weights);
    let nodes: Vec<&NodeView> = feasible.iter().filter_map(|&place| view.node(place)).collect();
    let each = |score: &dyn Fn(&NodeView) -> i64| nodes.iter().map(|node| score(node)).collect::<Vec<_>>();
    let mut sum = Scores {
        places: feasible.to_vec(),
        plugins: Vec::new(),
        totals: vec![0; feasible.len()],
    };
    if weights.taint_toleration > 0 {
        let tolerations = taint_toleration::pre_score(class);
        let mut scores = each(&|node| taint_toleration::score(&tolerations, node));
        taint_toleration::normalise(&mut scores);
        sum.add(Plugin::TaintToleration, weights.taint_toleration, scores);
    }
    if weights.node_affinity > 0
        && let Some(terms) = node_affinity::pre_score(class)
    {
        let mut scores = each(&|node| node_affinity::score(terms, node));
        node_affinity::normalise(&mut scores);
        sum.add(Plugin::NodeAffinity, weights.node_affinity, scores);
    }
    if weights.node_resources_fit > 0 {
        let args = &scheduler.node_resources_fit;
        let asked = node_resources_fit::pre_score(args, class);
        let scores = each(&|node| node_resources_fit::score(args, &asked, node));
        sum.add(Plugin::NodeResourcesFit, weights.node_resources_fit, scores);
    }
    if weights.pod_topology_spread > 0 {
        let args = &scheduler.pod_topology_spread;
        if let Some(counts) = spread_score::Counts::new(args, view, &cycle.roster, feasible, class) {
            let raw: Vec<_> = nodes.iter().map(|node| counts.score(node)).collect();
            let scores = spread_score::normalise(&raw).collect();
            sum.add(Plugin::PodTopologySpread, weights.pod_topology_spread, scores);
        }
    }
    if weights.inter_pod_affinity > 0
        && let Some(counts) =
            inter_pod_score::pre_score(&scheduler.inter_pod_affinity, view, &cycle.roster, class)
    {
        let mut scores = each(&|node| inter_pod_score::score(&counts, node));
        inter_pod_score::normalise(&mut scores);
        sum.add(Plugin::InterPodAffinity, weights.inter_pod_affinity, scores);
    }
    if weights.node_resources_balanced_allocation > 0
        && let Some(asked) = balanced_allocation::pre_score(&scheduler.balanced_allocation, class)
    {
        let scores = each(&|node| balanced_allocation::score(scheduler.version, &asked, node));
        let weight = weights.node_resources_balanced_allocation;
        sum.add(Plugin::NodeResourcesBalancedAllocation, weight, scores);
    }
    if weights.image_locality > 0 {
        let images = image_locality::pre_score(view, cycle.roster.len(), class);
        let scores = each(&|node| image_locality::score(&images, node));
        sum.add(Plugin::ImageLocality, weights.image_locality, scores);
    }
    sum
}
