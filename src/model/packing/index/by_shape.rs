//! Nodes of several shapes: one shelf a shape, and the best of their answers.

use super::super::{MeanShare, Share};
use super::{Amounts, has_room};
use std::fmt;

/// Which of the nodes with room is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The one with the lowest number: first fit.
    First,
    /// The one with the least left (as a mean share of its capacity): best fit.
    LeastLeft,
    /// The one with the most left: worst fit.
    MostLeft,
}

/// Nodes of one shape, by their numbers on the shelf. What is left of one is known by its key: the least key is wanted.
pub trait Shelf<const D: usize>: Clone + fmt::Debug {
    /// So many nodes of this `capacity`, all of it free, which `key` stands for; no key is above `key_max`. What keys mean
    /// is said by `order`.
    fn new(count: usize, capacity: Amounts<D>, key: u64, key_max: u64, order: Order) -> Self;

    /// The node with room for `need` that `takes` it and has the least key, the lowest number among equals, and its key.
    /// No node with room has a key below `floor`.
    fn find(&self, need: &Amounts<D>, floor: u64, takes: impl Fn(usize) -> bool) -> Option<(u64, usize)>;

    /// What is free of a node.
    fn free(&self, number: usize) -> &Amounts<D>;

    /// What is free of a node becomes `free`, and its key `key`.
    fn change(&mut self, number: usize, key: u64, free: Amounts<D>);
}

/// A fleet of numbered nodes, each with a capacity of `D` resources.
#[derive(Clone, Debug)]
pub struct ByShape<S, const D: usize> {
    order: Order,
    shapes: Vec<Shape<S, D>>,
    /// Of each node, its shape and its number on the shelf.
    places: Vec<(u32, u32)>,
}

#[derive(Clone, Debug)]
struct Shape<S, const D: usize> {
    capacity: Amounts<D>,
    weights: Amounts<D>,
    whole: u64,
    /// The node with each number on the shelf.
    nodes: Vec<u32>,
    shelf: S,
}

impl<S: Shelf<D>, const D: usize> ByShape<S, D> {
    /// Nodes of these capacities (fewer than 2³²), all of it free; a node's number is its position.
    #[must_use]
    pub fn new(capacities: &[Amounts<D>], order: Order) -> Self {
        let mut kinds: Vec<(Amounts<D>, Vec<u32>)> = Vec::new();
        let mut of_capacity = std::collections::BTreeMap::new();
        let mut places = Vec::with_capacity(capacities.len());
        for (node, &capacity) in capacities.iter().enumerate() {
            let shape = *of_capacity.entry(capacity).or_insert_with(|| {
                kinds.push((capacity, Vec::new()));
                kinds.len() - 1
            });
            let nodes = &mut kinds[shape].1;
            places.push((shape as u32, nodes.len() as u32));
            nodes.push(node as u32);
        }
        let shapes = kinds
            .into_iter()
            .map(|(capacity, nodes)| Shape::new(capacity, nodes, order));
        Self {
            order,
            shapes: shapes.collect(),
            places,
        }
    }

    /// The same by how much is left of one resource, whatever the capacity; `resource` is below `D`, no capacity of it
    /// above 2⁶².
    #[must_use]
    pub fn by_one(capacities: &[Amounts<D>], order: Order, resource: usize) -> Self {
        let mut fleet = Self::new(capacities, order);
        for shape in &mut fleet.shapes {
            shape.weights = [0; D];
            shape.weights[resource] = 1;
            shape.whole = 1;
            shape.shelf = shape.fresh_shelf(order);
        }
        fleet
    }

    /// Nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What is free on a node.
    #[must_use]
    pub fn free(&self, node: usize) -> &Amounts<D> {
        let (shape, number) = self.places[node];
        self.shapes[shape as usize].shelf.free(number as usize)
    }

    /// The node that is wanted for `need`, the lowest number among equals; `None` if none has room.
    #[must_use]
    pub fn find(&self, need: &Amounts<D>) -> Option<usize> {
        self.find_where(need, |_| true)
    }

    /// The same among the nodes with room that `takes` it, whatever else that depends on.
    #[must_use]
    pub fn find_where(&self, need: &Amounts<D>, takes: impl Fn(usize) -> bool) -> Option<usize> {
        let mut best: Option<(Share, u32)> = None;
        for shape in &self.shapes {
            if !has_room(need, &shape.capacity) {
                continue;
            }
            let floor = match self.order {
                Order::LeastLeft => shape.part(need),
                Order::First | Order::MostLeft => 0,
            };
            let Some((key, number)) = shape
                .shelf
                .find(need, floor, |number| takes(shape.nodes[number] as usize))
            else {
                continue;
            };
            let node = shape.nodes[number];
            let left = Share {
                part: shape.turned(key, self.order).saturating_sub(shape.part(need)),
                whole: shape.whole,
            };
            let better = best.is_none_or(|(known, other)| match self.order {
                Order::First => node < other,
                Order::LeastLeft => (left, node) < (known, other),
                Order::MostLeft => (known, node) < (left, other),
            });
            if better {
                best = Some((left, node));
            }
        }
        best.map(|(_, node)| node as usize)
    }

    /// Takes `need`, for which there is room, from what is free on `node`.
    pub fn take(&mut self, node: usize, need: &Amounts<D>) {
        self.change(node, |at, free| {
            debug_assert!(need[at] <= free, "taken without room");
            free.saturating_sub(need[at])
        });
    }

    /// Gives back what was taken.
    pub fn give_back(&mut self, node: usize, need: &Amounts<D>) {
        self.change(node, |at, free| free + need[at]);
    }

    fn change(&mut self, node: usize, with: impl Fn(usize, u64) -> u64) {
        let (shape, number) = self.places[node];
        let shape = &mut self.shapes[shape as usize];
        let before = shape.shelf.free(number as usize);
        let free = std::array::from_fn(|at| with(at, before[at]));
        debug_assert!(has_room(&free, &shape.capacity), "more given back than taken");
        let key = shape.turned(shape.part(&free), self.order);
        shape.shelf.change(number as usize, key, free);
    }
}

impl<S: Shelf<D>, const D: usize> Shape<S, D> {
    fn new(capacity: Amounts<D>, nodes: Vec<u32>, order: Order) -> Self {
        let mean = MeanShare::of(capacity);
        let mut shape = Self {
            capacity,
            weights: std::array::from_fn(|at| mean.weights()[at]),
            whole: mean.whole(),
            shelf: S::new(0, capacity, 0, 0, order),
            nodes,
        };
        shape.shelf = shape.fresh_shelf(order);
        shape
    }

    fn fresh_shelf(&self, order: Order) -> S {
        let all = self.part(&self.capacity);
        S::new(
            self.nodes.len(),
            self.capacity,
            self.turned(all, order),
            all,
            order,
        )
    }

    fn part(&self, amounts: &Amounts<D>) -> u64 {
        let weighted = self.weights.iter().zip(amounts);
        weighted.map(|(weight, amount)| weight * amount).sum()
    }

    /// The key of a node of which so much is free; and, where it tells that, how much is free of a node with this key.
    fn turned(&self, part: u64, order: Order) -> u64 {
        match order {
            Order::First => 0,
            Order::LeastLeft => part,
            Order::MostLeft => self.part(&self.capacity) - part,
        }
    }
}
