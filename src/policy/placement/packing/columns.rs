//! What is free in bins as 32-bit numbers by dimension, so that all of them are measured at once.

use super::measure::BinMeasure;
use std::ops::Range;

/// What is free and what there is, of each dimension bin by bin.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    free: Vec<Vec<f32>>,
    /// At least 1, so that of nothing nothing is free.
    capacity: Vec<Vec<f32>>,
    loads: Vec<Vec<f32>>,
}

impl Columns {
    /// No bin is open.
    pub(super) fn new(dimensions: usize) -> Self {
        Self {
            free: vec![Vec::new(); dimensions],
            capacity: vec![Vec::new(); dimensions],
            loads: vec![Vec::new(); dimensions],
        }
    }

    /// Another bin, empty.
    pub(super) fn open(&mut self, capacity: &[u64]) {
        for (dimension, &capacity) in capacity.iter().enumerate() {
            self.free[dimension].push(capacity as f32);
            self.capacity[dimension].push(capacity.max(1) as f32);
            self.loads[dimension].push(0.0);
        }
    }

    /// What is free in a bin now, and what is not of its `capacity`.
    pub(super) fn set(&mut self, bin: usize, free: &[u64], capacity: &[u64]) {
        for (dimension, (&free, &capacity)) in free.iter().zip(capacity).enumerate() {
            self.free[dimension][bin] = free as f32;
            self.loads[dimension][bin] = match free > capacity {
                true => -((free - capacity) as f32),
                false => (capacity - free) as f32,
            };
        }
    }

    /// Writes the measures of a range of bins to `measures`. The order of multiplying and dividing is that of the
    /// published numbers.
    pub(super) fn measure(
        &self,
        measure: BinMeasure,
        weights: &[f32],
        bins: Range<usize>,
        measures: &mut [f32],
    ) {
        let sum = |own: f32, other: f32| own + other;
        match measure {
            BinMeasure::L1 => self.fold(weights, bins, measures, sum, |w, free, whole, _| w * free / whole),
            BinMeasure::Linf => {
                self.fold(weights, bins, measures, f32::max, |w, free, whole, _| {
                    w * free / whole
                });
            }
            BinMeasure::L2 => self.fold(weights, bins, measures, sum, |w, free, whole, _| {
                let share = free / whole;
                w * share * share
            }),
            BinMeasure::L2Load => self.fold(weights, bins, measures, sum, |w, _, whole, load| {
                let share = load / whole;
                w * share * share
            }),
            BinMeasure::Sum => self.fold(weights, bins, measures, sum, |_, free, whole, _| free / whole),
            BinMeasure::Max => self.fold(weights, bins, measures, f32::max, |_, free, whole, _| {
                free / whole
            }),
            BinMeasure::Product => {
                measures.fill(1.0);
                let multiply = |own: f32, other: f32| own * other;
                self.fold_onto(weights, bins, measures, multiply, |_, free, whole, _| {
                    free / whole
                });
            }
        }
    }

    fn fold(
        &self,
        weights: &[f32],
        bins: Range<usize>,
        measures: &mut [f32],
        join: impl Fn(f32, f32) -> f32,
        one: impl Fn(f32, f32, f32, f32) -> f32,
    ) {
        measures.fill(0.0);
        self.fold_onto(weights, bins, measures, join, one);
    }

    /// Dimension by dimension joins to each measure what `one` makes of weight, free, capacity and load.
    fn fold_onto(
        &self,
        weights: &[f32],
        bins: Range<usize>,
        measures: &mut [f32],
        join: impl Fn(f32, f32) -> f32,
        one: impl Fn(f32, f32, f32, f32) -> f32,
    ) {
        for (dimension, &weight) in weights.iter().enumerate() {
            let free = &self.free[dimension][bins.clone()];
            let capacity = &self.capacity[dimension][bins.clone()];
            let loads = &self.loads[dimension][bins.clone()];
            let each = measures.iter_mut().zip(free).zip(capacity).zip(loads);
            for (((measure, &free), &capacity), &load) in each {
                *measure = join(*measure, one(weight, free, capacity, load));
            }
        }
    }
}
