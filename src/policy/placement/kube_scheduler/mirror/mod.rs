//! A memory of the live cluster that spares looking at every node for every pod.
//!
//! Pods of one class get the same verdict and the same scores from a node as long as that does not change, and counts
//! of pods by domain move only by the pods that come and go. The mirror keeps both, follows the cluster's
//! [`History`], and decides exactly what the full computation does; a test compares the
//! two on random clusters. A what-if has no history: there the full computation is done.

mod class_state;
mod groups;
mod images;
mod neighbours;
mod rows;
mod search;
mod shapes;
mod spread;
mod tally;
#[cfg(test)]
mod tests;
mod topologies;

use super::KubeScheduler;
use crate::model::cluster::{Change, ClusterView, History};
use crate::model::pod_template::PodTemplate;
use class_state::ClassState;
use images::Images;
use neighbours::Ground;
use rows::NodeRow;
use search::Scratch;
use shapes::Shape;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tally::{Delta, PodsDelta};
use topologies::Topologies;

/// So many changes are kept for classes that have not been asked for a while; those that missed more count anew.
const DELTAS_KEPT: usize = 1 << 16;
/// Classes beyond twice those that are in use are forgotten, once there are more than this.
const CLASSES_SPARE: usize = 1024;
/// In place of the rank of a node that is not in the roster.
const NO_RANK: u32 = u32::MAX;

/// The cluster as it was at the last look, and what is known of each class. A copy knows nothing.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    /// Which cluster, and its roster's version.
    of: Option<(Arc<()>, u64)>,
    /// The number of the first change it has not taken in.
    seen: u64,
    roster: Arc<[usize]>,
    /// The rank in the roster of the node at each position.
    ranks: Vec<u32>,
    /// By rank: changes whenever the node does.
    stamps: Vec<u32>,
    /// By rank.
    rows: Vec<NodeRow>,
    /// By rank: whether a pod was promised room on the node.
    promised: Vec<bool>,
    /// How many nodes that are.
    promised_nodes: usize,
    topologies: Topologies,
    classes: Classes,
    deltas: VecDeque<Delta>,
    /// The number of the oldest of `deltas`.
    deltas_first: u64,
    /// Every pod that was there when all was looked at, so that each class need not look again; good for as long as no
    /// change since then is forgotten: until `deltas_first` is another.
    census: Vec<PodsDelta>,
    census_of: u64,
    /// By class, as far as it was asked for.
    states: Vec<Option<Box<ClassState>>>,
    shapes: Vec<Shape>,
    images: Images,
    scratch: Scratch,
}

impl Clone for Mirror {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Classes by number. Each is kept, so that its address stands for it.
#[derive(Debug, Default)]
struct Classes {
    numbers: BTreeMap<usize, u32>,
    list: Vec<Arc<PodTemplate>>,
    most: usize,
}

impl Classes {
    fn number(&mut self, class: &Arc<PodTemplate>) -> u32 {
        let next = self.list.len() as u32;
        let number = *self.numbers.entry(Arc::as_ptr(class).addr()).or_insert(next);
        if number == next {
            self.list.push(class.clone());
        }
        number
    }
}

impl Mirror {
    /// Takes in what has changed since the last look.
    pub(super) fn follow(
        &mut self,
        scheduler: &KubeScheduler,
        view: &dyn ClusterView,
        history: &History,
        roster: &Arc<[usize]>,
    ) {
        let version = view.roster_version().unwrap_or_default();
        let same = self
            .of
            .as_ref()
            .is_some_and(|(identity, known)| Arc::ptr_eq(identity, history.identity()) && *known == version);
        let known = self.classes.list.len() <= self.classes.most;
        match history.since(self.seen).filter(|_| same && known) {
            Some(changes) => {
                for (place, change) in changes {
                    self.take_in(scheduler, view, *place, change);
                }
            }
            None => {
                if !known || !same {
                    self.classes = Classes::default();
                }
                self.begin(view, roster);
                self.of = Some((history.identity().clone(), version));
            }
        }
        self.seen = history.next();
    }

    /// Whether a pod was promised room on any node.
    pub(super) const fn has_promises(&self) -> bool {
        self.promised_nodes > 0
    }

    /// Forgets everything but the cluster as it is.
    fn begin(&mut self, view: &dyn ClusterView, roster: &Arc<[usize]>) {
        self.roster = roster.clone();
        self.ranks.clear();
        self.ranks.resize(view.len(), NO_RANK);
        for (rank, &place) in roster.iter().enumerate() {
            self.ranks[place] = rank as u32;
        }
        self.stamps.clear();
        self.stamps.resize(roster.len(), 1);
        self.topologies.clear();
        self.images.clear();
        self.deltas.clear();
        self.states.clear();
        self.shapes.clear();
        let nodes = || roster.iter().filter_map(|&place| view.node(place));
        self.rows.clear();
        self.rows.extend(nodes().map(NodeRow::of));
        self.promised.clear();
        self.promised
            .extend(nodes().map(|node| !node.nominated.is_empty()));
        self.promised_nodes = self.promised.iter().filter(|&&is| is).count();
        self.census_of = self.deltas_first;
        self.census.clear();
        for (rank, node) in nodes().enumerate() {
            for count in node.pods.classes() {
                let class = self.classes.number(&count.class);
                self.census.push(PodsDelta::of(rank, class, count));
            }
        }
        self.classes.most = 2 * self.classes.list.len() + CLASSES_SPARE;
    }

