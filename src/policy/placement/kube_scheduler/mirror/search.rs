//! The search for a node with what the mirror knows: the same walk, the same sums, the same draw.

use super::Mirror;
use super::class_state::ClassState;
use super::groups::KEPT_OFF;
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

/// A node that takes the pod.
#[derive(Clone, Copy, Debug)]
struct Feasible {
    rank: u32,
    /// Where its group is among those met.
    met: u32,
    /// What it scores by itself.
    own: i64,
}

/// What one search knows of a group.
#[derive(Clone, Copy, Debug, Default)]
struct GroupNow {
    /// Which search: what an earlier one knew no longer holds.
    search: u64,
    /// Whether pods elsewhere let the pod onto its nodes.
    is_let_in: bool,
    /// Where it is among those met, [`NOT_MET`] before a node of it takes the pod.
    met: u32,
}

const NOT_MET: u32 = u32::MAX;

/// Room for one search, used again by the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    searches: u64,
    /// In the order in which they were found.
    feasible: Vec<Feasible>,
    /// By number.
    groups: Vec<GroupNow>,
    met: Met,
    /// Ranks of the nodes with the highest total.
    ties: Vec<u32>,
    raw: Vec<i64>,
    raw_or_none: Vec<Option<i64>>,
    sums: Vec<f64>,
}

/// Groups with nodes that take the pod, in the order in which they were met.
#[derive(Debug, Default)]
struct Met {
    /// The rank of one of its nodes.
    ranks: Vec<u32>,
    /// How many of its nodes take the pod.
    nodes: Vec<usize>,
    /// What its nodes score beside what each does by itself.
    scores: Vec<i64>,
}

impl Met {
    fn clear(&mut self) {
        self.ranks.clear();
        self.nodes.clear();
        self.scores.clear();
    }

