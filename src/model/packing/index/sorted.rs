//! Nodes in order of key, then number, in leaves of at most 64. The first with room in that order is the answer, and
//! whole leaves are skipped by the most that is free on any of their nodes.

use super::coarse::{Short, may_have_room};
use super::leaf::{Entry, LEAF, Leaf};

/// Two neighbours with fewer nodes become one leaf.
const MERGED_MAX: usize = LEAF / 2;
/// Nodes of a leaf at the start: room to grow.
const FILLED: usize = LEAF * 3 / 4;

/// Leaves of any number of orders, and those that nobody uses.
#[derive(Clone, Debug)]
pub(super) struct Leaves<const D: usize> {
    all: Vec<Leaf<D>>,
    spare: Vec<u32>,
}

impl<const D: usize> Leaves<D> {
    pub(super) const fn new() -> Self {
        Self {
            all: Vec::new(),
            spare: Vec::new(),
        }
    }

    fn put(&mut self, leaf: Leaf<D>) -> u32 {
        match self.spare.pop() {
            Some(at) => {
                self.all[at as usize] = leaf;
                at
            }
            None => {
                self.all.push(leaf);
                self.all.len() as u32 - 1
            }
        }
    }
}

/// Nodes in order. Its leaves are kept by whoever keeps several orders: the same [`Leaves`] each time.
#[derive(Clone, Debug)]
pub(super) struct Sorted<const D: usize> {
    /// In order, the first entry of each leaf, the most that is free on any node of it, and where it is. Apart from the
    /// leaves, so that what is looked at of every leaf lies together.
    firsts: Vec<Entry>,
    most_free: Vec<Short<D>>,
    at: Vec<u32>,
}

impl<const D: usize> Sorted<D> {
    /// No node.
    pub(super) const fn new() -> Self {
        Self {
            firsts: Vec::new(),
            most_free: Vec::new(),
            at: Vec::new(),
        }
    }

    /// A node that comes after all others.
    pub(super) fn push(&mut self, leaves: &mut Leaves<D>, entry: Entry, free: &Short<D>) {
        let last = self.at.last().map(|&at| &mut leaves.all[at as usize]);
        match last.filter(|leaf| leaf.len() < FILLED) {
            Some(leaf) => {
                leaf.insert(entry, free);
                self.raise(self.at.len() - 1, free);
            }
            None => self.put_leaf(leaves, self.at.len(), Leaf::of_one(entry, free)),
        }
    }

    /// The first of all, if there is any.
    pub(super) fn first(&self) -> Option<Entry> {
        self.firsts.first().copied()
    }

    /// The first before `end` that has coarse room for `need` and then `has_room`. None whose key is below `floor` has.
    pub(super) fn find(
        &self,
        leaves: &Leaves<D>,
        need: &Short<D>,
        floor: u64,
        end: Entry,
        has_room: impl Fn(u32) -> bool,
    ) -> Option<Entry> {
        let after = self.firsts.partition_point(|&(key, _)| key < floor);
        for place in after.saturating_sub(1)..self.most_free.len() {
            if self.firsts[place] >= end {
                return None;
            }
            if !may_have_room(need, &self.most_free[place]) {
                continue;
            }
            let leaf = &leaves.all[self.at[place] as usize];
            if let Some(slot) = leaf.first_with_room(need, &has_room) {
                return Some(leaf.entry(slot)).filter(|found| *found < end);
            }
        }
        None
    }

    /// The leaf in which `entry` is, or belongs.
    fn place_of(&self, entry: Entry) -> usize {
        self.firsts
            .partition_point(|&first| first <= entry)
            .saturating_sub(1)
    }

    fn put_leaf(&mut self, leaves: &mut Leaves<D>, place: usize, leaf: Leaf<D>) {
        self.firsts.insert(place, leaf.entry(0));
        self.most_free.insert(place, leaf.most_free());
        self.at.insert(place, leaves.put(leaf));
    }

    fn drop_leaf(&mut self, leaves: &mut Leaves<D>, place: usize) {
        self.firsts.remove(place);
        self.most_free.remove(place);
        leaves.spare.push(self.at.remove(place));
    }

    /// A node comes.
    pub(super) fn insert(&mut self, leaves: &mut Leaves<D>, entry: Entry, free: &Short<D>) {
        if self.at.is_empty() {
            return self.put_leaf(leaves, 0, Leaf::of_one(entry, free));
        }
        let mut place = self.place_of(entry);
        let leaf = &mut leaves.all[self.at[place] as usize];
        if leaf.len() == LEAF {
            let upper = leaf.split_off(LEAF / 2);
            self.most_free[place] = leaf.most_free();
            self.put_leaf(leaves, place + 1, upper);
            place += usize::from(self.firsts[place + 1] <= entry);
        }
        if leaves.all[self.at[place] as usize].insert(entry, free) {
            self.firsts[place] = entry;
        }
        self.raise(place, free);
    }

    /// A node with the same place in the order has other amounts free.
    pub(super) fn replace(&mut self, leaves: &mut Leaves<D>, entry: Entry, had: &Short<D>, free: &Short<D>) {
        let place = self.place_of(entry);
        leaves.all[self.at[place] as usize].replace(entry, free);
        self.raise(place, free);
        self.lower(leaves, place, had);
    }

    /// There is a node with so much free now.
    fn raise(&mut self, place: usize, free: &Short<D>) {
        for (most, &amount) in self.most_free[place].iter_mut().zip(free) {
            *most = (*most).max(amount);
        }
    }

    /// There is no node with so much free any longer, or one less.
    fn lower(&mut self, leaves: &Leaves<D>, place: usize, had: &Short<D>) {
        let leaf = &leaves.all[self.at[place] as usize];
        for (resource, most) in self.most_free[place].iter_mut().enumerate() {
            if had[resource] == *most {
                *most = leaf.most_free_of(resource);
            }
        }
    }

    /// A node goes.
    pub(super) fn remove(&mut self, leaves: &mut Leaves<D>, entry: Entry, had: &Short<D>) {
        let place = self.place_of(entry);
        let leaf = &mut leaves.all[self.at[place] as usize];
        let was_first = leaf.remove(entry);
        if leaf.len() == 0 {
            return self.drop_leaf(leaves, place);
        }
        if was_first {
            self.firsts[place] = leaf.entry(0);
        }
        self.lower(leaves, place, had);
        self.merge(leaves, place);
    }

    /// Makes one leaf of this and the next if they are small.
    fn merge(&mut self, leaves: &mut Leaves<D>, place: usize) {
        let Some(&next) = self.at.get(place + 1) else {
            return;
        };
        let (own, next) = (self.at[place] as usize, next as usize);
        if leaves.all[own].len() + leaves.all[next].len() > MERGED_MAX {
            return;
        }
        let [leaf, upper] = leaves.all.get_disjoint_mut([own, next]).expect("two leaves");
        leaf.append(upper);
        let upper = self.most_free[place + 1];
        self.raise(place, &upper);
        self.drop_leaf(leaves, place + 1);
    }
}
