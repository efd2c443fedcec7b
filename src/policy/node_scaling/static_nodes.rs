//! Static: the fleet stays as it is. What a cluster without a node autoscaler does, and the baseline: its groups of
//! machines replace what the cloud takes or does not bring, and nothing else.

use super::{NodeDecision, NodeScaler, NodeScalerClock, NodeScalingView};
use crate::engine::{Stream, Time};
use crate::policy::parameters::Parameters;
use crate::policy::reason::{Reason, ReasonKind, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static BELOW: ReasonKind = ReasonKind {
    code: "below_size",
    sentence: "the pool is kept at {kept:node|nodes}",
};

/// The fleet stays as it is; what is lost is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaticNodes {}

impl NodeScaler for StaticNodes {
    fn clock(&self) -> NodeScalerClock {
        NodeScalerClock::OnLoss
    }

    fn decide(&mut self, view: &NodeScalingView<'_>, _: &mut Stream) -> (Vec<NodeDecision>, Option<Time>) {
        let missing = view.pools.iter().enumerate().map(|(index, pool)| {
            let kept = pool.spec.nodes_initial;
            (index, kept, kept.saturating_sub(pool.nodes))
        });
        let launches = missing
            .filter(|&(.., count)| count > 0)
            .map(|(pool, kept, count)| {
                let reason = Reason::new(&BELOW).with("kept", Value::Count(kept.into()));
                NodeDecision::Launch {
                    pool,
                    count,
                    zone: None,
                    reason,
                }
            });
        (launches.collect(), None)
    }

    fn clone_box(&self) -> Box<dyn NodeScaler> {
        Box::new(*self)
    }
}

impl Parameters for StaticNodes {}
