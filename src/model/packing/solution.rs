//! Which item went into which bin.

use super::Instance;
use crate::model::price::Money;

/// A bin that was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedBin {
    /// Its kind's place in [`Instance::kinds`].
    pub kind: usize,
    /// Its items' places in [`Instance::items`], in the order in which they came into it.
    pub items: Vec<usize>,
}

/// An answer to an [`Instance`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packing {
    /// The bins that were opened, in the order of their opening.
    pub bins: Vec<PackedBin>,
    /// Items for which no bin was left, in the order in which they were refused; empty as long as there is no end of some
    /// kind of bins that takes them.
    pub left_out: Vec<usize>,
}

impl Packing {
    /// What its bins cost an hour; `None` unless every kind has a price.
    #[must_use]
    pub fn cost(&self, instance: &Instance) -> Option<Money> {
        let mut picos = 0;
        for bin in &self.bins {
            picos += instance.kinds[bin.kind].price?.picos();
        }
        let priced = instance.kinds.iter().all(|kind| kind.price.is_some());
        priced.then(|| Money::from_picos(picos))
    }

    /// What makes it no packing of `instance`: items that are missing or twice in it, bins over their capacity, more bins
    /// than there are. Empty for a valid one.
    #[must_use]
    pub fn faults(&self, instance: &Instance) -> Vec<String> {
        let mut faults = Vec::new();
        let mut times = vec![0_u32; instance.items.len()];
        let mut opened = vec![0_u64; instance.kinds.len()];
        for (place, bin) in self.bins.iter().enumerate() {
            let Some(kind) = instance.kinds.get(bin.kind) else {
                faults.push(format!("bin {place} is of no kind"));
                continue;
            };
            opened[bin.kind] += 1;
            if bin.items.is_empty() {
                faults.push(format!("bin {place} is empty"));
            }
            for (dimension, capacity) in kind.capacity.iter().enumerate() {
                let items = bin.items.iter().filter_map(|&item| instance.items.get(item));
                let load: i128 = items.map(|item| item.size(dimension)).sum();
                if load > i128::from(*capacity) {
                    faults.push(format!(
                        "bin {place} holds {load} of {capacity} in dimension {dimension}"
                    ));
                }
            }
        }
        let everywhere = self.bins.iter().flat_map(|bin| &bin.items);
        for &item in everywhere.chain(&self.left_out) {
            match times.get_mut(item) {
                Some(times) => *times += 1,
                None => faults.push(format!("item {item} is not there")),
            }
        }
        for (item, &times) in times.iter().enumerate().filter(|&(_, &times)| times != 1) {
            faults.push(format!("item {item} is {times} times in it"));
        }
        for (kind, &opened) in instance.kinds.iter().zip(&opened) {
            if kind.most.is_some_and(|most| opened > most) {
                faults.push(format!("{opened} bins of kind {}", kind.name));
            }
        }
        faults
    }
}
