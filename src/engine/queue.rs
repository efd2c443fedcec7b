//! The event queue: what happens next, in one total order.
//!
//! The order is (time, rank, entity, sequence): rank by meaning, entity so that two events of different entities
//! never depend on who was pushed first, and the push counter only between events of one entity. Skipping an event
//! elsewhere therefore moves no tie. Push and pop are O(log n).

use super::time::Time;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// What a queue holds: a small value that knows its place among simultaneous ones.
pub trait Event: Copy {
    /// Place by meaning among events of one instant; lower goes first.
    fn rank(&self) -> u8;
    /// Whom it is about; among equals in time and rank the lower goes first.
    fn entity(&self) -> u64;
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    time: Time,
    rank: u8,
    entity: u64,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    fn key(&self) -> (Time, u8, u64, u64) {
        (self.time, self.rank, self.entity, self.sequence)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl<E> Eq for Entry<E> {}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// Future events in their total order.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    sequence: u64,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            sequence: 0,
        }
    }
}

impl<E: Event> EventQueue<E> {
    /// Plans `event` for `time`. An event for [`Time::NEVER`] is dropped: it never happens.
    pub fn push(&mut self, time: Time, event: E) {
        if time == Time::NEVER {
            return;
        }
        self.sequence += 1;
        let (rank, entity, sequence) = (event.rank(), event.entity(), self.sequence);
        self.heap.push(Reverse(Entry {
            time,
            rank,
            entity,
            sequence,
            event,
        }));
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.heap.pop().map(|Reverse(entry)| (entry.time, entry.event))
    }

    /// When the next event happens and its rank.
    #[must_use]
    pub fn peek(&self) -> Option<(Time, u8)> {
        self.heap.peek().map(|Reverse(entry)| (entry.time, entry.rank))
    }

    /// How many events are planned.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is planned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, EventQueue, Time};
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Probe {
        rank: u8,
        entity: u64,
        label: u32,
    }
    impl Event for Probe {
        fn rank(&self) -> u8 {
            self.rank
        }
        fn entity(&self) -> u64 {
            self.entity
        }
    }

    proptest! {
        /// Whatever is pushed, in whatever order, pops as if sorted by (time, rank, entity, push order).
        #[test]
        fn pops_in_the_order_of_its_key(keys in prop::collection::vec((0u64..6, 0u8..3, 0u64..4), 0..200)) {
            let mut queue = EventQueue::default();
            let mut expected: Vec<_> = keys.iter().enumerate().map(|(label, &(time, rank, entity))| {
                let probe = Probe { rank, entity, label: label as u32 };
                queue.push(Time::from_nanos(time), probe);
                (time, probe)
            }).collect();
            expected.sort_by_key(|&(time, probe)| (time, probe.rank, probe.entity, probe.label));
            let popped: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(time, probe)| (time.nanos(), probe)).collect();
            prop_assert_eq!(popped, expected);
        }
    }

    #[test]
    fn what_never_happens_is_not_kept() {
        let mut queue = EventQueue::default();
        queue.push(
            Time::NEVER,
            Probe {
                rank: 0,
                entity: 0,
                label: 0,
            },
        );
        assert!(queue.is_empty());
    }
}
