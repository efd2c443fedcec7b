//! What is kept of one class of pods: which nodes its facts keep it off, how the others group, and the pods near which
//! it must or must not be.

use super::groups::Groups;
use super::images::Images;
use super::neighbours::{Ground, Neighbours};
use super::spread::Spread;
use super::tally::{Delta, PodsDelta};
use super::topologies::Topologies;
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::kube_scheduler::cycle::filter_by_facts;
use crate::policy::placement::kube_scheduler::{KubeScheduler, node_affinity, taint_toleration};
use std::sync::Arc;

/// One class as the mirror knows it.
#[derive(Debug)]
pub(super) struct ClassState {
    class: Arc<PodTemplate>,
    /// The number of its shape.
    pub(super) shape: usize,
    /// Whether the filters that look at facts let it onto a node, by rank.
    allowed: Vec<bool>,
    /// Taints it would rather avoid, by rank; `None` where no node has any.
    pub(super) soft_taints: Option<Vec<i64>>,
    /// Weights of the preferences that nodes meet, by rank; `None` where it has none.
    pub(super) preferred_nodes: Option<Vec<i64>>,
    /// The numbers of its images.
    images: Vec<usize>,
    pub(super) spread: Spread,
    pub(super) neighbours: Neighbours,
    pub(super) groups: Groups,
    /// Of each class that it has been introduced to, whether it counts its pods at all.
    counted: Vec<bool>,
    /// The number of the first change it has not taken in.
    pub(super) seen: u64,
    /// Room for what nodes have in common, and for nodes that changed.
    common: Vec<i64>,
    moved: Vec<u32>,
}

impl ClassState {
    /// What facts say, nothing counted and no node in a group yet.
    pub(super) fn new(
        scheduler: &KubeScheduler,
        ground: &mut Ground<'_>,
        class: &Arc<PodTemplate>,
        shape: usize,
        images: Vec<usize>,
    ) -> Self {
        let (view, roster, weights) = (ground.view, ground.roster, &scheduler.weights);
        let nodes = || roster.iter().filter_map(|&place| view.node(place));
        let tolerations = taint_toleration::pre_score(class);
        let taints = nodes().map(|node| taint_toleration::score(&tolerations, node));
        let taints: Vec<i64> = taints.collect();
        let preferred = node_affinity::pre_score(class).filter(|_| weights.node_affinity > 0);
        let spread = &scheduler.pod_topology_spread;
        Self {
            class: class.clone(),
            shape,
            allowed: nodes()
                .map(|node| filter_by_facts(scheduler, class, node).is_ok())
                .collect(),
            soft_taints: (weights.taint_toleration > 0 && taints.iter().any(|&count| count > 0))
                .then_some(taints),
            preferred_nodes: preferred
                .map(|terms| nodes().map(|node| node_affinity::score(terms, node)).collect()),
            images,
            spread: Spread::new(spread, view, roster, ground.topologies, class),
            neighbours: Neighbours::new(ground, class),
            groups: Groups::new(roster.len()),
            counted: Vec::new(),
            seen: 0,
            common: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// Is introduced to the classes it does not know yet; whether that makes it tell nodes apart that it did not.
    pub(super) fn meet(
        &mut self,
        scheduler: &KubeScheduler,
        ground: &mut Ground<'_>,
        classes: &[Arc<PodTemplate>],
    ) -> bool {
        let known = self.counted.len();
        if known == classes.len() {
            return false;
        }
        let (args, keys) = (&scheduler.inter_pod_affinity, self.neighbours.keys());
        for (number, other) in classes.iter().enumerate().skip(known) {
            self.spread.learn(&self.class, number, other);
            self.neighbours.learn(args, ground, &self.class, number, other);
            self.counted
                .push(self.spread.counts(number) || self.neighbours.counts(number));
        }
        keys != self.neighbours.keys()
    }

    /// Whether pods on other nodes decide which nodes take it.
    pub(super) fn is_filtered_by_counts(&self) -> bool {
        self.spread.filters() || self.neighbours.filters()
    }

    /// Whether changes on nodes mean anything to it beyond those nodes.
    pub(super) fn counts_anything(&self) -> bool {
        self.spread.counts_anything() || self.neighbours.counts_anything() || !self.images.is_empty()
    }

    /// Whether pods elsewhere let it onto the node of this rank: the same for all of its group.
    pub(super) fn is_let_in(&self, topologies: &Topologies, rank: usize) -> bool {
        self.spread.takes(topologies, rank) && self.neighbours.takes(topologies, rank)
    }

    /// Counts pods that come or go, groups left as they are.
    pub(super) fn count(&mut self, topologies: &Topologies, delta: PodsDelta) {
        if !self.counted[delta.class as usize] {
            return;
        }
        self.spread.apply(topologies, delta, &mut self.moved);
        self.neighbours.apply(topologies, delta, &mut self.moved);
        self.moved.clear();
    }

    /// Takes in a change: counts, and puts the nodes in other groups that are others for it.
    #[inline]
    pub(super) fn apply(&mut self, topologies: &Topologies, images: &Images, delta: Delta) {
        match delta {
            Delta::Image { rank, image } => {
                if self.images.contains(&(image as usize)) {
                    self.moved.push(rank);
                }
            }
            // Most pods are of classes that mean nothing to it.
            Delta::Pods(delta) if !self.counted[delta.class as usize] => {}
            Delta::Pods(delta) => {
                self.spread.apply(topologies, delta, &mut self.moved);
                self.neighbours.apply(topologies, delta, &mut self.moved);
            }
        }
        while let Some(rank) = self.moved.pop() {
            self.group(topologies, images, rank as usize);
        }
    }

    /// Asks a node again whether its facts keep the class off.
    pub(super) fn look_at_facts(
        &mut self,
        scheduler: &KubeScheduler,
        topologies: &Topologies,
        images: &Images,
        node: &NodeView,
        rank: usize,
    ) {
        self.allowed[rank] = filter_by_facts(scheduler, &self.class, node).is_ok();
        self.group(topologies, images, rank);
    }

    /// Puts every node in its group.
    pub(super) fn group_all(&mut self, topologies: &Topologies, images: &Images) {
        self.groups.clear();
        for rank in 0..self.allowed.len() {
            self.group(topologies, images, rank);
        }
    }

    /// Puts a node in its group: what [`Self::is_let_in`] and the scores that compare nodes look at is in common there.
    fn group(&mut self, topologies: &Topologies, images: &Images, rank: usize) {
        if !self.allowed[rank] {
            self.groups.put(rank, None);
            return;
        }
        let mut common = std::mem::take(&mut self.common);
        common.clear();
        let columns = [&self.soft_taints, &self.preferred_nodes];
        common.extend(columns.into_iter().flatten().map(|column| column[rank]));
        common.extend(
            self.images
                .iter()
                .map(|&image| images.size_as_number(image, rank)),
        );
        self.spread.describe(topologies, rank, &mut common);
        self.neighbours.describe(topologies, rank, &mut common);
        self.groups.put(rank, Some(&common));
        self.common = common;
    }
}
