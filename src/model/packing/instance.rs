//! One packing problem: items of several sizes each, and the kinds of bins they may go into.

use crate::model::price::Money;

/// Items that are to go into bins, every size of all items of a bin within its capacity.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// What it is called: of an instance file, its stem.
    pub name: String,
    /// What the sizes measure, for people: `cpu`, `memory`, or only `1`, `2`. Every capacity and every list of sizes has
    /// one number for each, in this order.
    pub dimensions: Vec<String>,
    /// The kinds of bins there are, at least one. Most published instances have one, without a price and without end.
    pub kinds: Vec<BinKind>,
    /// The items, in the order in which they are presented.
    pub items: Vec<Item>,
    /// The fewest bins it takes, where that is known from elsewhere.
    pub optimum: Option<u64>,
}

/// Bins that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinKind {
    /// What it is called.
    pub name: String,
    /// What one holds, one number a dimension.
    pub capacity: Vec<u64>,
    /// What one costs an hour; `None` where only their number counts.
    pub price: Option<Money>,
    /// How many there are; `None`: as many as are needed.
    pub most: Option<u64>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub name: String,
    /// Items that belong together, for people: the colour in a picture. Empty where nothing is said.
    pub class: String,
    /// How large it is, one number a dimension.
    pub sizes: Vec<u64>,
    /// How far each size is below 0, which then stands as 0 above: what the item gives back to its bin. Empty for every
    /// ordinary item; some published triplets have such sizes.
    pub below_zero: Vec<u64>,
}

impl Instance {
    /// Whether any item gives back to its bin.
    #[must_use]
    pub fn has_sizes_below_zero(&self) -> bool {
        self.items.iter().any(|item| !item.below_zero.is_empty())
    }

    /// Of each dimension the most that any kind of bin holds.
    #[must_use]
    pub fn largest(&self) -> Vec<u64> {
        let most = |dimension: usize| self.kinds.iter().map(|kind| kind.capacity[dimension]).max();
        (0..self.dimensions.len())
            .map(|dimension| most(dimension).unwrap_or(0))
            .collect()
    }
}

impl Item {
    /// How large it is in one dimension, below 0 if it is.
    #[must_use]
    pub fn size(&self, dimension: usize) -> i128 {
        let below = self.below_zero.get(dimension).copied().unwrap_or(0);
        i128::from(self.sizes[dimension]) - i128::from(below)
    }

    /// Whether a bin of this `capacity` that is empty takes it.
    #[must_use]
    pub fn fits(&self, capacity: &[u64]) -> bool {
        self.sizes.iter().zip(capacity).all(|(size, room)| size <= room)
    }
}
