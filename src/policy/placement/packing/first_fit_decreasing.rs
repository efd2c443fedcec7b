//! First fit decreasing: the largest item first, each into the oldest bin with room.

use super::first_fit::pack_in;
use super::measure::Measure;
use super::shares::Shares;
use super::{Packer, Weights};
use crate::engine::Stream;
use crate::model::packing::{Instance, Packing};
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest item first, each into the oldest bin with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FirstFitDecreasing {
    /// How large an item is.
    pub measure: Measure,
    /// How much each dimension counts.
    pub weights: Weights,
}

impl Packer for FirstFitDecreasing {
    fn pack(&self, instance: &Instance, _: &mut Stream) -> Packing {
        let shares = Shares::new(instance);
        let weights = self.weights.of(&shares.totals, shares.len());
        pack_in(
            instance,
            by_decreasing_size(&shares, self.measure, &weights).into_iter(),
        )
    }

    fn clone_box(&self) -> Box<dyn Packer> {
        Box::new(*self)
    }
}

impl Parameters for FirstFitDecreasing {}

/// The items from the largest to the smallest; equal ones as they are presented.
pub(super) fn by_decreasing_size(shares: &Shares, measure: Measure, weights: &[f32]) -> Vec<usize> {
    let sizes: Vec<f32> = (0..shares.len())
        .map(|item| measure.of(shares.item(item), weights))
        .collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| sizes[b].total_cmp(&sizes[a]));
    order
}
