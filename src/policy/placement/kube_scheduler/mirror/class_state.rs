//! What is kept of one class of pods: which nodes take it, how they score, and the pods near which it must or must not
//! be.

use super::neighbours::{Ground, Neighbours};
use super::rows::NodeRow;
use super::spread::Spread;
use super::tally::Delta;
use super::topologies::Topologies;
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::kube_scheduler::amounts::{Asked, Books};
use crate::policy::placement::kube_scheduler::cycle::{filter_by_facts, filter_by_pods};
use crate::policy::placement::kube_scheduler::{
    KubeScheduler, balanced_allocation, node_affinity, node_resources_fit, taint_toleration,
};
use std::sync::Arc;

/// What one class gets from one node by itself: whether that takes it, and its scores that need no normalisation,
/// weighted and summed; and as of which change of the node.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdict(u64);

const TAKES: u64 = 1 << 31;

impl Verdict {
    const fn new(stamp: u32, takes: bool, score: i64) -> Self {
        Self((stamp as u64) << 32 | if takes { TAKES } else { 0 } | score as u64 & (TAKES - 1))
    }

    const fn is_of(self, stamp: u32) -> bool {
        (self.0 >> 32) as u32 == stamp
    }

    pub(super) const fn takes(self) -> bool {
        self.0 & TAKES != 0
    }

    pub(super) const fn score(self) -> i64 {
        (self.0 & (TAKES - 1)) as i64
    }
}

/// One class as the mirror knows it.
#[derive(Debug)]
pub(super) struct ClassState {
    class: Arc<PodTemplate>,
    /// By rank.
    verdicts: Vec<Verdict>,
    /// Whether the filters that look at facts let it onto a node, by rank.
    allowed: Vec<bool>,
    /// Taints it would rather avoid, by rank; `None` where no node has any.
    pub(super) soft_taints: Option<Vec<i64>>,
    /// Weights of the preferences that nodes meet, by rank; `None` where it has none.
    pub(super) preferred_nodes: Option<Vec<i64>>,
    /// Whether a node's row says all that its filters and scores look at.
    common: bool,
    fit: Vec<(Asked, i64)>,
    balanced: Option<Vec<Asked>>,
    pub(super) spread: Spread,
    pub(super) neighbours: Neighbours,
    /// How many classes it has been introduced to.
    known: usize,
    /// The number of the first change it has not taken in.
    pub(super) seen: u64,
}

impl ClassState {
    /// What facts say, nothing counted yet.
    pub(super) fn new(scheduler: &KubeScheduler, ground: &mut Ground<'_>, class: &Arc<PodTemplate>) -> Self {
        let (view, roster, weights) = (ground.view, ground.roster, &scheduler.weights);
        let nodes = || roster.iter().filter_map(|&place| view.node(place));
        let tolerations = taint_toleration::pre_score(class);
        let taints = nodes().map(|node| taint_toleration::score(&tolerations, node));
        let taints: Vec<i64> = taints.collect();
        let preferred = node_affinity::pre_score(class).filter(|_| weights.node_affinity > 0);
        let spread = &scheduler.pod_topology_spread;
        let fit = node_resources_fit::pre_score(&scheduler.node_resources_fit, class);
        let balanced = balanced_allocation::pre_score(&scheduler.balanced_allocation, class)
            .filter(|_| weights.node_resources_balanced_allocation > 0);
        let scored = fit
            .iter()
            .map(|(asked, _)| asked)
            .chain(balanced.iter().flatten());
        let asks_for_more = class.requests().extended_iter().any(|(_, amount)| amount > 0);
        Self {
            common: !asks_for_more
                && class.rules.host_ports.is_empty()
                && scored.into_iter().all(Asked::is_common),
            class: class.clone(),
            verdicts: vec![Verdict::default(); roster.len()],
            allowed: nodes()
                .map(|node| filter_by_facts(scheduler, class, node).is_ok())
                .collect(),
            soft_taints: (weights.taint_toleration > 0 && taints.iter().any(|&count| count > 0))
                .then_some(taints),
            preferred_nodes: preferred
                .map(|terms| nodes().map(|node| node_affinity::score(terms, node)).collect()),
            fit,
            balanced,
            spread: Spread::new(spread, view, roster, ground.topologies, class),
            neighbours: Neighbours::new(ground, class),
            known: 0,
            seen: 0,
        }
    }

    /// Is introduced to the classes it does not know yet.
    pub(super) fn meet(
        &mut self,
        scheduler: &KubeScheduler,
        ground: &mut Ground<'_>,
        classes: &[Arc<PodTemplate>],
    ) {
        let args = &scheduler.inter_pod_affinity;
        for (number, other) in classes.iter().enumerate().skip(self.known) {
            self.spread.learn(&self.class, number, other);
            self.neighbours.learn(args, ground, &self.class, number, other);
        }
        self.known = classes.len();
    }

    /// Whether pods on other nodes decide which nodes take it.
    pub(super) fn is_filtered_by_counts(&self) -> bool {
        self.spread.filters() || self.neighbours.filters()
    }

    /// Whether changes on nodes mean anything to it beyond those nodes.
    pub(super) fn counts_anything(&self) -> bool {
        self.spread.counts_anything() || self.neighbours.counts_anything()
    }

    pub(super) fn apply(&mut self, topologies: &Topologies, delta: Delta) {
        self.spread.apply(topologies, delta);
        self.neighbours.apply(topologies, delta);
    }

    /// What the node of this rank gives it, as of `stamp`; asked anew if the node has changed.
    #[inline]
    pub(super) fn verdict<'a>(
        &mut self,
        scheduler: &KubeScheduler,
        rank: usize,
        stamp: u32,
        row: &NodeRow,
        node: impl FnOnce() -> Option<&'a NodeView>,
    ) -> Verdict {
        let known = self.verdicts[rank];
        if known.is_of(stamp) {
            return known;
        }
        let verdict = if !self.allowed[rank] {
            Verdict::new(stamp, false, 0)
        } else if self.common {
            let takes = row.has_room(&self.class);
            Verdict::new(stamp, takes, if takes { self.score(scheduler, row) } else { 0 })
        } else {
            let node = node().filter(|node| filter_by_pods(scheduler, &self.class, node).is_ok());
            let score = node.map(|node| self.score(scheduler, node));
            Verdict::new(stamp, node.is_some(), score.unwrap_or_default())
        };
        self.verdicts[rank] = verdict;
        verdict
    }

    /// What it scores on a node by that alone, weighted and summed.
    fn score(&self, scheduler: &KubeScheduler, node: &impl Books) -> i64 {
        let (weights, mut score) = (&scheduler.weights, 0);
        if weights.node_resources_fit > 0 {
            score += weights.node_resources_fit
                * node_resources_fit::score(&scheduler.node_resources_fit, &self.fit, node);
        }
        if let Some(asked) = &self.balanced {
            score += weights.node_resources_balanced_allocation
                * balanced_allocation::score(scheduler.version, asked, node);
        }
        score
    }
}
