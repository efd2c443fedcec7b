//! Volcano's binpack: the node that is fullest, with the pod on it, of what the pod asks for (`plugins/binpack`), drawn
//! at random among equals as Volcano's allocate action does (`util.SelectBestNode`).

use super::by_rule::Ruled;
use super::rule::{Bin, Bins, Need, Rule};
use crate::engine::Stream;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

static FULLEST: ReasonKind = ReasonKind {
    code: "fullest_of_asked",
    sentence: "the fullest, with the pod there, of what the pod asks for",
};

/// The node with the greatest weighted mean share reserved with the pod on it, over what the pod asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VolcanoBinpack {
    /// How much CPU counts (`binpack.cpu`).
    pub cpu: u32,
    /// How much memory counts (`binpack.memory`).
    pub memory: u32,
    /// How much other resources count, by name, such as `nvidia.com/gpu` (`binpack.resources`); those that are not named
    /// do not.
    pub resources: BTreeMap<String, u32>,
}

impl Default for VolcanoBinpack {
    fn default() -> Self {
        Self {
            cpu: 1,
            memory: 1,
            resources: BTreeMap::new(),
        }
    }
}

impl VolcanoBinpack {
    fn weight(&self, index: usize, name: &str) -> u32 {
        match index {
            0 => self.cpu,
            1 => self.memory,
            _ => self.resources.get(name).copied().unwrap_or_default(),
        }
    }
}

impl Rule for VolcanoBinpack {
    fn score(&self, bin: &Bin<'_>, need: &Need<'_>) -> f64 {
        let (mut score, mut weights) = (0.0, 0);
        for (index, name) in bin.names.iter().enumerate() {
            let (weight, size) = (self.weight(index, name), need.sizes[index]);
            let capacity = bin.capacity[index];
            if size == 0 || weight == 0 || capacity == 0 {
                continue;
            }
            let used = capacity - bin.free[index] + size;
            score += used as f64 * f64::from(weight) / capacity as f64;
            weights += weight;
        }
        if weights > 0 {
            score /= f64::from(weights);
        }
        score * 100.0
    }

    fn choose(&mut self, bins: &mut dyn Bins, need: &Need<'_>, stream: &mut Stream) -> Option<usize> {
        let (mut most, mut best) = (f64::NEG_INFINITY, Vec::new());
        for place in 0..bins.count() {
            let Some(bin) = bins.with_room(place) else {
                continue;
            };
            let score = self.score(&bin, need);
            if score > most {
                (most, best) = (score, vec![place]);
            } else if score >= most {
                best.push(place);
            }
        }
        match best[..] {
            [] => None,
            [only] => Some(only),
            _ => Some(best[stream.random_range(0..best.len())]),
        }
    }
}

impl Ruled for VolcanoBinpack {
    const REASON: &'static ReasonKind = &FULLEST;
}

impl Parameters for VolcanoBinpack {}
