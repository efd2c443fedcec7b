//! A count of pods by domain that is kept up to date as pods come and go.

use super::topologies::{EMPTY, NONE, Topologies};
use crate::model::cluster::ClassCount;

/// What changed on a node of the roster.
#[derive(Clone, Copy, Debug)]
pub(super) enum Delta {
    /// Pods came or left: by how much the numbers there changed.
    Pods(PodsDelta),
    /// An image came to its disk.
    Image {
        /// The node's rank in the roster.
        rank: u32,
        /// The image's number.
        image: u32,
    },
}

/// Pods that came to or left a node of the roster: by how much the numbers there changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct PodsDelta {
    /// The node's rank in the roster.
    pub(super) rank: u32,
    /// The number of the pods' class.
    pub(super) class: u32,
    /// Pods more.
    pub(super) pods: i32,
    /// Pods more that were not asked to stop.
    pub(super) staying: i32,
}

impl PodsDelta {
    /// As if all of them had just come.
    pub(super) const fn of(rank: usize, class: u32, count: &ClassCount) -> Self {
        Self {
            rank: rank as u32,
            class,
            pods: count.pods as i32,
            staying: (count.pods - count.terminating) as i32,
        }
    }
}

/// What is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The domains of the topology of this number.
    Topology(usize),
    /// The same, nodes without the label being in the domain of the empty one.
    TopologyOrEmpty(usize),
    /// Every node by itself.
    Nodes,
}

/// Pods by domain, each counted as often as its class weighs.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) over: Over,
    /// Only pods that were not asked to stop.
    staying: bool,
    /// Which nodes count, by rank; `None` for all.
    counted: Option<Vec<bool>>,
    /// By domain.
    pub(super) counts: Vec<i64>,
    /// Of each class by its number, as far as known.
    weights: Vec<i64>,
}

impl Tally {
    pub(super) fn new(over: Over, staying: bool, counted: Option<Vec<bool>>, domains: usize) -> Self {
        Self {
            over,
            staying,
            counted,
            counts: vec![0; domains],
            weights: Vec::new(),
        }
    }

    /// Learns how often a pod of the class of this number counts.
    pub(super) fn learn(&mut self, class: usize, weight: i64) {
        if self.weights.len() <= class {
            self.weights.resize(class + 1, 0);
        }
        self.weights[class] = weight;
    }

    pub(super) fn weight(&self, class: usize) -> i64 {
        self.weights.get(class).copied().unwrap_or_default()
    }

    /// The domain of each node by rank, [`NONE`] for none; nothing where every node is one by itself.
    pub(super) fn domains<'a>(&self, topologies: &'a Topologies) -> &'a [u32] {
        match self.over {
            Over::Nodes => &[],
            Over::Topology(number) | Over::TopologyOrEmpty(number) => &topologies.get(number).domains,
        }
    }

    /// The domain of the node of this rank; `None` for one in no domain.
    pub(super) fn domain(&self, topologies: &Topologies, rank: usize) -> Option<usize> {
        let domain = match self.over {
            Over::Nodes => return Some(rank),
            Over::Topology(number) => topologies.get(number).domains[rank],
            Over::TopologyOrEmpty(number) => match topologies.get(number).domains[rank] {
                NONE => EMPTY,
                domain => domain,
            },
        };
        (domain != NONE).then_some(domain as usize)
    }

    /// Takes a change in; the domain whose count it moved, and by how much.
    pub(super) fn apply(&mut self, topologies: &Topologies, delta: PodsDelta) -> Option<(usize, i64)> {
        let weight = self.weight(delta.class as usize);
        let by = if self.staying { delta.staying } else { delta.pods };
        let rank = delta.rank as usize;
        if weight == 0 || by == 0 || self.counted.as_ref().is_some_and(|counted| !counted[rank]) {
            return None;
        }
        let (domain, by) = (self.domain(topologies, rank)?, weight * i64::from(by));
        self.counts[domain] += by;
        Some((domain, by))
    }

    /// The count at the node of this rank; `None` for one in no domain.
    pub(super) fn at(&self, topologies: &Topologies, rank: usize) -> Option<i64> {
        self.domain(topologies, rank).map(|domain| self.counts[domain])
    }

    /// Adds to `common` what the count at the node of this rank depends on: its domain, or, where about every node is a
    /// domain by itself, the count as it is.
    pub(super) fn describe(&self, topologies: &Topologies, rank: usize, common: &mut Vec<i64>) {
        common.push(match self.over {
            Over::Topology(number) if topologies.get(number).is_fine() => {
                self.at(topologies, rank).unwrap_or(i64::MIN)
            }
            Over::Topology(number) | Over::TopologyOrEmpty(number) => {
                topologies.get(number).domains[rank].into()
            }
            Over::Nodes => self.counts[rank],
        });
    }

    /// Adds to `moved` the nodes which [`Self::describe`] tells apart from what they were, now that the count of
    /// `domain` is another.
    pub(super) fn moved(&self, topologies: &Topologies, domain: usize, moved: &mut Vec<u32>) {
        match self.over {
            Over::Topology(number) => moved.extend(topologies.get(number).nodes_of(domain)),
            Over::TopologyOrEmpty(_) => {}
            Over::Nodes => moved.push(domain as u32),
        }
    }
}
