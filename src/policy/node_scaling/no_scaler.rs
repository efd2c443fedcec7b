//! Nobody: machines that are lost stay lost, and none are added. What Docker hosts and Swarms have.

use super::{NodeDecision, NodeScaler, NodeScalerClock, NodeScalingView};
use crate::engine::{Stream, Time};

/// Nobody decides about machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoScaler {}

impl NodeScaler for NoScaler {
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
