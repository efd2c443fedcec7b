//! Nodes between which a class can tell no difference but in what is reserved on them, as groups.
//!
//! Whether pods elsewhere let the class in, and every score that is compared with those of other nodes, are functions
//! of what a group's nodes have in common, and so asked once a group instead of once a node: of one of its nodes.

use std::collections::BTreeMap;

/// In place of the group of a node whose facts keep the class off.
pub(super) const KEPT_OFF: u32 = u32::MAX;
/// Groups beyond twice the nodes are forgotten, once there are more than this.
const SPARE: usize = 256;

/// The groups of the nodes, as one class sees them.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By what their nodes have in common.
    numbers: BTreeMap<Box<[i64]>, u32>,
    /// By rank.
    of: Vec<u32>,
}

impl Groups {
    /// Every node kept off.
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            numbers: BTreeMap::new(),
            of: vec![KEPT_OFF; nodes],
        }
    }

    /// The group of the node of this rank, [`KEPT_OFF`] for none.
    #[inline]
    pub(super) fn of(&self, rank: usize) -> u32 {
        self.of[rank]
    }

    /// How many there have been; numbers are below it.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether most of them must have lost their nodes.
    pub(super) fn are_stale(&self) -> bool {
        self.numbers.len() > 2 * self.of.len() + SPARE
    }

    /// Forgets them all; every node must be put in a group again.
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
    }

    /// The node of this rank is one of those described by `common`, or is kept off.
    pub(super) fn put(&mut self, rank: usize, common: Option<&[i64]>) {
        self.of[rank] = match common {
            None => KEPT_OFF,
            Some(common) => match self.numbers.get(common) {
                Some(&known) => known,
                None => {
                    let next = self.numbers.len() as u32;
                    self.numbers.insert(common.into(), next);
                    next
                }
            },
        };
    }
}
