//! Worst fit: the emptiest bin with room, else a new one.

use super::bin_list::{Sorted, pack_sorted};
use super::shares::Shares;
use super::{BinMeasure, Packer, Weights};
use crate::engine::Stream;
use crate::model::packing::{Instance, Packing};
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each item as it comes goes to the bin with the most left among those with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorstFit {
    /// How much is left in a bin.
    pub measure: BinMeasure,
    /// How much each dimension counts, from what is free in all bins together.
    pub weights: Weights,
}

impl Packer for WorstFit {
    fn pack(&self, instance: &Instance, _: &mut Stream) -> Packing {
        let shares = Shares::new(instance);
        let order = 0..instance.items.len();
        pack_sorted(
            instance,
            &shares,
            order,
            self.measure,
            self.weights,
            Sorted::Decreasing,
        )
    }

    fn clone_box(&self) -> Box<dyn Packer> {
        Box::new(*self)
    }
}

impl Parameters for WorstFit {}
