//! Which replicas have the fewest requests, without looking at all of them.
//!
//! One bitmap of replicas per number of requests in flight. A request changes a replica's level by one, so keeping
//! the lowest non-empty level is O(1); finding a replica in it is a scan of words. Gives exactly the full scan's answer.

/// Replicas (by position) grouped by requests in flight.
#[derive(Clone, Debug, Default)]
pub(super) struct LevelIndex {
    levels: Vec<Level>,
    lowest: usize,
    replicas: usize,
}

#[derive(Clone, Debug)]
struct Level {
    members: Vec<u64>,
    count: u32,
}

impl LevelIndex {
    /// The index of replicas that have `loads` requests each.
    pub(super) fn build(loads: &[u32]) -> Self {
        let mut index = Self {
            levels: Vec::new(),
            lowest: 0,
            replicas: loads.len(),
        };
        for (place, &load) in loads.iter().enumerate() {
            index.insert(place, load as usize);
        }
        index.lowest = index.levels.iter().position(|level| level.count > 0).unwrap_or(0);
        index
    }

    /// A replica's number of requests goes from `from` to `to`.
    #[inline]
    pub(super) fn change(&mut self, place: usize, from: u32, to: u32) {
        let (from, to) = (from as usize, to as usize);
        let level = &mut self.levels[from];
        level.members[place / 64] &= !(1 << (place % 64));
        level.count -= 1;
        self.insert(place, to);
        if to < self.lowest {
            self.lowest = to;
        } else {
            while self.levels[self.lowest].count == 0 {
                self.lowest += 1;
            }
        }
    }

    /// The number of requests at the replica that has fewest.
    pub(super) fn lowest(&self) -> u32 {
        self.lowest as u32
    }

    /// The first replica at the lowest level at or after `cursor`, going round.
    pub(super) fn first_from(&self, cursor: usize) -> Option<usize> {
        let level = self.levels.get(self.lowest).filter(|level| level.count > 0)?;
        let words = &level.members;
        let cursor = if cursor < self.replicas { cursor } else { 0 };
        let (word, bit) = (cursor / 64, cursor % 64);
        let head = words[word] & (u64::MAX << bit);
        if head != 0 {
            return Some(word * 64 + head.trailing_zeros() as usize);
        }
        (1..=words.len())
            .map(|step| (word + step) % words.len())
            .find(|&at| words[at] != 0)
            .map(|at| words[at].trailing_zeros() as usize + at * 64)
    }

    /// How many replicas are at the lowest level.
    pub(super) fn lowest_count(&self) -> u32 {
        self.levels.get(self.lowest).map_or(0, |level| level.count)
    }

    /// The `nth` (from 0) replica at the lowest level, in order of position.
    pub(super) fn nth(&self, nth: u32) -> Option<usize> {
        let level = self.levels.get(self.lowest)?;
        let mut left = nth;
        for (at, &word) in level.members.iter().enumerate() {
            let here = word.count_ones();
            if left < here {
                let rest = (0..left).fold(word, |bits, _| bits & (bits - 1));
                return Some(at * 64 + rest.trailing_zeros() as usize);
            }
            left -= here;
        }
        None
    }

    fn insert(&mut self, place: usize, level: usize) {
        while self.levels.len() <= level {
            self.levels.push(Level {
                members: vec![0; self.replicas.div_ceil(64)],
                count: 0,
            });
        }
        let level = &mut self.levels[level];
        level.members[place / 64] |= 1 << (place % 64);
        level.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::LevelIndex;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the replicas' loads, the index answers as a scan of all of them does.
        #[test]
        fn answers_like_a_full_scan(start in prop::collection::vec(0u32..5, 1..150), steps in prop::collection::vec((0usize..150, any::<bool>(), 0usize..150), 0..200)) {
            let mut loads = start;
            let mut index = LevelIndex::build(&loads);
            for (place, up, cursor) in steps {
                let place = place % loads.len();
                let to = if up { loads[place] + 1 } else { loads[place].saturating_sub(1) };
                if to != loads[place] {
                    index.change(place, loads[place], to);
                    loads[place] = to;
                }
                let least = *loads.iter().min().unwrap();
                let tied: Vec<usize> = (0..loads.len()).filter(|&at| loads[at] == least).collect();
                prop_assert_eq!(index.lowest(), least);
                prop_assert_eq!(index.lowest_count() as usize, tied.len());
                let cursor = cursor % loads.len();
                let next = tied.iter().copied().find(|&at| at >= cursor).unwrap_or(tied[0]);
                prop_assert_eq!(index.first_from(cursor), Some(next));
                for (nth, &at) in tied.iter().enumerate() {
                    prop_assert_eq!(index.nth(nth as u32), Some(at));
                }
            }
        }
    }
}
