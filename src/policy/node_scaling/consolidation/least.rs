//! The fewest moves: sets of nodes are tried from the one with fewest pods on, until one of them finds room.

use super::movable::Inmates;
use super::rehouse::{Rehousing, Room};
use super::{Move, Stays, Wanted};
use crate::model::cluster::ClusterView;
use crate::model::resources::Resources;
use crate::policy::placement::Placer;
use std::collections::BTreeSet;

/// Most sets of nodes that are tried.
const SETS_MAX: usize = 2_000;

/// Looks that one set may take: a part of all.
const SETS_SHARE: u64 = 20;

/// What a search has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) freed: Vec<usize>,
    pub(super) moves: Vec<Move>,
    /// Whether every cheaper set was shown not to do.
    pub(super) least: bool,
    /// Nodes that are left for want of room, if too few are free.
    pub(super) without_room: Vec<(usize, Stays)>,
}

/// A search over sets of nodes.
pub(super) struct Search<'a> {
    view: &'a dyn ClusterView,
    placer: &'a dyn Placer,
    /// The nodes that could be freed, the cheapest first.
    nodes: &'a [Inmates],
    wanted: Wanted,
    looks: u64,
}

/// Sets that found no room, by what they would have cost, beside those whose pods ask for more than there is.
#[derive(Debug, Default)]
struct Refuted {
    for_certain: bool,
    by_search: Vec<usize>,
    unknown: Vec<usize>,
}

impl Refuted {
    /// Whether every cheaper plan than one of `cost` moves is shown not to do. With a move or more to spare, a set that was
    /// refuted by search could have moved other pods out of the way.
    fn all_below(&self, cost: usize) -> bool {
        let has_none_to_spare = |&refuted: &usize| refuted + 1 >= cost;
        self.unknown.iter().all(|&unknown| unknown >= cost)
            && self.by_search.iter().all(has_none_to_spare)
            && (self.for_certain || self.by_search.iter().all(|&refuted| refuted >= cost))
    }
}

/// The sets with one node exchanged for the next dearer one.
fn neighbours(set: &[usize], nodes: usize) -> Vec<Vec<usize>> {
    let exchanged = (0..set.len()).filter_map(|at| {
        let next = set[at] + 1;
        if next >= nodes || set.get(at + 1) == Some(&next) {
            return None;
        }
        let mut other = set.to_vec();
        other[at] = next;
        Some(other)
    });
    exchanged.collect()
}

impl<'a> Search<'a> {
    pub(super) fn new(
        view: &'a dyn ClusterView,
        placer: &'a dyn Placer,
        nodes: &'a [Inmates],
        wanted: Wanted,
    ) -> Self {
        Self {
            view,
            placer,
            nodes,
            wanted,
            looks: wanted.looks,
        }
    }

    /// The cheapest set of as many nodes as are wanted; else of as many as are found.
    pub(super) fn least(&mut self) -> Found {
        let most = self.wanted.nodes.min(self.nodes.len());
        if let Some(found) = self.cheapest_set(most).filter(|_| most == self.wanted.nodes) {
            return found;
        }
        let mut found = self.one_by_one();
        for nodes in (found.freed.len() + 1..=most).rev() {
            if let Some(better) = self.cheapest_set(nodes) {
                found = Found {
                    without_room: self.without_room(&better),
                    ..better
                };
                break;
            }
        }
        found
    }

