//! A generational arena: entities by small typed ids that notice when what they named is gone.
//!
//! Slots are reused, so memory follows what is alive, not what ever lived; the generation tells a reused slot from
//! its former owner, which is how a stale event recognises that its entity has left.

use std::fmt;
use std::marker::PhantomData;

/// Names one entity of type `T`: a slot and the generation that owns it.
pub struct Id<T> {
    index: u32,
    generation: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The slot, for arrays kept beside the arena.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// The slot as stored.
    #[must_use]
    pub const fn slot(self) -> u32 {
        self.index
    }

    /// The generation that owns the slot.
    #[must_use]
    pub const fn generation(self) -> u32 {
        self.generation
    }

    /// Puts an id back together from its parts.
    #[must_use]
    pub const fn from_parts(index: u32, generation: u32) -> Self {
        Self {
            index,
            generation,
            of: PhantomData,
        }
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.generation == other.generation
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.index, self.generation).cmp(&(other.index, other.generation))
    }
}
impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.index, self.generation).hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}.{}", self.index, self.generation)
    }
}

#[derive(Clone, Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// Owns entities of type `T`. Insert, get and remove are O(1); iteration is in slot order.
#[derive(Clone, Debug)]
pub struct Arena<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Arena<T> {
    /// Takes `value` in and names it.
    ///
    /// # Panics
    /// If more than `u32::MAX` entities are alive at once.
    pub fn insert(&mut self, value: T) -> Id<T> {
        if let Some(index) = self.free.pop() {
            let slot = &mut self.slots[index as usize];
            slot.value = Some(value);
            return Id::from_parts(index, slot.generation);
        }
        let index = u32::try_from(self.slots.len()).expect("more than 2^32 entities alive");
        self.slots.push(Slot {
            generation: 0,
            value: Some(value),
        });
        Id::from_parts(index, 0)
    }

    /// The entity, if it is still there.
    #[must_use]
    pub fn get(&self, id: Id<T>) -> Option<&T> {
        self.slots
            .get(id.index())
            .filter(|slot| slot.generation == id.generation)?
            .value
            .as_ref()
    }

    /// The entity for change, if it is still there.
    pub fn get_mut(&mut self, id: Id<T>) -> Option<&mut T> {
        self.slots
            .get_mut(id.index())
            .filter(|slot| slot.generation == id.generation)?
            .value
            .as_mut()
    }

    /// The id of the entity in a slot, if there is one.
    #[must_use]
    #[inline]
    pub fn at_slot(&self, slot: u32) -> Option<Id<T>> {
        let found = self.slots.get(slot as usize)?;
        found.value.as_ref()?;
        Some(Id::from_parts(slot, found.generation))
    }

    /// Takes the entity out; its slot gets a new generation.
    pub fn remove(&mut self, id: Id<T>) -> Option<T> {
        let slot = self
            .slots
            .get_mut(id.index())
            .filter(|slot| slot.generation == id.generation)?;
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.index);
        Some(value)
    }

    /// Every living entity with its id, in slot order.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| {
            slot.value
                .as_ref()
                .map(|value| (Id::from_parts(index as u32, slot.generation), value))
        })
    }

    /// How many entities are alive.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether nothing is alive.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> std::ops::Index<Id<T>> for Arena<T> {
    type Output = T;
    fn index(&self, id: Id<T>) -> &T {
        self.get(id).expect("the entity is gone")
    }
}

impl<T> std::ops::IndexMut<Id<T>> for Arena<T> {
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        self.get_mut(id).expect("the entity is gone")
    }
}

#[cfg(test)]
mod tests {
    use super::Arena;

    #[test]
    fn a_stale_id_finds_nothing_even_when_its_slot_is_reused() {
        let mut arena = Arena::default();
        let first = arena.insert("first");
        assert_eq!(arena.remove(first), Some("first"));
        let second = arena.insert("second");
        assert_eq!(second.index(), first.index(), "the slot is reused");
        assert_eq!(arena.get(first), None);
        assert_eq!(arena.remove(first), None);
        assert_eq!(arena[second], "second");
        assert_eq!(arena.len(), 1);
    }
}
