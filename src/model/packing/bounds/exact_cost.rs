//! The least cost itself, for small problems with bins of several kinds: bin after bin of any kind is filled around the item
//! that is worth most of those left, and a branch is left where what it has cost and what the others are worth at least
//! ([`super::cheapest()`]) is no less than the best packing so far. It ends after so many steps and never by the clock.

use super::cheapest::{Worth, step_of};
use crate::model::packing::{BinKind, Instance, PackedBin, Packing};
use crate::model::price::Money;

/// The cheapest packing there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheapestPacking {
    /// What its bins cost an hour.
    pub cost_per_hour: Money,
    /// Which item goes where.
    pub packing: Packing,
}

/// The cheapest packing of all items into bins that each have a price; `None` where one has none, where an item gives back
/// to its bin, where there is no packing, or where the search does not end within `steps` steps.
#[must_use]
pub fn exact_cheapest(instance: &Instance, steps: u64) -> Option<CheapestPacking> {
    let priced = instance.kinds.iter().map(|kind| kind.price.map(Money::picos));
    let prices: Vec<u128> = priced.collect::<Option<_>>()?;
    if instance.has_sizes_below_zero() {
        return None;
    }
    let worth = Worth::of(instance, &prices)?;
    let mut items: Vec<usize> = (0..instance.items.len()).collect();
    items.sort_by_key(|&item| (std::cmp::Reverse(worth.items[item]), item));
    let mut search = Search {
        instance,
        step: step_of(&prices),
        prices: &prices,
        worth: &worth,
        steps,
        used: vec![0; prices.len()],
        bins: Vec::new(),
        best: None,
    };
    search.fill(&items, 0)?;
    let (cost, bins) = search.best?;
    Some(CheapestPacking {
        cost_per_hour: Money::from_picos(cost),
        packing: Packing {
            bins,
            left_out: Vec::new(),
        },
    })
}

struct Search<'a> {
    instance: &'a Instance,
    prices: &'a [u128],
    /// Every cost is a multiple of it.
    step: u128,
    worth: &'a Worth,
    steps: u64,
    /// Bins of each kind that are open.
    used: Vec<u64>,
    bins: Vec<PackedBin>,
    best: Option<(u128, Vec<PackedBin>)>,
}

impl Search<'_> {
    /// Looks through every packing of `left` beside bins that cost `cost`; `None` after too many steps.
    fn fill(&mut self, left: &[usize], cost: u128) -> Option<()> {
        let least = (cost + self.rest(left)).div_ceil(self.step) * self.step;
        if self.best.as_ref().is_some_and(|(best, _)| *best <= least) {
            return Some(());
        }
        let Some((&first, others)) = left.split_first() else {
            self.best = Some((cost, self.bins.clone()));
            return Some(());
        };
        let mut fills: Vec<(u128, PackedBin)> = Vec::new();
        for (kind, bin) in self.instance.kinds.iter().enumerate() {
            let is_left = bin.most.is_none_or(|most| self.used[kind] < most);
            if !is_left || !self.instance.items[first].fits(&bin.capacity) {
                continue;
            }
            let mut sets = Vec::new();
            let free = self.without(&bin.capacity, first);
            self.sets(others, 0, &free, &mut vec![first], &mut sets)?;
            for items in sets.into_iter().filter(|set| !self.fits_cheaper(set, kind)) {
                let held: u128 = items.iter().map(|&item| self.worth.items[item]).sum();
                let lost = (self.prices[kind] + self.worth.scarcity[kind]).saturating_sub(held);
                fills.push((lost, PackedBin { kind, items }));
            }
        }
        fills.sort_by(|one, other| {
            let key = |fill: &(u128, PackedBin)| (fill.0, fill.1.kind);
            key(one)
                .cmp(&key(other))
                .then_with(|| one.1.items.cmp(&other.1.items))
        });
        for (_, bin) in fills {
            let rest: Vec<usize> = left
                .iter()
                .copied()
                .filter(|item| !bin.items.contains(item))
                .collect();
            let kind = bin.kind;
            self.used[kind] += 1;
            self.bins.push(bin);
            self.fill(&rest, cost + self.prices[kind])?;
            self.bins.pop();
            self.used[kind] -= 1;
        }
        Some(())
    }

    /// What these items cost at least in bins that are not open yet.
    fn rest(&self, left: &[usize]) -> u128 {
        let items: u128 = left.iter().map(|&item| self.worth.items[item]).sum();
        let kinds = self
            .instance
            .kinds
            .iter()
            .zip(&self.used)
            .zip(&self.worth.scarcity);
        let dearer =
            kinds.map(|((kind, &used), &scarcity)| u128::from(kind.most.unwrap_or(used) - used) * scarcity);
        items.saturating_sub(dearer.sum())
    }

    /// Whether a bin that costs no more, of which there is no end, holds these items too; of two equal ones the first.
    fn fits_cheaper(&self, set: &[usize], kind: usize) -> bool {
        let held = |dimension: usize| -> u128 {
            let items = set
                .iter()
                .map(|&item| u128::from(self.instance.items[item].sizes[dimension]));
            items.sum()
        };
        let holds = |bin: &BinKind| {
            let mut room = bin.capacity.iter().enumerate();
            room.all(|(dimension, &room)| held(dimension) <= u128::from(room))
        };
        let mut others = self.instance.kinds.iter().enumerate();
        others.any(|(other, bin)| {
            bin.most.is_none() && (self.prices[other], other) < (self.prices[kind], kind) && holds(bin)
        })
    }

    /// Notes every set with `set` and items of `others` from position `from` on to which nothing more could be added.
    fn sets(
        &mut self,
        others: &[usize],
        from: usize,
        free: &[u64],
        set: &mut Vec<usize>,
        sets: &mut Vec<Vec<usize>>,
    ) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        let fits = |item: usize| self.instance.items[item].fits(free);
        if !others.iter().any(|item| !set.contains(item) && fits(*item)) {
            sets.push(set.clone());
            return Some(());
        }
        for at in from..others.len() {
            let item = others[at];
            if !self.instance.items[item].fits(free) {
                continue;
            }
            let left = self.without(free, item);
            set.push(item);
            self.sets(others, at + 1, &left, set, sets)?;
            set.pop();
        }
        Some(())
    }

    fn without(&self, free: &[u64], item: usize) -> Vec<u64> {
        let sizes = &self.instance.items[item].sizes;
        free.iter().zip(sizes).map(|(free, size)| free - size).collect()
    }
}
