//! At most 64 nodes in order of key, then number, as columns.

use super::coarse::Short;

/// Most nodes of a leaf.
pub(super) const LEAF: usize = 64;

/// What stands where: a key, and the node's number.
pub(super) type Entry = (u64, u32);

#[derive(Clone, Debug)]
pub(super) struct Leaf<const D: usize> {
    len: usize,
    keys: [u64; LEAF],
    numbers: [u32; LEAF],
    /// Of slots without a node, zero.
    free: [[u16; LEAF]; D],
}

impl<const D: usize> Leaf<D> {
    const fn new() -> Self {
        Self {
            len: 0,
            keys: [0; LEAF],
            numbers: [0; LEAF],
            free: [[0; LEAF]; D],
        }
    }

    /// One node.
    pub(super) fn of_one(entry: Entry, free: &Short<D>) -> Self {
        let mut leaf = Self::new();
        leaf.insert(entry, free);
        leaf
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn entry(&self, slot: usize) -> Entry {
        (self.keys[slot], self.numbers[slot])
    }

    /// How many entries are less.
    fn below(&self, entry: Entry) -> usize {
        // Branch-free over all slots is quicker than halving: no jump of it is foreseeable.
        let less = |slot: usize| {
            let own = self.entry(slot);
            usize::from((own.0 < entry.0) | ((own.0 == entry.0) & (own.1 < entry.1)))
        };
        (0..self.len).map(less).sum()
    }

    /// The first node with coarse room that `has_room`, by its slot.
    pub(super) fn first_with_room(&self, need: &Short<D>, has_room: impl Fn(u32) -> bool) -> Option<usize> {
        let mut fits = [1_u8; LEAF];
        for (column, &need) in self.free.iter().zip(need) {
            for (fits, &free) in fits.iter_mut().zip(column) {
                *fits &= u8::from(need <= free);
            }
        }
        let (eights, _) = fits.as_chunks::<8>();
        for (at, eight) in eights.iter().enumerate() {
            let mut able = u64::from_le_bytes(*eight);
            while able != 0 {
                let slot = at * 8 + able.trailing_zeros() as usize / 8;
                // Slots without a node seem to have room for what needs nothing.
                if slot < self.len && has_room(self.numbers[slot]) {
                    return Some(slot);
                }
                able &= able - 1;
            }
        }
        None
    }

    /// Puts a node in; there is a slot for it. Returns whether it is the first now.
    pub(super) fn insert(&mut self, entry: Entry, free: &Short<D>) -> bool {
        let (slot, len) = (self.below(entry), self.len);
        self.keys.copy_within(slot..len, slot + 1);
        self.numbers.copy_within(slot..len, slot + 1);
        (self.keys[slot], self.numbers[slot]) = entry;
        for (column, &amount) in self.free.iter_mut().zip(free) {
            column.copy_within(slot..len, slot + 1);
            column[slot] = amount;
        }
        self.len += 1;
        slot == 0
    }

    /// Takes a node out that is in. Returns whether it was the first.
    pub(super) fn remove(&mut self, entry: Entry) -> bool {
        let (slot, len) = (self.below(entry), self.len);
        debug_assert_eq!(self.entry(slot), entry, "it is in this leaf");
        self.keys.copy_within(slot + 1..len, slot);
        self.numbers.copy_within(slot + 1..len, slot);
        for column in &mut self.free {
            column.copy_within(slot + 1..len, slot);
            column[len - 1] = 0;
        }
        self.len -= 1;
        slot == 0
    }

    /// What is free of a node that is in becomes `free`.
    pub(super) fn replace(&mut self, entry: Entry, free: &Short<D>) {
        let slot = self.below(entry);
        for (column, &amount) in self.free.iter_mut().zip(free) {
            column[slot] = amount;
        }
    }

    /// What all from `slot` on are: a leaf of their own.
    pub(super) fn split_off(&mut self, slot: usize) -> Self {
        let (mut upper, len) = (Self::new(), self.len);
        upper.len = len - slot;
        upper.keys[..upper.len].copy_from_slice(&self.keys[slot..len]);
        upper.numbers[..upper.len].copy_from_slice(&self.numbers[slot..len]);
        for (to, from) in upper.free.iter_mut().zip(&mut self.free) {
            to[..upper.len].copy_from_slice(&from[slot..len]);
            from[slot..].fill(0);
        }
        self.len = slot;
        upper
    }

    /// Takes in those of `upper`, which all come after its own and for which there are slots.
    pub(super) fn append(&mut self, upper: &Self) {
        let (start, end) = (self.len, self.len + upper.len);
        self.keys[start..end].copy_from_slice(&upper.keys[..upper.len]);
        self.numbers[start..end].copy_from_slice(&upper.numbers[..upper.len]);
        for (to, from) in self.free.iter_mut().zip(&upper.free) {
            to[start..end].copy_from_slice(&from[..upper.len]);
        }
        self.len = end;
    }

    /// The most that is free on any of its nodes, each resource by itself.
    pub(super) fn most_free(&self) -> Short<D> {
        std::array::from_fn(|at| self.most_free_of(at))
    }

    pub(super) fn most_free_of(&self, resource: usize) -> u16 {
        self.free[resource].iter().copied().fold(0, u16::max)
    }
}
