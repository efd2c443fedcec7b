//! Docker Swarm's spread: the node with the fewest tasks of the same service, then with the fewest tasks of all
//! (swarmkit `manager/scheduler`). How large they are plays no part: one large and one small task count alike. Swarm
//! also avoids nodes on which five tasks of the service failed in five minutes; that is not modelled here.

use super::by_rule::Ruled;
use super::rule::{Bin, Need, Rule};
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static FEWEST: ReasonKind = ReasonKind {
    code: "fewest_tasks",
    sentence: "the fewest tasks of the same service, then of all",
};

/// The node with the fewest pods of the same workload, then with the fewest pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwarmSpread {}

/// More than any node has pods, and so small that counts times it are exact in a double.
const PODS_MAX: f64 = 1_048_576.0;

impl Rule for SwarmSpread {
    fn score(&self, bin: &Bin<'_>, _: &Need<'_>) -> f64 {
        -(f64::from(bin.alike) * PODS_MAX + f64::from(bin.pods))
    }
}

impl Ruled for SwarmSpread {
    const REASON: &'static ReasonKind = &FEWEST;
}

impl Parameters for SwarmSpread {}
