//! Nodes in order of what they have left, in leaves of at most 64. The first with room in that order is the answer, and
//! whole leaves are skipped by the most that is free on any of their nodes.

use super::coarse::{Coarse, Short, may_have_room};
use super::leaf::{Entry, LEAF, Leaf};
use super::{Amounts, Shelf, has_room};

/// Two neighbours with fewer nodes become one leaf.
const MERGED_MAX: usize = LEAF / 2;
/// Nodes of a leaf at the start: room to grow.
const FILLED: usize = LEAF * 3 / 4;

/// Nodes of one shape, sorted.
#[derive(Clone, Debug)]
pub struct SortedLeaves<const D: usize> {
    coarse: Coarse<D>,
    /// Of each node, its key and what is free.
    exact: Vec<(u64, Amounts<D>)>,
    /// In no order.
    leaves: Vec<Leaf<D>>,
    /// Leaves not in use.
    spare: Vec<u32>,
    /// In order, the first entry of each leaf, the most that is free on any node of it, and where it is. Apart from the
    /// leaves, so that what is looked at of every leaf lies together.
    firsts: Vec<Entry>,
    most_free: Vec<Short<D>>,
    at: Vec<u32>,
}

impl<const D: usize> Shelf<D> for SortedLeaves<D> {
    fn new(count: usize, capacity: Amounts<D>, key: u64, key_max: u64) -> Self {
        let coarse = Coarse::new(&capacity, key_max);
        let mut sorted = Self {
            coarse,
            exact: vec![(key, capacity); count],
            leaves: Vec::new(),
            spare: Vec::new(),
            firsts: Vec::new(),
            most_free: Vec::new(),
            at: Vec::new(),
        };
        for start in (0..count).step_by(FILLED) {
            let mut leaf = Leaf::new();
            for number in start..count.min(start + FILLED) {
                leaf.insert((key, number as u32), &coarse.amounts(&capacity));
            }
            sorted.put_leaf(sorted.at.len(), leaf);
        }
        sorted
    }

    fn find(&self, need: &Amounts<D>, floor: u64, takes: impl Fn(usize) -> bool) -> Option<(u64, usize)> {
        let coarse = self.coarse.amounts(need);
        let after = self.firsts.partition_point(|&(key, _)| key < floor);
        for place in after.saturating_sub(1)..self.most_free.len() {
            if !may_have_room(&coarse, &self.most_free[place]) {
                continue;
            }
            let leaf = &self.leaves[self.at[place] as usize];
            let exactly =
                |number: u32| has_room(need, &self.exact[number as usize].1) && takes(number as usize);
            if let Some(slot) = leaf.first_with_room(&coarse, exactly) {
                let (key, number) = leaf.entry(slot);
                return Some((key, number as usize));
            }
        }
        None
    }

    fn free(&self, number: usize) -> &Amounts<D> {
        &self.exact[number].1
    }

    fn change(&mut self, number: usize, key: u64, free: Amounts<D>) {
        let (was, had) = std::mem::replace(&mut self.exact[number], (key, free));
        let (had, free, number) = (
            self.coarse.amounts(&had),
            self.coarse.amounts(&free),
            number as u32,
        );
        if was == key {
            return self.replace((key, number), &had, &free);
        }
        self.remove((was, number), &had);
        self.insert((key, number), &free);
    }
}

impl<const D: usize> SortedLeaves<D> {
    /// The leaf in which `entry` is, or belongs.
    fn place_of(&self, entry: Entry) -> usize {
        self.firsts
            .partition_point(|&first| first <= entry)
            .saturating_sub(1)
    }

    fn put_leaf(&mut self, place: usize, leaf: Leaf<D>) {
        self.firsts.insert(place, leaf.entry(0));
        self.most_free.insert(place, leaf.most_free());
        let at = match self.spare.pop() {
            Some(at) => {
                self.leaves[at as usize] = leaf;
                at
            }
            None => {
                self.leaves.push(leaf);
                self.leaves.len() as u32 - 1
            }
        };
        self.at.insert(place, at);
    }

    fn drop_leaf(&mut self, place: usize) {
        self.firsts.remove(place);
        self.most_free.remove(place);
        self.spare.push(self.at.remove(place));
    }

    fn insert(&mut self, entry: Entry, free: &Short<D>) {
        if self.at.is_empty() {
            let mut leaf = Leaf::new();
            leaf.insert(entry, free);
            return self.put_leaf(0, leaf);
        }
        let mut place = self.place_of(entry);
        if self.leaves[self.at[place] as usize].len() == LEAF {
            let upper = self.leaves[self.at[place] as usize].split_off(LEAF / 2);
            self.most_free[place] = self.leaves[self.at[place] as usize].most_free();
            self.put_leaf(place + 1, upper);
            place += usize::from(self.firsts[place + 1] <= entry);
        }
        if self.leaves[self.at[place] as usize].insert(entry, free) {
            self.firsts[place] = entry;
        }
        self.raise(place, free);
    }

    /// The same place in the order, and other amounts.
    fn replace(&mut self, entry: Entry, had: &Short<D>, free: &Short<D>) {
        let place = self.place_of(entry);
        self.leaves[self.at[place] as usize].replace(entry, free);
        self.raise(place, free);
        self.lower(place, had);
    }

    /// There is a node with so much free now.
    fn raise(&mut self, place: usize, free: &Short<D>) {
        for (most, &amount) in self.most_free[place].iter_mut().zip(free) {
            *most = (*most).max(amount);
        }
    }

    /// There is no node with so much free any longer, or one less.
    fn lower(&mut self, place: usize, had: &Short<D>) {
        let leaf = &self.leaves[self.at[place] as usize];
        for (resource, most) in self.most_free[place].iter_mut().enumerate() {
            if had[resource] == *most {
                *most = leaf.most_free_of(resource);
            }
        }
    }

    fn remove(&mut self, entry: Entry, had: &Short<D>) {
        let place = self.place_of(entry);
        let leaf = &mut self.leaves[self.at[place] as usize];
        let was_first = leaf.remove(entry);
        if leaf.len() == 0 {
            return self.drop_leaf(place);
        }
        if was_first {
            self.firsts[place] = leaf.entry(0);
        }
        self.lower(place, had);
        self.merge(place);
    }

    /// Makes one leaf of this and the next if they are small.
    fn merge(&mut self, place: usize) {
        let Some(&next) = self.at.get(place + 1) else {
            return;
        };
        let (own, next) = (self.at[place] as usize, next as usize);
        if self.leaves[own].len() + self.leaves[next].len() > MERGED_MAX {
            return;
        }
        let [leaf, upper] = self.leaves.get_disjoint_mut([own, next]).expect("two leaves");
        leaf.append(upper);
        let upper = self.most_free[place + 1];
        self.raise(place, &upper);
        self.drop_leaf(place + 1);
    }
}
