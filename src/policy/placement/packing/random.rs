//! Random: any open bin with room, equally likely, else a new one. The baseline every other heuristic should beat.

use super::Packer;
use super::open_bins::OpenBins;
use crate::engine::Stream;
use crate::model::packing::{Instance, Packing};
use crate::policy::parameters::Parameters;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each item as it comes goes to any open bin with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Random {}

impl Packer for Random {
    fn pack(&self, instance: &Instance, stream: &mut Stream) -> Packing {
        let mut bins = OpenBins::new(instance);
        let mut able = Vec::new();
        for item in 0..instance.items.len() {
            able.clear();
            able.extend((0..bins.len()).filter(|&bin| bins.fits(bin, item)));
            if able.is_empty() {
                bins.put_into_new(item);
            } else {
                bins.put(able[stream.random_range(0..able.len())], item);
            }
        }
        bins.packing()
    }

    fn clone_box(&self) -> Box<dyn Packer> {
        Box::new(*self)
    }
}

impl Parameters for Random {}
