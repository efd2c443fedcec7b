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
    /// Everyone is promised a machine and a time when it comes, the soonest that delays nobody who was promised anything
    /// before (conservative backfilling, lifetimes known). Priorities decide nothing.
    Conservative,
    /// Whoever has room, in the order of `Priority`: large pods may wait for ever.
    Any,
}

impl Queue {
    /// Every one, by its name.
    pub const NAMED: [(&str, Self); 5] = [
        ("fifo", Self::Fifo),
        ("priority", Self::Priority),
        ("backfill", Self::Backfill),
        ("conservative", Self::Conservative),
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

/// Who waits. Each virtual cluster has a line of its own, so that who waits for its quota holds up nobody else.
#[derive(Debug)]
pub(super) struct Line {
    queue: Queue,
    /// The first is of pods of no cluster.
    lanes: Vec<BTreeSet<Turn>>,
    len: usize,
}

fn lane(pod: &DynamicPod) -> usize {
    pod.cluster.map_or(0, |cluster| cluster as usize + 1)
}

impl Line {
    pub(super) fn new(queue: Queue, clusters: usize) -> Self {
        Self {
            queue,
            lanes: vec![BTreeSet::new(); clusters + 1],
            len: 0,
        }
    }

    pub(super) const fn queue(&self) -> Queue {
        self.queue
    }

    pub(super) const fn len(&self) -> usize {
        self.len
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
        self.len += usize::from(self.lanes[lane(pod)].insert(turn));
    }

    /// Leaves it.
    pub(super) fn remove(&mut self, number: u32, pod: &DynamicPod) {
        let turn = self.turn(number, pod);
        self.len -= usize::from(self.lanes[lane(pod)].remove(&turn));
    }

    /// Whose turn it is among those whose cluster may go on: `open` is asked of the first of each.
    pub(super) fn head(&self, open: impl Fn(u32) -> bool) -> Option<u32> {
        let firsts = self.lanes.iter().filter_map(BTreeSet::first);
        let turn = firsts.filter(|&&(_, number)| open(number)).min();
        turn.map(|&(_, number)| number)
    }

    /// The first of the same cluster.
    pub(super) fn first_beside(&self, pod: &DynamicPod) -> Option<u32> {
        self.lanes[lane(pod)].first().map(|&(_, number)| number)
    }

    /// The first of all.
    pub(super) fn first(&self) -> Option<u32> {
        self.head(|_| true)
    }

    /// Who comes after `number`, whether that one is still in line or not.
    pub(super) fn after(&self, number: u32, pod: &DynamicPod) -> Option<u32> {
        let turn = self.turn(number, pod);
        let later = (Bound::Excluded(turn), Bound::Unbounded);
        let nexts = self.lanes.iter().filter_map(|lane| lane.range(later).next());
        nexts.min().map(|&(_, number)| number)
    }
}
