//! Next fit: the bin that was used last, else a new one. What a packer without memory does.

use super::Packer;
use super::open_bins::OpenBins;
use crate::engine::Stream;
use crate::model::packing::{Instance, Packing};
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each item as it comes goes to the bin of the one before it, or opens the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NextFit {}

impl Packer for NextFit {
    fn pack(&self, instance: &Instance, _: &mut Stream) -> Packing {
        let mut bins = OpenBins::new(instance);
        let mut last = None;
        for item in 0..instance.items.len() {
            match last.filter(|&bin| bins.fits(bin, item)) {
                Some(bin) => bins.put(bin, item),
                // Where none is left, the last one stays.
                None => last = bins.put_into_new(item).or(last),
            }
        }
        bins.packing()
    }

    fn clone_box(&self) -> Box<dyn Packer> {
        Box::new(*self)
    }
}

impl Parameters for NextFit {}
