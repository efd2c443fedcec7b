//! L2-norm greedy: a bin gets the item that leaves the least of it, as a square (Panigrahy, Talwar, Uyeda and Wieder 2011).

use super::fill_one::pack_one_by_one;
use super::shares::Shares;
use super::{Packer, Weights};
use crate::engine::Stream;
use crate::model::packing::{Instance, Packing};
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One bin at a time: it gets the item with the least sum of w (r - x)², x its share and r what is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct L2NormGreedy {
    /// How much each dimension counts.
    pub weights: Weights,
}

impl Default for L2NormGreedy {
    fn default() -> Self {
        Self {
            weights: Weights::Avg,
        }
    }
}

impl Packer for L2NormGreedy {
    fn pack(&self, instance: &Instance, _: &mut Stream) -> Packing {
        let shares = Shares::new(instance);
        let weights = self.weights.of(&shares.totals, shares.len());
        pack_one_by_one(instance, |free, item| {
            let each = shares.item(item).iter().zip(free).zip(&weights);
            -each.fold(0.0, |sum, ((x, r), w)| sum + w * (r - x) * (r - x))
        })
    }

    fn clone_box(&self) -> Box<dyn Packer> {
        Box::new(*self)
    }
}

impl Parameters for L2NormGreedy {}
