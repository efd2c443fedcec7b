//! The next completion over many stations: a winner tree.
//!
//! Leaves hold each station's next completion; every inner node holds the earlier of its two children, the left one
//! on a tie, so that of simultaneous completions the station with the lower index goes first. Reading the winner is
//! O(1), changing a leaf O(log n) at most (it ends where the winner stays), and nothing ever has to be invalidated.

use crate::engine::Time;

/// When each station completes its next job.
#[derive(Clone, Debug)]
pub struct StationClock {
    /// `tree[1]` is the root; leaf `i` is `tree[leaves + i]`.
    tree: Vec<(Time, u32)>,
    leaves: usize,
}

impl Default for StationClock {
    fn default() -> Self {
        Self {
            tree: vec![(Time::NEVER, 0); 2],
            leaves: 1,
        }
    }
}

impl StationClock {
    /// The earliest completion and its station; [`Time::NEVER`] if there is none.
    #[must_use]
    #[inline]
    pub fn earliest(&self) -> (Time, usize) {
        let (time, station) = self.tree[1];
        (time, station as usize)
    }

    /// Station `station` completes its next job at `time`.
    #[inline]
    pub fn set(&mut self, station: usize, time: Time) {
        if station >= self.leaves {
            self.grow(station + 1);
        }
        let mut place = self.leaves + station;
        let leaf = (time, station as u32);
        if self.tree[place] == leaf {
            return;
        }
        self.tree[place] = leaf;
        while place > 1 {
            place /= 2;
            let (left, right) = (self.tree[2 * place], self.tree[2 * place + 1]);
            let winner = if right.0 < left.0 { right } else { left };
            if self.tree[place] == winner {
                return;
            }
            self.tree[place] = winner;
        }
    }

    fn grow(&mut self, stations: usize) {
        let leaves = stations.next_power_of_two();
        let mut tree = vec![(Time::NEVER, 0); 2 * leaves];
        for (station, leaf) in tree[leaves..].iter_mut().enumerate() {
            leaf.1 = station as u32;
        }
        tree[leaves..leaves + self.leaves].copy_from_slice(&self.tree[self.leaves..]);
        for place in (1..leaves).rev() {
            let (left, right) = (tree[2 * place], tree[2 * place + 1]);
            tree[place] = if right.0 < left.0 { right } else { left };
        }
        (self.tree, self.leaves) = (tree, leaves);
    }
}

#[cfg(test)]
mod tests {
    use super::{StationClock, Time};
    use proptest::prelude::*;

    proptest! {
        /// The winner is what a scan of all stations would find, the lowest index among equals.
        #[test]
        fn the_winner_is_the_scans_minimum(changes in prop::collection::vec((0usize..40, 0u64..10), 1..100)) {
            let mut clock = StationClock::default();
            let mut plain = [u64::MAX; 40];
            for (station, time) in changes {
                clock.set(station, Time::from_nanos(time));
                plain[station] = time;
                let (winner, &earliest) = plain.iter().enumerate().min_by_key(|&(index, &time)| (time, index)).unwrap();
                prop_assert_eq!(clock.earliest(), (Time::from_nanos(earliest), winner));
            }
        }
    }
}
