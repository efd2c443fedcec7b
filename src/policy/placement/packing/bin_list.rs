//! Bins in the order of their measures, kept as items come into them.

use super::columns::Columns;
use super::measure::BinMeasure;
use super::open_bins::OpenBins;
use super::shares::Shares;
use super::weights::Weights;
use crate::model::packing::{Instance, Packing};

/// Which end of the list is looked at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sorted {
    /// The least measure first.
    Increasing,
    /// The greatest first.
    Decreasing,
}

/// Open bins in a list; an item goes to the first bin of the list with room.
#[derive(Debug)]
pub(super) struct BinList<'a> {
    bins: OpenBins<'a>,
    measure: BinMeasure,
    columns: Columns,
    /// Measure and bin, in the order of the list.
    pub(super) list: Vec<(f32, usize)>,
    /// Measures by bin, while all are taken anew.
    fresh: Vec<f32>,
}

impl<'a> BinList<'a> {
    pub(super) fn new(instance: &'a Instance, measure: BinMeasure) -> Self {
        Self {
            bins: OpenBins::new(instance),
            measure,
            columns: Columns::new(instance.dimensions.len()),
            list: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// Puts the item into the first bin of the list with room, or else into a new one: at its end, or at its front where
    /// the emptiest come first. Says where in the list that is, and whether it is new; `None` if no bin was left. The
    /// bin's measure stays what it was.
    pub(super) fn put(&mut self, item: usize, sorted: Sorted) -> Option<(usize, bool)> {
        let found = self.list.iter().position(|&(_, bin)| self.bins.fits(bin, item));
        let (place, is_new) = match found {
            Some(place) => (place, false),
            None => {
                let bin = self.bins.open(item)?;
                self.columns.open(self.bins.capacity(bin));
                let place = match sorted {
                    Sorted::Increasing => self.list.len(),
                    Sorted::Decreasing => 0,
                };
                self.list.insert(place, (0.0, bin));
                (place, true)
            }
        };
        let bin = self.list[place].1;
        self.bins.put(bin, item);
        self.columns
            .set(bin, self.bins.free(bin), self.bins.capacity(bin));
        Some((place, is_new))
    }

    /// Measures the bin at `place` of the list anew; it stays there.
    pub(super) fn measure_at(&mut self, place: usize, weights: &[f32]) {
        let bin = self.list[place].1;
        let measure = &mut self.list[place].0;
        self.columns
            .measure(self.measure, weights, bin..bin + 1, std::slice::from_mut(measure));
    }

    /// Sorts a list of which only the bin at `place` may be out of place, as a stable sort of all of it would.
    fn settle(&mut self, mut place: usize, sorted: Sorted) {
        let after = |a: f32, b: f32| match sorted {
            Sorted::Increasing => a > b,
            Sorted::Decreasing => a < b,
        };
        while place > 0 && after(self.list[place - 1].0, self.list[place].0) {
            self.list.swap(place - 1, place);
            place -= 1;
        }
        while place + 1 < self.list.len() && after(self.list[place].0, self.list[place + 1].0) {
            self.list.swap(place, place + 1);
            place += 1;
        }
    }

    /// Measures every bin anew and sorts the list, stably: by insertion, for little of it has moved.
    fn settle_all(&mut self, weights: &[f32], sorted: Sorted) {
        self.fresh.resize(self.list.len(), 0.0);
        let all = 0..self.list.len();
        self.columns.measure(self.measure, weights, all, &mut self.fresh);
        for entry in &mut self.list {
            entry.0 = self.fresh[entry.1];
        }
        for next in 1..self.list.len() {
            let moved = self.list[next];
            let before = |entry: &(f32, usize)| match sorted {
                Sorted::Increasing => entry.0 <= moved.0,
                Sorted::Decreasing => entry.0 >= moved.0,
            };
            let mut place = next;
            while place > 0 && !before(&self.list[place - 1]) {
                self.list[place] = self.list[place - 1];
                place -= 1;
            }
            self.list[place] = moved;
        }
    }

    /// What has come of it.
    pub(super) fn packing(self) -> Packing {
        self.bins.packing()
    }
}

/// Packs the items in `order`; after every item all bins are measured anew and the list is sorted. Weights of bins are made
/// of what is free in all of them together.
pub(super) fn pack_sorted(
    instance: &Instance,
    shares: &Shares,
    order: impl Iterator<Item = usize>,
    measure: BinMeasure,
    weights: Weights,
    sorted: Sorted,
) -> Packing {
    let mut bins = BinList::new(instance, measure);
    let mut free_total = vec![0.0_f32; instance.dimensions.len()];
    let mut of_bins = vec![1.0_f32; instance.dimensions.len()];
    for item in order {
        let Some((place, is_new)) = bins.put(item, sorted) else {
            continue;
        };
        if weights == Weights::Unit {
            // The weights stay: only this bin has changed.
            bins.measure_at(place, &of_bins);
            bins.settle(place, sorted);
            continue;
        }
        for (free, share) in free_total.iter_mut().zip(shares.item(item)) {
            if is_new {
                *free += 1.0;
            }
            *free -= share;
        }
        weights.fill(&free_total, bins.list.len(), &mut of_bins);
        bins.settle_all(&of_bins, sorted);
    }
    bins.packing()
}
