//! Pods that wait, in order, and the rules of the line.

use super::pod::DynamicPod;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Bound;

/// Who may go when a machine has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Queue {
    /// Whoever came first; nobody passes one that waits.
    Fifo,
    /// The greatest priority, of equals whoever came first; nobody passes one that waits.
    Priority,
    /// As `Priority`, but pods behind the first may go where they do not delay it: it is promised the machine on which
    /// there is room for it soonest (EASY backfilling, lifetimes known).
    Backfill,
    /// Whoever has room, in the order of `Priority`: large pods may wait for ever.
    Any,
}

impl Queue {
    /// Every one, by its name.
    pub const NAMED: [(&str, Self); 4] = [
        ("fifo", Self::Fifo),
        ("priority", Self::Priority),
        ("backfill", Self::Backfill),
        ("any", Self::Any),
    ];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMED
            .iter()
            .find(|(_, queue)| *queue == self)
            .map_or("", |(name, _)| name)
    }
}

/// The place of a pod in line: its priority, then its number, which is in order of arrival.
type Turn = (Reverse<i64>, u32);

/// Who waits.
#[derive(Debug)]
pub(super) struct Line {
    queue: Queue,
    turns: BTreeSet<Turn>,
}

impl Line {
    pub(super) const fn new(queue: Queue) -> Self {
        Self {
            queue,
            turns: BTreeSet::new(),
        }
    }

    pub(super) const fn queue(&self) -> Queue {
        self.queue
    }

    pub(super) fn len(&self) -> usize {
        self.turns.len()
    }

    fn turn(&self, number: u32, pod: &DynamicPod) -> Turn {
        let priority = if self.queue == Queue::Fifo {
            0
        } else {
            pod.priority
        };
        (Reverse(priority), number)
    }

    /// Gets in line.
    pub(super) fn add(&mut self, number: u32, pod: &DynamicPod) {
        let turn = self.turn(number, pod);
        self.turns.insert(turn);
    }

    /// Leaves it.
    pub(super) fn remove(&mut self, number: u32, pod: &DynamicPod) {
        let turn = self.turn(number, pod);
        self.turns.remove(&turn);
    }

    /// Whose turn it is.
    pub(super) fn head(&self) -> Option<u32> {
        self.turns.first().map(|&(_, number)| number)
    }

    /// Who comes after `number`, whether that one is still in line or not.
    pub(super) fn after(&self, number: u32, pod: &DynamicPod) -> Option<u32> {
        let turn = self.turn(number, pod);
        let mut later = self.turns.range((Bound::Excluded(turn), Bound::Unbounded));
        later.next().map(|&(_, number)| number)
    }

    /// All of them in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.turns.iter().map(|&(_, number)| number)
    }
}
