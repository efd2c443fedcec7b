//! Which nodes could be emptied, and by which moves? A plan for people, made at one moment, that frees nodes by as few
//! moves as there can be.
//!
//! Knows: which pods may move (`drain`'s rules of Cluster Autoscaler, the Eviction API's of budgets), what the placement
//! policy accepts, and how to search. Must not know: whether somebody carries the plan out.
//!
//! Moves go one after another: a pod is evicted, its replacement is placed and ready, then the next goes. So a budget that
//! lets one pod go lets each of them go in turn, and every node a pod is sent to takes it as things are at that moment.

mod least;
mod movable;
mod rehouse;

pub use movable::Held;

use crate::engine::Time;
use crate::model::cluster::ClusterView;
use crate::policy::placement::Placer;
use least::Search;
use movable::{Inmates, inmates};

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// So many nodes without any pod but those that end with their node.
    pub nodes: usize,
    /// The search ends after so many looks at a node for a pod: the same plan on every machine.
    pub looks: u64,
    /// Now.
    pub now: Time,
}

/// A pod goes from one node to another, both by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// From there.
    pub from: usize,
    /// Its ticket there.
    pub ticket: u64,
    /// To there.
    pub to: usize,
}

/// Why a node stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stays {
    /// It runs the control plane.
    ControlPlane,
    /// This pod, by its ticket, may not move.
    Held {
        /// Which.
        ticket: u64,
        /// Why.
        why: Held,
    },
    /// It takes in pods of the nodes that are freed.
    TakesPods,
    /// There is no room for this pod, by its ticket, once the others of the plan have moved.
    NoRoom {
        /// Which.
        ticket: u64,
    },
}

/// How to free nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The nodes that are free then, by their places: as many as wanted, or as many as were found.
    pub freed: Vec<usize>,
    /// The moves, in their order.
    pub moves: Vec<Move>,
    /// No plan frees so many nodes by fewer moves.
    pub moves_at_least: u64,
    /// Whether this one is proven to have the fewest moves.
    pub least: bool,
    /// Nodes that cannot be freed, and why. Nodes that could be and need not are not among them.
    pub stays: Vec<(usize, Stays)>,
}

/// A plan that frees as many nodes as are wanted, or as many as it can.
#[must_use]
pub fn plan(view: &dyn ClusterView, placer: &dyn Placer, wanted: Wanted) -> Plan {
    let mut plan = Plan::default();
    let mut free_able: Vec<Inmates> = Vec::new();
    for place in 0..view.len() {
        match inmates(view, place, wanted.now) {
            Some(Ok(inmates)) => free_able.push(inmates),
            Some(Err(stays)) => plan.stays.push((place, stays)),
            None => {}
        }
    }
    // The cheapest first; among equals those that leave least behind elsewhere.
    free_able.sort_by_key(|inmates| (inmates.moving.len(), inmates.used_millionths, inmates.place));
    let mut search = Search::new(view, placer, &free_able, wanted);
    let found = search.least();
    plan.freed = found.freed;
    plan.moves = found.moves;
    plan.moves_at_least = free_able[..plan.freed.len()]
        .iter()
        .map(|inmates| inmates.moving.len() as u64)
        .sum();
    plan.least = found.least || plan.moves.len() as u64 == plan.moves_at_least;
    if plan.freed.len() < wanted.nodes {
        plan.stays.extend(found.without_room);
    }
    plan.stays.sort_by_key(|&(place, _)| place);
    plan
}

#[cfg(test)]
mod tests;
