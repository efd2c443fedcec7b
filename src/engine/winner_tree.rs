//! Who of many is next: a winner tree (Knuth, The Art of Computer Programming, volume 3, 5.4.1).
//!
//! Leaves hold when each member has something to do next; every inner node holds the earlier of its two children, the
//! left one on a tie, so that of simultaneous members the one with the lower index goes first. Reading the winner is
//! O(1), changing a leaf O(log n) at most (it ends where the winner stays), and nothing ever has to be invalidated.

use super::time::Time;

/// When each of many members, known by their indices, has something to do next.
#[derive(Clone, Debug)]
pub struct WinnerTree {
    /// `tree[1]` is the root; leaf `i` is `tree[leaves + i]`.
    tree: Vec<(Time, u32)>,
    leaves: usize,
}

impl Default for WinnerTree {
    fn default() -> Self {
        Self {
            tree: vec![(Time::NEVER, 0); 2],
            leaves: 1,
        }
    }
}

impl WinnerTree {
    /// The earliest time and whose it is; [`Time::NEVER`] if nobody has anything to do.
    #[must_use]
    #[inline]
    pub fn earliest(&self) -> (Time, usize) {
        let (time, member) = self.tree[1];
        (time, member as usize)
    }

    /// `member` has something to do at `time`, and nothing before.
    #[inline]
    pub fn set(&mut self, member: usize, time: Time) {
        if member >= self.leaves {
            self.grow(member + 1);
        }
        let mut place = self.leaves + member;
        let leaf = (time, member as u32);
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

    fn grow(&mut self, members: usize) {
        let leaves = members.next_power_of_two();
        let mut tree = vec![(Time::NEVER, 0); 2 * leaves];
        for (member, leaf) in tree[leaves..].iter_mut().enumerate() {
            leaf.1 = member as u32;
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
    use super::{Time, WinnerTree};
    use proptest::prelude::*;

    proptest! {
        /// The winner is what a scan of all members would find, the lowest index among equals.
        #[test]
        fn the_winner_is_the_scans_minimum(changes in prop::collection::vec((0usize..40, 0u64..10), 1..100)) {
            let mut tree = WinnerTree::default();
            let mut plain = [u64::MAX; 40];
            for (member, time) in changes {
                tree.set(member, Time::from_nanos(time));
                plain[member] = time;
                let (winner, &earliest) = plain.iter().enumerate().min_by_key(|&(index, &time)| (time, index)).unwrap();
                prop_assert_eq!(tree.earliest(), (Time::from_nanos(earliest), winner));
            }
        }
    }
}
