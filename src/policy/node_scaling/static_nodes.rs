//! Static: the fleet stays as it is. What a cluster without a node autoscaler does, and the baseline.

use super::{NodeDecision, NodeScaler, NodeScalerClock, NodeScalingView};
use crate::engine::{Stream, Time};
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The fleet stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaticNodes {}

impl NodeScaler for StaticNodes {
    fn clock(&self) -> NodeScalerClock {
        NodeScalerClock::Never
    }

    fn decide(&mut self, _: &NodeScalingView<'_>, _: &mut Stream) -> (Vec<NodeDecision>, Option<Time>) {
        (Vec::new(), None)
    }

    fn clone_box(&self) -> Box<dyn NodeScaler> {
        Box::new(*self)
    }
}

impl Parameters for StaticNodes {}
