//! The values of node labels as small numbers: the domain of every node of the roster under a topology key.

use crate::model::cluster::ClusterView;
use std::collections::BTreeMap;

/// The domain of nodes whose label is empty.
pub(super) const EMPTY: u32 = 0;
/// In place of the domain of nodes without the label.
pub(super) const NONE: u32 = u32::MAX;

/// The domains under one key.
#[derive(Debug)]
pub(super) struct Topology {
    key: String,
    /// By rank in the roster.
    pub(super) domains: Vec<u32>,
    /// How many domains there are, that of the empty label included.
    pub(super) count: usize,
    /// Of a [fine](Self::is_fine) topology: ranks of the nodes of each domain.
    nodes: Option<Vec<Vec<u32>>>,
}

/// Topologies with fewer nodes a domain than this are fine.
const NODES_OF_COARSE: usize = 4;

impl Topology {
    /// Whether about every node is a domain by itself.
    pub(super) const fn is_fine(&self) -> bool {
        self.nodes.is_some()
    }

    /// Ranks of the nodes of a domain of a fine topology; of others none.
    pub(super) fn nodes_of(&self, domain: usize) -> &[u32] {
        self.nodes.as_ref().map_or(&[], |nodes| &nodes[domain])
    }
}

/// Every key anybody has asked for.
#[derive(Debug, Default)]
pub(super) struct Topologies(Vec<Topology>);

impl Topologies {
    /// The number of `key`'s topology over the nodes at `roster`.
    pub(super) fn of(&mut self, key: &str, view: &dyn ClusterView, roster: &[usize]) -> usize {
        if let Some(known) = self.0.iter().position(|one| one.key == key) {
            return known;
        }
        let mut names = BTreeMap::from([("", EMPTY)]);
        let mut domains = Vec::with_capacity(roster.len());
        for &place in roster {
            let value = view.node(place).and_then(|node| node.label(key));
            domains.push(value.map_or(NONE, |value| {
                let next = names.len() as u32;
                *names.entry(value).or_insert(next)
            }));
        }
        let count = names.len();
        let is_fine = count * NODES_OF_COARSE > roster.len();
        let nodes = is_fine.then(|| {
            let mut nodes = vec![Vec::new(); count];
            for (rank, &domain) in domains.iter().enumerate().filter(|(_, domain)| **domain != NONE) {
                nodes[domain as usize].push(rank as u32);
            }
            nodes
        });
        self.0.push(Topology {
            key: key.to_owned(),
            domains,
            count,
            nodes,
        });
        self.0.len() - 1
    }

    pub(super) fn get(&self, number: usize) -> &Topology {
        &self.0[number]
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
