//! Best fit decreasing: the largest item first, each into the fullest bin with room.

use super::bin_list::{BinList, Sorted, pack_sorted};
use super::first_fit_decreasing::by_decreasing_size;
use super::shares::Shares;
use super::{BinMeasure, Packer, Weights};
use crate::engine::Stream;
use crate::model::packing::{Instance, Packing};
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which bins are measured anew after each item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// Only the bin that took the item, with the items' weights for bins too; the list is then passed once backward
    /// and once forward instead of sorted, as in the program of the published results (T1).
    Touched,
    /// All of them, with weights from what is free, and the list is sorted (T2).
    #[default]
    All,
}

/// The largest item first, each into the bin with the least left among those with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BestFitDecreasing {
    /// How large an item is and how much is left in a bin; with `l2_load`, items are measured by `l2`.
    pub measure: BinMeasure,
    /// How much each dimension counts.
    pub weights: Weights,
    /// Which bins are measured anew after each item.
    pub refresh: Refresh,
}

impl Packer for BestFitDecreasing {
    fn pack(&self, instance: &Instance, _: &mut Stream) -> Packing {
        let shares = Shares::new(instance);
        let weights = self.weights.of(&shares.totals, shares.len());
        let order = by_decreasing_size(&shares, self.measure.of_items(), &weights).into_iter();
        match self.refresh {
            Refresh::Touched => pack_passed(instance, order, self.measure, &weights),
            Refresh::All => pack_sorted(
                instance,
                &shares,
                order,
                self.measure,
                self.weights,
                Sorted::Increasing,
            ),
        }
    }

    fn clone_box(&self) -> Box<dyn Packer> {
        Box::new(*self)
    }
}

impl Parameters for BestFitDecreasing {}

/// After each item one pass from the end of the list to its front, which carries smaller measures forward, and one back. The
/// second carries the front bin towards the end past every smaller measure that follows a greater one: in the published
/// program its comparison is the wrong way round, and the published numbers come of that.
fn pack_passed(
    instance: &Instance,
    order: impl Iterator<Item = usize>,
    measure: BinMeasure,
    weights: &[f32],
) -> Packing {
    let mut bins = BinList::new(instance, measure);
    for item in order {
        let Some((place, _)) = bins.put(item, Sorted::Increasing) else {
            continue;
        };
        bins.measure_at(place, weights);
        let list = &mut bins.list;
        for k in (1..list.len()).rev() {
            if list[k].0 < list[k - 1].0 {
                list.swap(k, k - 1);
            }
        }
        for k in 1..list.len() {
            if list[k].0 > list[k - 1].0 {
                list.swap(k, k - 1);
            }
        }
    }
    bins.packing()
}
