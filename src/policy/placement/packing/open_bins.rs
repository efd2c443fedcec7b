//! The bins that are open while items are packed: what is free in each, and when another one is opened.

use crate::model::packing::{Instance, PackedBin, Packing};
use crate::model::price::Money;

/// Open bins and what is in them.
#[derive(Debug)]
pub(super) struct OpenBins<'a> {
    instance: &'a Instance,
    dimensions: usize,
    /// What is free, bin by bin.
    free: Vec<u64>,
    bins: Vec<PackedBin>,
    /// How many of each kind are open.
    opened: Vec<u64>,
    left_out: Vec<usize>,
    /// What they are called.
    names: Vec<String>,
}

impl<'a> OpenBins<'a> {
    /// None is open.
    pub(super) fn new(instance: &'a Instance) -> Self {
        Self {
            instance,
            dimensions: instance.dimensions.len(),
            free: Vec::new(),
            bins: Vec::new(),
            opened: vec![0; instance.kinds.len()],
            left_out: Vec::new(),
            names: Vec::new(),
        }
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.bins.len()
    }

    /// What is free in one.
    pub(super) fn free(&self, bin: usize) -> &[u64] {
        &self.free[bin * self.dimensions..][..self.dimensions]
    }

    /// What one of its kind holds when it is empty.
    pub(super) fn capacity(&self, bin: usize) -> &'a [u64] {
        &self.instance.kinds[self.bins[bin].kind].capacity
    }

    /// How many items are in one.
    pub(super) fn items(&self, bin: usize) -> usize {
        self.bins[bin].items.len()
    }

    /// How many items of the same class as `item` are in one; where classes are not told, none.
    pub(super) fn alike(&self, bin: usize, item: usize) -> u32 {
        let class = &self.instance.items[item].class;
        let own = self.bins[bin].items.iter();
        let alike = own.filter(|&&other| !class.is_empty() && self.instance.items[other].class == *class);
        u32::try_from(alike.count()).unwrap_or(u32::MAX)
    }

    /// What one is called: its number in the order of opening.
    pub(super) fn name(&self, bin: usize) -> &str {
        &self.names[bin]
    }

    /// Whether there is room for an item in one.
    pub(super) fn fits(&self, bin: usize, item: usize) -> bool {
        self.instance.items[item].fits(self.free(bin))
    }

    /// Puts an item into a bin with room for it.
    pub(super) fn put(&mut self, bin: usize, item: usize) {
        let free = &mut self.free[bin * self.dimensions..][..self.dimensions];
        let asked = &self.instance.items[item];
        for (free, size) in free.iter_mut().zip(&asked.sizes) {
            *free -= size;
        }
        for (free, back) in free.iter_mut().zip(&asked.below_zero) {
            *free += back;
        }
        self.bins[bin].items.push(item);
    }

    /// Opens a bin that takes the item, if there is one left, and says which; the item is not put into it. Otherwise the
    /// item is left out.
    pub(super) fn open(&mut self, item: usize) -> Option<usize> {
        let kinds = self.instance.kinds.iter().enumerate();
        let able = kinds.filter(|(place, kind)| {
            kind.most.is_none_or(|most| self.opened[*place] < most)
                && self.instance.items[item].fits(&kind.capacity)
        });
        let cheapest = able.min_by_key(|(_, kind)| {
            let share = share(&self.instance.items[item].sizes, &kind.capacity);
            let price = kind.price.map_or(0, Money::picos);
            // Whole picodollars, so that prices in proportion to size are equal and not nearly so.
            let cost = (price as f64 * share).round() as u128;
            (cost, price, (share * 1e9).round() as u64, &kind.name)
        });
        let Some((kind, _)) = cheapest else {
            self.left_out.push(item);
            return None;
        };
        self.opened[kind] += 1;
        self.free.extend(&self.instance.kinds[kind].capacity);
        self.names.push(self.bins.len().to_string());
        self.bins.push(PackedBin {
            kind,
            items: Vec::new(),
        });
        Some(self.bins.len() - 1)
    }

    /// Puts the item into a bin that is opened for it, if there is one left; says which.
    pub(super) fn put_into_new(&mut self, item: usize) -> Option<usize> {
        let bin = self.open(item)?;
        self.put(bin, item);
        Some(bin)
    }

    /// What has come of it.
    pub(super) fn packing(self) -> Packing {
        Packing {
            bins: self.bins,
            left_out: self.left_out,
        }
    }
}

/// The greatest share of a bin that an item takes over the dimensions, 0 to 1.
fn share(sizes: &[u64], capacity: &[u64]) -> f64 {
    let shares = sizes
        .iter()
        .zip(capacity)
        .map(|(&size, &capacity)| match capacity {
            0 => 0.0,
            capacity => size as f64 / capacity as f64,
        });
    shares.fold(0.0, f64::max)
}
