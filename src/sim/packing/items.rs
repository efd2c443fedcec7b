//! One packing of items: what a heuristic reached on an instance, and how far from the least that is.
//!
//! Knows: instances, heuristics and bounds. Must not know: files, threads, or other instances.

use crate::engine::StreamKey;
use crate::model::packing::bounds::{Bound, Impossible, cheapest, lower_bound};
use crate::model::packing::{BinKind, Instance, Packing};
use crate::model::price::Money;
use crate::policy::placement::packing::Packer;

/// What one heuristic reached on an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Bins it opened.
    pub bins: u64,
    /// Those of each kind.
    pub by_kind: Vec<u64>,
    /// Items for which no bin was left.
    pub left_out: u64,
    /// What the bins cost an hour; `None` where they have no prices.
    pub cost: Option<Money>,
}

/// What all heuristics reached on an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedInstance {
    /// What it is called.
    pub name: String,
    /// How many items it has.
    pub items: u64,
    /// How few bins there can be.
    pub bound: Bound,
    /// What bins that take all items cost an hour at least; `None` without prices.
    pub least_cost: Option<Money>,
    /// Whether it is proven that there are too few bins for all items.
    pub is_impossible: bool,
    /// The fewest bins it takes, as published.
    pub published_optimum: Option<u64>,
    /// The fewest bins that anybody had reached when its file was made.
    pub best_known: Option<u64>,
    /// One a heuristic, in their order.
    pub attempts: Vec<Attempt>,
}

impl PackedInstance {
    /// Packs an instance by every heuristic.
    #[must_use]
    pub fn new(instance: &Instance, best_known: Option<u64>, packers: &[Box<dyn Packer>], seed: u64) -> Self {
        let attempts = packers
            .iter()
            .map(|packer| Attempt::of(&pack(instance, &**packer, seed), instance));
        let (bound, least_cost, is_impossible) = bounds(instance);
        Self {
            name: instance.name.clone(),
            items: instance.items.len() as u64,
            bound,
            least_cost,
            is_impossible,
            published_optimum: instance.optimum,
            best_known,
            attempts: attempts.collect(),
        }
    }

    /// The fewest bins it takes, where that is published, or proven because somebody has reached the bound.
    #[must_use]
    pub fn optimum(&self) -> Option<u64> {
        let whole = self.attempts.iter().filter(|attempt| attempt.left_out == 0);
        let mut reached = whole.map(|attempt| attempt.bins).chain(self.best_known);
        self.published_optimum
            .or_else(|| reached.find(|&bins| bins == self.bound.bins))
    }
}

/// How few bins, what they cost at least, and whether there is no packing at all.
fn bounds(instance: &Instance) -> (Bound, Option<Money>, bool) {
    let bound = lower_bound(instance);
    let plain = |kind: &BinKind| kind.price.is_none() && kind.most.is_none();
    if let [kind] = instance.kinds.as_slice()
        && plain(kind)
    {
        return (bound, None, false);
    }
    match cheapest(instance) {
        Ok(cheapest) if cheapest.bins > bound.bins => {
            let bound = Bound {
                bins: cheapest.bins,
                method: "LP over kinds of bins",
            };
            (bound, cheapest.cost_per_hour, false)
        }
        Ok(cheapest) => (bound, cheapest.cost_per_hour, false),
        Err(Impossible::TooFewBins) => (bound, None, true),
        // Files with such items are refused.
        Err(Impossible::TooLarge(_)) => (bound, None, false),
    }
}

impl Attempt {
    fn of(packing: &Packing, instance: &Instance) -> Self {
        let mut by_kind = vec![0; instance.kinds.len()];
        for bin in &packing.bins {
            by_kind[bin.kind] += 1;
        }
        Self {
            bins: packing.bins.len() as u64,
            by_kind,
            left_out: packing.left_out.len() as u64,
            cost: packing.cost(instance),
        }
    }
}

/// Packs an instance by one heuristic; what it draws depends on the seed and on the instance's name.
#[must_use]
pub fn pack(instance: &Instance, packer: &dyn Packer, seed: u64) -> Packing {
    let mut stream = StreamKey::new(seed, 0).stream(&format!("packing {}", instance.name));
    packer.pack(instance, &mut stream)
}
