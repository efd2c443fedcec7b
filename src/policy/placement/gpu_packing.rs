//! GPU packing: begun devices first, then begun nodes, then idle ones, small before large (Weng et al., "MLaaS in the
//! wild", NSDI 2022, as "Beware of Fragmentation", USENIX ATC 2023, compares it).

use super::by_rule::Ruled;
use super::rule::{Bin, Need, Rule};
use crate::model::gpu::MILLI;
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
        let idle = bin.gpus.idle;
        if need.gpus.is_none() {
            return 0.0;
        }
        let whole = |idle: &&u16| **idle == MILLI;
        if idle.iter().all(|idle| whole(&idle)) {
            let count = idle.len() as i64;
            return (33 - count).max(count) as f64;
        }
        let mut able: Vec<&u16> = idle.iter().filter(|&&idle| idle >= need.gpus.milli()).collect();
        able.sort_unstable();
        able.truncate(usize::from(need.gpus.count()));
        let score = match able.iter().filter(|idle| whole(idle)).count() as i64 {
            0 => {
                let percent = |idle: &&u16| i64::from(**idle) * 100 / i64::from(MILLI);
                (100 - able.iter().map(percent).sum::<i64>() / 10).max(50)
            }
            begun => (50 - begun).max(33),
        };
        score as f64
    }
}

impl Ruled for GpuPacking {
    const REASON: &'static ReasonKind = &BEGUN;
}

impl Parameters for GpuPacking {}
