//! Room for the pods of nodes that are to be free: one after another, each where it leaves the least room unused, and back
//! again where that leads nowhere.

use super::Move;
use super::least::Found;
use super::movable::Inmates;
use crate::engine::Time;
use crate::model::cluster::{BoundPod, ClusterView, NodeView, Overlay};
use crate::model::gpu::Taken;
use crate::policy::placement::{Incoming, Placer};

/// How a search for room ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is room.
    Found(Vec<Move>),
    /// However these pods are spread over the others in this order, one finds none; the ticket and the node of the first
    /// that did not.
    None(usize, u64),
    /// Not known after so many looks.
    Unknown,
}

/// A hypothetical cluster in which nodes are emptied.
pub(super) struct Rehousing<'a> {
    placer: &'a dyn Placer,
    overlay: Overlay<'a>,
    /// By place: whether nothing may be sent there.
    closed: Vec<bool>,
    now: Time,
    /// Looks at a node for a pod that are left.
    looks: u64,
    moves: Vec<Move>,
    /// The furthest a search came: of how many pods it had found room, and the next.
    furthest: Option<(usize, usize, u64)>,
}

impl<'a> Rehousing<'a> {
    pub(super) fn new(view: &'a dyn ClusterView, placer: &'a dyn Placer, now: Time) -> Self {
        Self {
            placer,
            overlay: Overlay::new(view),
            closed: vec![false; view.len()],
            now,
            looks: 0,
            moves: Vec::new(),
            furthest: None,
        }
    }

    /// Carries out what was found.
    pub(super) fn carry_out(&mut self, found: &Found) {
        found.freed.iter().for_each(|&place| self.closed[place] = true);
        for step in &found.moves {
            if let Some(pod) = self.overlay.remove_pod(step.from, step.ticket) {
                self.overlay.add_pod(step.to, replacement(&pod, self.now));
            }
        }
    }

    /// Finds room for the pods of these nodes, which are closed first, within so many `looks`, of which those that were
    /// not needed are left. If it finds none, nothing has
    /// changed but that the nodes are closed.
    pub(super) fn empty(&mut self, nodes: &[&Inmates], looks: &mut u64) -> Room {
        nodes.iter().for_each(|node| self.closed[node.place] = true);
        let mut pods: Vec<(usize, u64, &BoundPod)> = Vec::new();
        for node in nodes {
            pods.extend(node.moving.iter().map(|(ticket, pod)| (node.place, *ticket, pod)));
        }
        self.looks = *looks;
        self.furthest = None;
        self.moves.clear();
        let before = self.overlay.checkpoint();
        let found = self.house(&pods, 0);
        if found != Some(true) {
            self.overlay.revert(before);
        }
        *looks = self.looks;
        match found {
            Some(true) => Room::Found(std::mem::take(&mut self.moves)),
            Some(false) => {
                let (_, from, ticket) = self.furthest.unwrap_or_default();
                Room::None(from, ticket)
            }
            None => Room::Unknown,
        }
    }

    /// The same for one node, which is open again if there is no room.
    pub(super) fn try_empty(&mut self, node: &Inmates, looks: &mut u64) -> Room {
        let room = self.empty(&[node], looks);
        if !matches!(room, Room::Found(_)) {
            self.closed[node.place] = false;
        }
        room
    }

    /// Whether the pods from the one at `at` on find room.
    fn house(&mut self, pods: &[(usize, u64, &BoundPod)], at: usize) -> Option<bool> {
        let Some(&(from, ticket, pod)) = pods.get(at) else {
            return Some(true);
        };
        if self.furthest.is_none_or(|(furthest, ..)| at > furthest) {
            self.furthest = Some((at, from, ticket));
        }
        let before = self.overlay.checkpoint();
        self.overlay.remove_pod(from, ticket);
        let incoming = Incoming {
            now: self.now,
            class: &pod.class,
            id: pod.id,
            nominated: None,
        };
        let mut room: Vec<(u64, usize)> = Vec::new();
        for place in 0..self.overlay.len() {
            let Some(node) = self.overlay.node(place).filter(|_| !self.closed[place]) else {
                continue;
            };
            if !node.open || !pod.class.requests().fits_in(&node.free) {
                continue;
            }
            self.looks = self.looks.checked_sub(1)?;
            if self.placer.accepts(&self.overlay, place, &incoming) {
                room.push((left_millionths(node, pod), place));
            }
        }
        room.sort_unstable();
        for (_, to) in room {
            let tried = self.overlay.checkpoint();
            self.overlay.add_pod(to, replacement(pod, self.now));
            self.moves.push(Move { from, ticket, to });
            match self.house(pods, at + 1) {
                Some(false) => {}
                done => return done,
            }
            self.moves.pop();
            self.overlay.revert(tried);
        }
        self.overlay.revert(before);
        Some(false)
    }
}

/// The pod that its controller makes instead: its devices are those that the new node hands out.
fn replacement(pod: &BoundPod, now: Time) -> BoundPod {
    BoundPod {
        started: now,
        devices: Taken::NONE,
        ..pod.clone()
    }
}

/// What would be left of a node, the mean share of what the pod asks for.
fn left_millionths(node: &NodeView, pod: &BoundPod) -> u64 {
    let left = node.free.minus(pod.class.requests());
    let shares: Vec<f64> = left.shares_of(&node.allocatable).collect();
    let mean = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
    (mean * 1e6) as u64
}
