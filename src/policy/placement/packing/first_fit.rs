//! First fit: the oldest bin with room, else a new one.

use super::Packer;
use super::open_bins::OpenBins;
use crate::engine::Stream;
use crate::model::packing::{Instance, Packing};
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each item as it comes goes to the oldest bin with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstFit {}

impl Packer for FirstFit {
    fn pack(&self, instance: &Instance, _: &mut Stream) -> Packing {
        pack_in(instance, 0..instance.items.len())
    }

    fn clone_box(&self) -> Box<dyn Packer> {
        Box::new(*self)
    }
}

impl Parameters for FirstFit {}

/// First fit with the items in some order.
pub(super) fn pack_in(instance: &Instance, order: impl Iterator<Item = usize>) -> Packing {
    let mut bins = OpenBins::new(instance);
    for item in order {
        match (0..bins.len()).find(|&bin| bins.fits(bin, item)) {
            Some(bin) => bins.put(bin, item),
            None => {
                bins.put_into_new(item);
            }
        }
    }
    bins.packing()
}