    fn push(&mut self, rank: usize) -> u32 {
        self.ranks.push(rank as u32);
        self.nodes.push(0);
        self.scores.push(0);
        self.ranks.len() as u32 - 1
    }
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
        let looked_at = self.walk(scheduler, view, pod, start, &state);
        let chosen = match self.scratch.feasible.as_slice() {
            [] => None,
            &[only] => Some((self.roster[only.rank as usize], &ONLY)),
            _ => {
                self.score(scheduler, view, pod, &mut state);
                let rank = best(&mut self.scratch, stream);
                Some((self.roster[rank as usize], &HIGHEST))
            }
        };
        self.states[number] = Some(state);
        Searched { chosen, looked_at }
    }

    /// Finds nodes that take the pod, their groups, and what they score by themselves; returns how many were looked at.
    fn walk(
        &mut self,
        scheduler: &KubeScheduler,
        view: &dyn ClusterView,
        pod: &Incoming<'_>,
        start: usize,
        state: &ClassState,
    ) -> usize {
        let nodes = self.roster.len();
        let limit = scheduler.nodes_to_find(nodes);
        let start = start % nodes.max(1);
        let plain: OnceCell<Cycle<'_>> = OnceCell::new();
        let counts = state.is_filtered_by_counts();
        let shape = &mut self.shapes[state.shape];
        let Scratch {
            searches,
            feasible,
            groups,
            met,
            ..
        } = &mut self.scratch;
        *searches += 1;
        feasible.clear();
        met.clear();
        if groups.len() < state.groups.len() {
            groups.resize(state.groups.len(), GroupNow::default());
        }
        let mut looked_at = 0;
        // Two plain ranges: what is done for every node looked at is little enough for their joint to be felt.
        'walk: for part in [start..nodes, 0..start] {
            for rank in part {
                let number = state.groups.of(rank);
                if number == KEPT_OFF {
                    looked_at += 1;
                    continue;
                }
                let node = || view.node(self.roster[rank]);
                let verdict = shape.verdict(scheduler, rank, self.stamps[rank], &self.rows[rank], node);
                if !verdict.takes() {
                    looked_at += 1;
                    continue;
                }
                let group = &mut groups[number as usize];
                if group.search != *searches {
                    *group = GroupNow {
                        search: *searches,
                        is_let_in: !counts || state.is_let_in(&self.topologies, rank),
                        met: NOT_MET,
                    };
                }
                let mut takes = group.is_let_in;
                if self.promised_nodes > 0 && self.promised[rank] {
                    let cycle = plain.get_or_init(|| Cycle::new(scheduler, view, self.roster.clone(), pod));
                    takes = node().is_some_and(|node: &NodeView| cycle.filter(node).is_ok());
                }
                if takes {
                    // The search stops when it meets one more than it needs.
                    if feasible.len() == limit {
                        break 'walk;
                    }
                    if group.met == NOT_MET {
                        group.met = met.push(rank);
                    }
                    met.nodes[group.met as usize] += 1;
                    feasible.push(Feasible {
                        rank: rank as u32,
                        met: group.met,
                        own: verdict.score(),
                    });
                }
                looked_at += 1;
            }
        }
        looked_at
    }

    /// Gives every group that was met the scores for which the nodes that take the pod are compared.
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
        let topologies = &self.topologies;
        let Scratch {
            met: Met { ranks, nodes, scores },
            raw,
            raw_or_none,
            sums,
            ..
        } = &mut self.scratch;
        let by_rank = |column: &[i64], raw: &mut Vec<i64>| {
            raw.clear();
            raw.extend(ranks.iter().map(|&rank| column[rank as usize]));
        };
        if let Some(column) = &state.soft_taints {
            by_rank(column, raw);
            taint_toleration::normalise(raw);
            add(scores, raw.iter().copied(), weights.taint_toleration);
        }
        if let Some(column) = &state.preferred_nodes {
            by_rank(column, raw);
            node_affinity::normalise(raw);
            add(scores, raw.iter().copied(), weights.node_affinity);
        }
        if weights.pod_topology_spread > 0 && state.spread.score(topologies, ranks, nodes, sums, raw_or_none)
        {
            let normal = spread_score::normalise(raw_or_none);
            add(scores, normal, weights.pod_topology_spread);
        }
        if weights.inter_pod_affinity > 0 && state.neighbours.score(topologies, ranks, raw) {
            inter_pod_score::normalise(raw);
            add(scores, raw.iter().copied(), weights.inter_pod_affinity);
        }
    }

    fn score_images(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, weight: i64) {
        let asked = image_locality::pre_score(view, self.roster.len(), pod.class);
        if asked.spread.is_empty() {
            return;
        }
        let columns: Vec<(usize, f64)> = asked
            .spread
            .iter()
            .map(|&(name, share)| (self.images.number(view, &self.roster, name), share))
            .collect();
        let Met { ranks, scores, .. } = &mut self.scratch.met;
        for (score, &rank) in scores.iter_mut().zip(ranks.iter()) {
            let parts = columns.iter().filter_map(|&(image, share)| {
                let bytes = self.images.size(image, rank as usize)?;
                Some(image_locality::part(bytes, share))
            });
            *score += weight * image_locality::of_sum(parts.sum(), asked.containers);
        }
    }
}

fn add(totals: &mut [i64], scores: impl Iterator<Item = i64>, weight: i64) {
    for (total, score) in totals.iter_mut().zip(scores) {
        *total += score * weight;
    }
}

/// The rank of a node with the highest total; which one of several is drawn.
fn best(scratch: &mut Scratch, stream: &mut Stream) -> u32 {
    let Scratch {
        feasible, met, ties, ..
    } = scratch;
    let mut highest = i64::MIN;
    for node in feasible.iter() {
        let total = node.own + met.scores[node.met as usize];
        if total > highest {
            highest = total;
            ties.clear();
        }
        if total == highest {
            ties.push(node.rank);
        }
    }
    match ties.as_slice() {
        [only] => *only,
        several => several[stream.random_range(0..several.len())],
    }
}