    /// The cheapest set of so many nodes that finds room, if it is found in time.
    fn cheapest_set(&mut self, wanted: usize) -> Option<Found> {
        let first: Vec<usize> = (0..wanted).collect();
        let mut sets = BTreeSet::from([(self.cost(&first), first)]);
        let mut known: BTreeSet<Vec<usize>> = BTreeSet::new();
        let mut refuted = Refuted {
            // Other orders of the same moves could find room where this one does not.
            for_certain: !self.order_matters(),
            ..Refuted::default()
        };
        for _ in 0..SETS_MAX {
            let (cost, set) = sets.pop_first()?;
            for other in neighbours(&set, self.nodes.len()) {
                if known.insert(other.clone()) {
                    sets.insert((self.cost(&other), other));
                }
            }
            let nodes: Vec<&Inmates> = set.iter().map(|&at| &self.nodes[at]).collect();
            if self.too_little_room(&nodes) {
                continue;
            }
            let share = (self.wanted.looks / SETS_SHARE).max(1).min(self.looks);
            let mut looks = share;
            let room = Rehousing::new(self.view, self.placer, self.wanted.now).empty(&nodes, &mut looks);
            self.looks -= share - looks;
            match room {
                Room::Found(moves) => {
                    return Some(Found {
                        freed: nodes.iter().map(|node| node.place).collect(),
                        least: refuted.all_below(cost),
                        moves,
                        without_room: Vec::new(),
                    });
                }
                Room::None(..) => refuted.by_search.push(cost),
                Room::Unknown => refuted.unknown.push(cost),
            }
            if self.looks == 0 {
                return None;
            }
        }
        None
    }

    fn cost(&self, set: &[usize]) -> usize {
        set.iter().map(|&at| self.nodes[at].moving.len()).sum()
    }

    /// Why each of the other nodes that could be freed is not: what finds no room once this plan is carried out.
    fn without_room(&self, found: &Found) -> Vec<(usize, Stays)> {
        let mut rehousing = Rehousing::new(self.view, self.placer, self.wanted.now);
        rehousing.carry_out(found);
        let taken: BTreeSet<usize> = found.moves.iter().map(|one| one.to).collect();
        let others = self
            .nodes
            .iter()
            .filter(|node| !found.freed.contains(&node.place));
        others
            .filter_map(|node| {
                let mut looks = self.wanted.looks / SETS_SHARE;
                match rehousing.try_empty(node, &mut looks) {
                    Room::None(_, ticket) => Some((node.place, Stays::NoRoom { ticket })),
                    _ if taken.contains(&node.place) => Some((node.place, Stays::TakesPods)),
                    _ => None,
                }
            })
            .collect()
    }

    /// Whether the pods of these nodes ask for more than is free on all others, however pods were moved there.
    fn too_little_room(&self, nodes: &[&Inmates]) -> bool {
        let emptied: BTreeSet<usize> = nodes.iter().map(|node| node.place).collect();
        let mut free = Resources::default();
        for place in (0..self.view.len()).filter(|place| !emptied.contains(place)) {
            if let Some(node) = self.view.node(place).filter(|node| node.open) {
                free.add(&node.free);
            }
        }
        let mut needed = Resources::default();
        let moving = nodes.iter().flat_map(|node| &node.moving);
        moving.for_each(|(_, pod)| needed.add(pod.class.requests()));
        !needed.fits_in(&free)
    }

    /// Whether a pod's room depends on where other pods are by more than what they reserve.
    fn order_matters(&self) -> bool {
        let spreads = |inmates: &Inmates| {
            let rules = inmates.moving.iter().map(|(_, pod)| &pod.class.rules);
            rules
                .into_iter()
                .any(|rules| !rules.spread.is_empty() || !rules.host_ports.is_empty())
        };
        self.view.may_have_pod_affinity() || self.nodes.iter().any(spreads)
    }

    /// One node after another, the cheapest first, as long as there is room: not the least, but some.
    fn one_by_one(&self) -> Found {
        let mut found = Found::default();
        let mut rehousing = Rehousing::new(self.view, self.placer, self.wanted.now);
        // What has taken pods in is not freed: they would move twice.
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        for node in self.nodes {
            if found.freed.len() == self.wanted.nodes {
                break;
            }
            if taken.contains(&node.place) {
                continue;
            }
            let mut looks =
                (self.wanted.looks / SETS_SHARE).max(self.view.len() as u64 * node.moving.len() as u64);
            if let Room::Found(moves) = rehousing.try_empty(node, &mut looks) {
                taken.extend(moves.iter().map(|one| one.to));
                found.freed.push(node.place);
                found.moves.extend(moves);
            }
        }
        found.without_room = self.without_room(&found);
        found
    }
}