    fn take_in(&mut self, scheduler: &KubeScheduler, view: &dyn ClusterView, place: usize, change: &Change) {
        let Some(&rank) = self.ranks.get(place).filter(|&&rank| rank != NO_RANK) else {
            return;
        };
        let index = rank as usize;
        let (class, pods, staying) = match change {
            Change::Came(class) => (class, 1, 1),
            Change::Went(class, stopping) => (class, -1, -i32::from(!stopping)),
            Change::Stopping(class) => (class, 0, -1),
            Change::Promised => {
                let node = view.node(place);
                let is = node.is_some_and(|node| !node.nominated.is_empty());
                let was = std::mem::replace(&mut self.promised[index], is);
                self.promised_nodes += usize::from(is);
                self.promised_nodes -= usize::from(was);
                return;
            }
            Change::Closed => {
                if let Some(node) = view.node(place) {
                    for state in self.states.iter_mut().flatten() {
                        state.look_at_facts(scheduler, &self.topologies, &self.images, node, index);
                    }
                }
                return;
            }
            Change::Image => {
                if let Some(node) = view.node(place) {
                    let deltas = &mut self.deltas;
                    self.images.look(node, index, |image| {
                        deltas.push_back(Delta::Image { rank, image });
                    });
                    self.forget_old();
                }
                return;
            }
        };
        if pods != 0 {
            self.stamps[index] = self.stamps[index].wrapping_add(1).max(1);
            if let Some(node) = view.node(place) {
                self.rows[index] = NodeRow::of(node);
            }
        }
        let class = self.classes.number(class);
        self.deltas.push_back(Delta::Pods(PodsDelta {
            rank,
            class,
            pods,
            staying,
        }));
        self.forget_old();
    }

    /// Forgets the oldest changes beyond those that are kept.
    fn forget_old(&mut self) {
        while self.deltas.len() > DELTAS_KEPT {
            self.deltas.pop_front();
            self.deltas_first += 1;
        }
    }

    /// Takes out the state of `class`, up to date; it is put back when it has been used.
    fn state_of(
        &mut self,
        scheduler: &KubeScheduler,
        view: &dyn ClusterView,
        class: &Arc<PodTemplate>,
    ) -> (usize, Box<ClassState>) {
        let number = self.classes.number(class) as usize;
        if self.states.len() <= number {
            self.states.resize_with(number + 1, || None);
        }
        let last = self.deltas_first + self.deltas.len() as u64;
        let roster = self.roster.clone();
        let known = self.states[number].take();
        let mut state = match known.filter(|state| state.seen >= self.deltas_first) {
            Some(mut state) => {
                let from = (state.seen - self.deltas_first) as usize;
                let mut ground = Ground {
                    view,
                    roster: &roster,
                    topologies: &mut self.topologies,
                };
                let tells_more = state.meet(scheduler, &mut ground, &self.classes.list);
                if state.counts_anything() {
                    for &delta in self.deltas.range(from..) {
                        state.apply(&self.topologies, &self.images, delta);
                    }
                }
                if tells_more || state.groups.are_stale() {
                    state.group_all(&self.topologies, &self.images);
                }
                state
            }
            None => self.new_state(scheduler, view, &roster, class),
        };
        state.seen = last;
        (number, state)
    }

    /// What is known of a class when every node is looked at.
    fn new_state(
        &mut self,
        scheduler: &KubeScheduler,
        view: &dyn ClusterView,
        roster: &[usize],
        class: &Arc<PodTemplate>,
    ) -> Box<ClassState> {
        let shape = self.shapes.iter().position(|shape| shape.is_of(class));
        let shape = shape.unwrap_or_else(|| {
            self.shapes.push(Shape::new(scheduler, roster.len(), class));
            self.shapes.len() - 1
        });
        let names = class.image_names().iter();
        let images = names
            .filter(|_| scheduler.weights.image_locality > 0)
            .map(|name| self.images.number(view, roster, name))
            .collect();
        let mut ground = Ground {
            view,
            roster,
            topologies: &mut self.topologies,
        };
        let mut state = Box::new(ClassState::new(scheduler, &mut ground, class, shape, images));
        state.meet(scheduler, &mut ground, &self.classes.list);
        if state.counts_anything() {
            self.count_all(&mut state, view);
        }
        state.group_all(&self.topologies, &self.images);
        state
    }

    /// Counts every pod that is there.
    fn count_all(&mut self, state: &mut ClassState, view: &dyn ClusterView) {
        if self.deltas_first == self.census_of {
            for &delta in &self.census {
                state.count(&self.topologies, delta);
            }
            for delta in &self.deltas {
                if let Delta::Pods(delta) = *delta {
                    state.count(&self.topologies, delta);
                }
            }
            return;
        }
        for (rank, node) in self.roster.iter().map(|&place| view.node(place)).enumerate() {
            for count in node.into_iter().flat_map(|node| node.pods.classes()) {
                let class = self.classes.number(&count.class);
                state.count(&self.topologies, PodsDelta::of(rank, class, count));
            }
        }
    }
}
