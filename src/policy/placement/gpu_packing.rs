//! GPU packing: begun devices first, then begun nodes, then idle ones, small before large (Weng et al., "MLaaS in the
//! wild", NSDI 2022, as "Beware of Fragmentation", USENIX ATC 2023, compares it).

use super::by_rule::Ruled;
use super::rule::{Bin, Need, Rule};
use crate::model::gpu::{DEVICES_MAX, MILLI};
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static BEGUN: ReasonKind = ReasonKind {
    code: "begun_gpus",
    sentence: "begun GPUs before idle ones, begun nodes before idle ones",
};

/// The node where the pod takes the least of devices that are idle as a whole. Pods without GPU go to the first node
/// with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpuPacking {}

impl Rule for GpuPacking {
    fn score(&self, bin: &Bin<'_>, need: &Need<'_>) -> f64 {
        let (idle, gpus) = (bin.gpus.idle, need.gpus);
        if gpus.is_none() {
            return 0.0;
        }
        if idle.iter().all(|&idle| idle == MILLI) {
            let count = idle.len() as i64;
            return (33 - count).max(count) as f64;
        }
        let mut chosen = [0; DEVICES_MAX];
        let mut able = 0;
        for &idle in idle.iter().filter(|&&idle| idle >= gpus.milli()) {
            chosen[able] = idle;
            able += 1;
        }
        chosen[..able].sort_unstable();
        let chosen = &chosen[..able.min(usize::from(gpus.count()))];
        let fresh = chosen.iter().filter(|&&idle| idle == MILLI).count() as i64;
        if fresh > 0 {
            return (50 - fresh).max(33) as f64;
        }
        let left: i64 = chosen
            .iter()
            .map(|&idle| i64::from(idle) * 100 / i64::from(MILLI))
            .sum();
        (100 - left / 10).max(50) as f64
    }
}

impl Ruled for GpuPacking {
    const REASON: &'static ReasonKind = &BEGUN;
}

impl Parameters for GpuPacking {}
