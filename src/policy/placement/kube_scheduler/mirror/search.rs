//! The search for a node with what the mirror knows: the same walk, the same sums, the same draw.

use super::Mirror;
use super::class_state::ClassState;
use super::topologies::Topologies;
use crate::engine::Stream;
use crate::model::cluster::{ClusterView, NodeView};
use crate::policy::placement::Incoming;
use crate::policy::placement::kube_scheduler::cycle::Cycle;
use crate::policy::placement::kube_scheduler::{
    HIGHEST, KubeScheduler, ONLY, image_locality, inter_pod_score, node_affinity, spread_score,
    taint_toleration,
};
use crate::policy::reason::ReasonKind;
use rand::RngExt;
use std::cell::OnceCell;

/// Room for one search, used again by the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The ranks of the nodes that take the pod, in the order in which they were found.
    feasible: Vec<u32>,
    /// Their weighted scores.
    totals: Vec<i64>,
    raw: Vec<i64>,
    raw_or_none: Vec<Option<i64>>,
    sums: Vec<f64>,
}

/// What a search found, and how many nodes it looked at.
#[derive(Debug)]
pub(in crate::policy::placement::kube_scheduler) struct Searched {
    pub(in crate::policy::placement::kube_scheduler) chosen: Option<(usize, &'static ReasonKind)>,
    pub(in crate::policy::placement::kube_scheduler) looked_at: usize,
}

impl Mirror {
    /// Looks for a node for a pod, from the `start`-th of the roster on. The mirror must have
    /// [followed](Self::follow) `view`.
    pub(in crate::policy::placement::kube_scheduler) fn search(
        &mut self,
        scheduler: &KubeScheduler,
        view: &dyn ClusterView,
        pod: &Incoming<'_>,
        start: usize,
        stream: &mut Stream,
    ) -> Searched {
        let (number, mut state) = self.state_of(scheduler, view, pod.class);
        let looked_at = self.walk(scheduler, view, pod, start, &mut state);
        let chosen = match self.scratch.feasible.as_slice() {
            [] => None,
            &[rank] => Some((self.roster[rank as usize], &ONLY)),
            _ => {
                self.score(scheduler, view, pod, &mut state);
                let rank = best(&self.scratch, stream);
                Some((self.roster[rank as usize], &HIGHEST))
            }
        };
        self.states[number] = Some(state);
        Searched { chosen, looked_at }
    }

    /// Finds nodes that take the pod and what they score by themselves; returns how many were looked at.
    fn walk(
        &mut self,
        scheduler: &KubeScheduler,
        view: &dyn ClusterView,
        pod: &Incoming<'_>,
        start: usize,
        state: &mut ClassState,
    ) -> usize {
        let nodes = self.roster.len();
        let limit = scheduler.nodes_to_find(nodes);
        let start = start % nodes.max(1);
        let plain: OnceCell<Cycle<'_>> = OnceCell::new();
        let counts = state.is_filtered_by_counts();
        let Scratch { feasible, totals, .. } = &mut self.scratch;
        feasible.clear();
        totals.clear();
        let mut looked_at = 0;
        for rank in (start..nodes).chain(0..start) {
            let node = || view.node(self.roster[rank]);
            let verdict = state.verdict(scheduler, rank, self.stamps[rank], &self.rows[rank], node);
            let mut takes = verdict.takes();
            if takes && self.promised[rank] {
                let cycle = plain.get_or_init(|| Cycle::new(scheduler, view, self.roster.clone(), pod));
                takes = node().is_some_and(|node: &NodeView| cycle.filter(node).is_ok());
            } else if takes && counts {
                takes = state.spread.takes(&self.topologies, rank)
                    && state.neighbours.takes(&self.topologies, rank);
            }
            if takes {
                // The search stops when it meets one more than it needs.
                if feasible.len() == limit {
                    break;
                }
                feasible.push(rank as u32);
                totals.push(verdict.score());
            }
            looked_at += 1;
        }
        looked_at
    }

    /// Adds the scores that need all nodes that take the pod.
    fn score(
        &mut self,
        scheduler: &KubeScheduler,
        view: &dyn ClusterView,
        pod: &Incoming<'_>,
        state: &mut ClassState,
    ) {
        let weights = &scheduler.weights;
        if weights.image_locality > 0 {
            self.score_images(view, pod, weights.image_locality);
        }
        let topologies: &Topologies = &self.topologies;
        let Scratch {
            feasible,
            totals,
            raw,
            raw_or_none,
            sums,
        } = &mut self.scratch;
        let by_rank = |column: &[i64], raw: &mut Vec<i64>| {
            raw.clear();
            raw.extend(feasible.iter().map(|&rank| column[rank as usize]));
        };
        if let Some(column) = &state.soft_taints {
            by_rank(column, raw);
            taint_toleration::normalise(raw);
            add(totals, raw.iter().copied(), weights.taint_toleration);
        }
        if let Some(column) = &state.preferred_nodes {
            by_rank(column, raw);
            node_affinity::normalise(raw);
            add(totals, raw.iter().copied(), weights.node_affinity);
        }
        if weights.pod_topology_spread > 0 && state.spread.score(topologies, feasible, sums, raw_or_none) {
            let scores = spread_score::normalise(raw_or_none);
            add(totals, scores, weights.pod_topology_spread);
        }
        if weights.inter_pod_affinity > 0 && state.neighbours.score(topologies, feasible, raw) {
            inter_pod_score::normalise(raw);
            add(totals, raw.iter().copied(), weights.inter_pod_affinity);
        }
    }

    fn score_images(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, weight: i64) {
        let images = image_locality::pre_score(view, self.roster.len(), pod.class);
        if images.spread.is_empty() {
            return;
        }
        let columns: Vec<(usize, f64)> = images
            .spread
            .iter()
            .map(|&(name, share)| (self.image(view, name), share))
            .collect();
        let Scratch { feasible, totals, .. } = &mut self.scratch;
        // Most nodes have the same ones.
        let mut last = (0, image_locality::of_sum(0, images.containers));
        for (total, &rank) in totals.iter_mut().zip(feasible.iter()) {
            let parts = columns.iter().filter_map(|&(column, share)| {
                self.images[column].1[rank as usize].map(|bytes| image_locality::part(bytes, share))
            });
            let sum = parts.sum();
            if sum != last.0 {
                last = (sum, image_locality::of_sum(sum, images.containers));
            }
            *total += weight * last.1;
        }
    }
}

fn add(totals: &mut [i64], scores: impl Iterator<Item = i64>, weight: i64) {
    for (total, score) in totals.iter_mut().zip(scores) {
        *total += score * weight;
    }
}

/// The rank of a node with the highest total; which one of several is drawn.
fn best(scratch: &Scratch, stream: &mut Stream) -> u32 {
    let highest = scratch.totals.iter().copied().max().unwrap_or_default();
    let mut ties = scratch
        .feasible
        .iter()
        .zip(&scratch.totals)
        .filter(|(_, total)| **total == highest)
        .map(|(rank, _)| *rank);
    let count = scratch.totals.iter().filter(|&&total| total == highest).count();
    let drawn = if count > 1 {
        stream.random_range(0..count)
    } else {
        0
    };
    ties.nth(drawn).unwrap_or_default()
}
