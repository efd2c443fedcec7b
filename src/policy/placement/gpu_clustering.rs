//! GPU clustering: pods that ask for the same kind of GPU (a share, one device, two …) come together on nodes (Xiao et
//! al., "Gandiva", OSDI 2018, as Weng et al. compare it in "Beware of Fragmentation", USENIX ATC 2023).

use super::by_rule::Ruled;
use super::rule::{Bin, Need, Rule};
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static WITH_ITS_LIKE: ReasonKind = ReasonKind {
    code: "with_its_like",
    sentence: "it hosts pods that ask for the same kind of GPU",
};

/// Thousandths of the GPUs of the largest node the score was made for.
const NODE_MILLI: i64 = 8000;

/// The node that hosts only pods of the same GPU class, then one that hosts others too, then one without; among those the
/// one with the most GPU taken. Pods without GPU go to the first node with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpuClustering {}

impl Rule for GpuClustering {
    fn score(&self, bin: &Bin<'_>, need: &Need<'_>) -> f64 {
        let Some(class) = need.gpus.class() else {
            return 0.0;
        };
        let idle: i64 = bin.gpus.idle.iter().map(|&idle| i64::from(idle)).sum();
        let taken = 25 * (NODE_MILLI - idle) / NODE_MILLI;
        let hosts = bin.gpus.hosts;
        let company = match (hosts.has(class), hosts.has_other_than(class)) {
            (true, false) => 75,
            (true, true) => 50,
            (false, false) => 25,
            (false, true) => 0,
        };
        (company + taken) as f64
    }
}

impl Ruled for GpuClustering {
    const REASON: &'static ReasonKind = &WITH_ITS_LIKE;
}

impl Parameters for GpuClustering {}
