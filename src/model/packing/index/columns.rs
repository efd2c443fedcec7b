//! Every node looked at: a column of keys and one of what is free for each resource, coarse and without a branch, so that
//! it runs on vectors; then, exactly, those that the first look leaves.

use super::coarse::{Coarse, Short};
use super::{Amounts, Order, Shelf, has_room};

/// Nodes of a turn, of which it is asked at once whether one has the key looked for.
const TURN: usize = 64;

/// Nodes of one shape as columns.
#[derive(Clone, Debug)]
pub struct Columns<const D: usize> {
    coarse: Coarse<D>,
    keys: Vec<u16>,
    free: [Vec<u16>; D],
    exact: Vec<(u64, Amounts<D>)>,
}

impl<const D: usize> Shelf<D> for Columns<D> {
    fn new(count: usize, capacity: Amounts<D>, key: u64, key_max: u64, _: Order) -> Self {
        let coarse = Coarse::new(&capacity, key_max);
        Self {
            coarse,
            keys: vec![coarse.key(key); count],
            free: coarse.amounts(&capacity).map(|amount| vec![amount; count]),
            exact: vec![(key, capacity); count],
        }
    }

    fn find(&self, need: &Amounts<D>, _: u64, takes: impl Fn(usize) -> bool) -> Option<(u64, usize)> {
        let coarse = self.coarse.amounts(need);
        let mut floor = 0;
        loop {
            let least = self.least_key(&coarse, floor);
            if least == u16::MAX {
                return None;
            }
            let found = self.best_of(least, need, &takes);
            if found.is_some() {
                return found;
            }
            // Coarse room, and none when looked at exactly.
            floor = least + 1;
        }
    }

    fn free(&self, number: usize) -> &Amounts<D> {
        &self.exact[number].1
    }

    fn change(&mut self, number: usize, key: u64, free: Amounts<D>) {
        self.exact[number] = (key, free);
        self.keys[number] = self.coarse.key(key);
        for (column, amount) in self.free.iter_mut().zip(self.coarse.amounts(&free)) {
            column[number] = amount;
        }
    }
}

impl<const D: usize> Columns<D> {
    /// The least coarse key from `floor` on of those with coarse room; `u16::MAX` if there is none.
    fn least_key(&self, need: &Short<D>, floor: u16) -> u16 {
        let keys = &self.keys[..];
        // The same length for all, so that no bound is checked inside.
        let free: [&[u16]; D] = std::array::from_fn(|at| &self.free[at][..keys.len()]);
        let mut least = u16::MAX;
        for (number, &key) in keys.iter().enumerate() {
            let mut fits = floor <= key;
            for at in 0..D {
                fits &= need[at] <= free[at][number];
            }
            least = least.min(if fits { key } else { u16::MAX });
        }
        least
    }

    /// Of those with this coarse key, the best.
    fn best_of(&self, coarse: u16, need: &Amounts<D>, takes: impl Fn(usize) -> bool) -> Option<(u64, usize)> {
        let mut best = None;
        for (turn, keys) in self.keys.chunks(TURN).enumerate() {
            if !keys.iter().fold(false, |any, &key| any | (key == coarse)) {
                continue;
            }
            for (at, _) in keys.iter().enumerate().filter(|&(_, &key)| key == coarse) {
                let number = turn * TURN + at;
                let (key, free) = &self.exact[number];
                if has_room(need, free) && best.is_none_or(|known| (*key, number) < known) && takes(number) {
                    best = Some((*key, number));
                    if self.coarse.keys_are_exact() {
                        return best;
                    }
                }
            }
        }
        best
    }
}
