//! Levels of what is free: between two of the sizes that pods ask for, nodes are alike. A pod that asks for a size finds no
//! room on any node of a lower level, whatever else the node has.
//!
//! The sizes are learnt from the pods that come; until some have come all nodes are of one level.

use super::coarse::Short;

/// Most sizes that are told apart of one resource.
const SIZES_MAX: usize = 7;
/// Nodes for which one group more pays.
const NODES_PER_GROUP: usize = 64;
/// Pods from whose sizes the levels are made: the last that came.
const SEEN: usize = 64;
/// Levels are made when so many pods have come, and again when it is so many times as many.
const FIRST_LOOK: u64 = SEEN as u64;
const NEXT_LOOK: u64 = 8;

/// For each resource the sizes that are told apart, least first, none twice.
#[derive(Clone, Debug)]
pub(super) struct Levels<const D: usize> {
    /// Beyond those there are, more than anything.
    sizes: [[u32; SIZES_MAX]; D],
    /// One more than there are sizes.
    counts: [usize; D],
    /// Sizes of one resource that are told apart if there are as many.
    most: usize,
    came: u64,
    next_look: u64,
    seen: Vec<Short<D>>,
}

impl<const D: usize> Levels<D> {
    /// One level of everything, of so many nodes.
    pub(super) fn new(nodes: usize) -> Self {
        let groups = |levels: usize| levels.checked_pow(D as u32).unwrap_or(usize::MAX);
        let levels = (1..=SIZES_MAX + 1)
            .rev()
            .find(|&levels| groups(levels) <= nodes / NODES_PER_GROUP);
        Self {
            sizes: [[u32::MAX; SIZES_MAX]; D],
            counts: [1; D],
            most: levels.unwrap_or(1) - 1,
            came: 0,
            next_look: FIRST_LOOK,
            seen: Vec::new(),
        }
    }

    /// Groups of nodes that are alike in all resources.
    pub(super) fn groups(&self) -> usize {
        self.counts.iter().product()
    }

    /// The group of nodes with so much free.
    pub(super) fn group(&self, free: &Short<D>) -> usize {
        let levels = self.levels(free);
        (0..D)
            .rev()
            .fold(0, |group, at| group * self.counts[at] + levels[at])
    }

    fn levels(&self, amounts: &Short<D>) -> [usize; D] {
        std::array::from_fn(|at| {
            let reached = self.sizes[at]
                .iter()
                .map(|&size| usize::from(size <= u32::from(amounts[at])));
            reached.sum()
        })
    }

    /// Tells `look` of every group in which there may be room for `need`.
    pub(super) fn each_with_room(&self, need: &Short<D>, mut look: impl FnMut(usize)) {
        let least = self.levels(need);
        let mut strides = [1; D];
        for at in 1..D {
            strides[at] = strides[at - 1] * self.counts[at - 1];
        }
        let mut levels = least;
        let mut group: usize = (0..D).map(|at| levels[at] * strides[at]).sum();
        loop {
            look(group);
            let mut at = 0;
            loop {
                if at == D {
                    return;
                }
                if levels[at] + 1 < self.counts[at] {
                    levels[at] += 1;
                    group += strides[at];
                    break;
                }
                group -= (levels[at] - least[at]) * strides[at];
                levels[at] = least[at];
                at += 1;
            }
        }
    }

    /// A pod came and took so much. Whether the levels are others now.
    pub(super) fn learn(&mut self, size: Short<D>) -> bool {
        if self.most == 0 {
            return false;
        }
        if self.seen.len() < SEEN {
            self.seen.push(size);
        } else {
            self.seen[self.came as usize % SEEN] = size;
        }
        self.came += 1;
        if self.came < self.next_look {
            return false;
        }
        self.next_look *= NEXT_LOOK;
        let before = self.sizes;
        for at in 0..D {
            self.tell_apart(at);
        }
        self.sizes != before
    }

    /// Makes levels of the sizes seen: all of them if they are few, else some that part the pods into equal parts.
    fn tell_apart(&mut self, at: usize) {
        let mut seen: Vec<u16> = self
            .seen
            .iter()
            .map(|size| size[at])
            .filter(|&size| size > 0)
            .collect();
        seen.sort_unstable();
        let mut distinct = seen.clone();
        distinct.dedup();
        if distinct.len() > self.most {
            distinct = (0..self.most)
                .map(|part| seen[part * seen.len() / self.most])
                .collect();
            distinct.dedup();
        }
        self.counts[at] = distinct.len() + 1;
        self.sizes[at] = [u32::MAX; SIZES_MAX];
        for (size, own) in distinct.into_iter().zip(&mut self.sizes[at]) {
            *own = u32::from(size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Levels, SEEN};
    use crate::model::packing::index::coarse::may_have_room;
    use proptest::prelude::*;

    fn learnt(nodes: usize, sizes: &[[u16; 2]]) -> Levels<2> {
        let mut levels = Levels::new(nodes);
        for came in 0..SEEN {
            let changed = levels.learn(sizes[came % sizes.len()]);
            assert!(!changed || came + 1 == SEEN, "levels stay for a while");
        }
        levels
    }

    fn groups_with_room(levels: &Levels<2>, need: [u16; 2]) -> Vec<usize> {
        let mut groups = Vec::new();
        levels.each_with_room(&need, |group| groups.push(group));
        groups
    }

    #[test]
    fn few_sizes_are_all_told_apart_and_few_nodes_not_at_all() {
        let sizes = [[1, 0], [2, 5], [4, 5], [8, 0]];
        let levels = learnt(6400, &sizes);
        assert_eq!(levels.groups(), 5 * 2, "four sizes, and one beside nothing");
        assert_ne!(levels.group(&[3, 9]), levels.group(&[4, 9]));
        assert_eq!(
            levels.group(&[4, 9]),
            levels.group(&[7, 5]),
            "the same pods find room"
        );
        assert_eq!(groups_with_room(&levels, [4, 1]).len(), 2 * 2);
        assert_eq!(
            learnt(100, &sizes).groups(),
            1,
            "a hundred nodes are not worth it"
        );
    }

    proptest! {
        /// Who has room is in a group that is looked at, whatever was learnt before, and no group is looked at twice.
        #[test]
        fn no_group_with_room_is_left_out(
            sizes in prop::collection::vec(prop::array::uniform2(0_u16..20), 1..SEEN),
            nodes in 1_usize..10_000,
            need in prop::array::uniform2(0_u16..25),
            free in prop::collection::vec(prop::array::uniform2(prop_oneof![0_u16..25, Just(u16::MAX)]), 1..50),
        ) {
            let levels = learnt(nodes, &sizes);
            let mut groups = groups_with_room(&levels, need);
            for free in free.iter().filter(|free| may_have_room(&need, free)) {
                prop_assert!(groups.contains(&levels.group(free)), "{need:?} in {free:?}: {levels:?}");
            }
            let looks = groups.len();
            groups.sort_unstable();
            groups.dedup();
            prop_assert_eq!(looks, groups.len());
            prop_assert!(groups.iter().all(|&group| group < levels.groups()));
        }
    }
}
