//! Nodes sorted by what they have left, apart by what they have room for: in each group the first with room is looked for,
//! and the first of those is the answer.

use super::coarse::{Coarse, Short};
use super::leaf::Entry;
use super::levels::Levels;
use super::sorted::{Leaves, Sorted};
use super::{Amounts, Order, Shelf, has_room};

/// After every entry.
const END: Entry = (u64::MAX, u32::MAX);

/// Nodes of one shape, sorted.
#[derive(Clone, Debug)]
pub struct SortedLeaves<const D: usize> {
    coarse: Coarse<D>,
    /// Of each node, its key and what is free.
    exact: Vec<(u64, Amounts<D>)>,
    levels: Levels<D>,
    leaves: Leaves<D>,
    groups: Vec<Sorted<D>>,
    /// The first node of each group, apart from the groups so that they lie together.
    firsts: Vec<Entry>,
}

impl<const D: usize> Shelf<D> for SortedLeaves<D> {
    fn new(count: usize, capacity: Amounts<D>, key: u64, key_max: u64, order: Order) -> Self {
        let mut sorted = Self {
            coarse: Coarse::new(&capacity, key_max),
            exact: vec![(key, capacity); count],
            levels: Levels::new(match order {
                Order::First | Order::LeastLeft => count,
                // The first nodes in order are the emptiest and have room: there is nothing to be passed over.
                Order::MostLeft => 0,
            }),
            leaves: Leaves::new(),
            groups: Vec::new(),
            firsts: Vec::new(),
        };
        sorted.sort();
        sorted
    }

    fn find(&self, need: &Amounts<D>, floor: u64, takes: impl Fn(usize) -> bool) -> Option<(u64, usize)> {
        let coarse = self.coarse.amounts(need);
        let (mut first, mut nearest) = (END, None);
        self.levels.each_with_room(&coarse, |group| {
            if self.firsts[group] < first {
                (first, nearest) = (self.firsts[group], Some(group));
            }
        });
        let exactly = |number: u32| has_room(need, &self.exact[number as usize].1) && takes(number as usize);
        let nearest = nearest?;
        let in_group =
            |group: usize, end| self.groups[group].find(&self.leaves, &coarse, floor, end, exactly);
        let mut best = in_group(nearest, END).unwrap_or(END);
        if best != first {
            self.levels.each_with_room(&coarse, |group| {
                if self.firsts[group] < best && group != nearest {
                    best = in_group(group, best).unwrap_or(best);
                }
            });
        }
        (best != END).then_some((best.0, best.1 as usize))
    }

    fn free(&self, number: usize) -> &Amounts<D> {
        &self.exact[number].1
    }

    fn change(&mut self, number: usize, key: u64, free: Amounts<D>) {
        let (was, had) = std::mem::replace(&mut self.exact[number], (key, free));
        let took = has_room(&free, &had);
        if took
            && self
                .levels
                .learn(self.coarse.amounts(&std::array::from_fn(|at| had[at] - free[at])))
        {
            return self.sort();
        }
        let (had, free, number) = (
            self.coarse.amounts(&had),
            self.coarse.amounts(&free),
            number as u32,
        );
        let (left, group) = (self.levels.group(&had), self.levels.group(&free));
        if (left, was) == (group, key) {
            return self.groups[group].replace(&mut self.leaves, (key, number), &had, &free);
        }
        self.groups[left].remove(&mut self.leaves, (was, number), &had);
        self.groups[group].insert(&mut self.leaves, (key, number), &free);
        for group in [left, group] {
            self.firsts[group] = self.groups[group].first().unwrap_or(END);
        }
    }
}

impl<const D: usize> SortedLeaves<D> {
    /// Sorts all nodes anew.
    fn sort(&mut self) {
        self.leaves = Leaves::new();
        self.groups = vec![Sorted::new(); self.levels.groups()];
        let mut entries: Vec<Entry> = (0..)
            .zip(&self.exact)
            .map(|(number, (key, _))| (*key, number))
            .collect();
        entries.sort_unstable();
        for entry in entries {
            let free: Short<D> = self.coarse.amounts(&self.exact[entry.1 as usize].1);
            self.groups[self.levels.group(&free)].push(&mut self.leaves, entry, &free);
        }
        let firsts = self.groups.iter().map(|group| group.first().unwrap_or(END));
        self.firsts = firsts.collect();
    }
}
