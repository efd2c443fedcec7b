//! What one node by itself says to pods that ask for the same: asked again only when the node has changed.

use super::rows::NodeRow;
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::kube_scheduler::amounts::{Asked, Books};
use crate::policy::placement::kube_scheduler::cycle::filter_by_pods;
use crate::policy::placement::kube_scheduler::{KubeScheduler, balanced_allocation, node_resources_fit};
use std::sync::Arc;

/// What pods of one shape get from one node by itself: whether what they ask for is free, and its scores that need no
/// normalisation, weighted and summed; and as of which change of the node.
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

/// Classes that ask for the same amounts and ports: nothing else of a class is looked at here, so they share verdicts.
#[derive(Debug)]
pub(super) struct Shape {
    /// One of the classes.
    class: Arc<PodTemplate>,
    /// By rank.
    verdicts: Vec<Verdict>,
    /// Whether a node's row says all that its filters and scores look at.
    common: bool,
    fit: Vec<(Asked, i64)>,
    balanced: Option<Vec<Asked>>,
}

impl Shape {
    pub(super) fn new(scheduler: &KubeScheduler, nodes: usize, class: &Arc<PodTemplate>) -> Self {
        let fit = node_resources_fit::pre_score(&scheduler.node_resources_fit, class);
        let balanced = balanced_allocation::pre_score(&scheduler.balanced_allocation, class)
            .filter(|_| scheduler.weights.node_resources_balanced_allocation > 0);
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
            verdicts: vec![Verdict::default(); nodes],
            fit,
            balanced,
        }
    }

    /// Whether `class` asks for the same.
    pub(super) fn is_of(&self, class: &PodTemplate) -> bool {
        self.class.requests() == class.requests()
            && self.class.scored_requests() == class.scored_requests()
            && self.class.rules.host_ports == class.rules.host_ports
    }

    /// What the node of this rank says, as of `stamp`; asked anew if the node has changed.
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
        self.ask(scheduler, rank, stamp, row, node)
    }

    #[inline(never)]
    fn ask<'a>(
        &mut self,
        scheduler: &KubeScheduler,
        rank: usize,
        stamp: u32,
        row: &NodeRow,
        node: impl FnOnce() -> Option<&'a NodeView>,
    ) -> Verdict {
        let verdict = if self.common {
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

    /// What a pod scores on a node by that alone, weighted and summed.
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
