//! Just enough: launches what the waiting pods need, removes nodes that have been empty for a while.
//!
//! The waiting pods are placed on an overlay in which booting nodes are open already; for a pod that still finds no
//! room a node of the cheapest pool that could take it is added to the overlay and asked for. No estimator, no
//! expander, no delay but the boot: what a perfect reactive node scaler would do, the reference for the real ones.

use super::{NodeDecision, NodeScaler, NodeScalerClock, NodeScalingView};
use crate::engine::{Stream, Time};
use crate::model::cluster::Overlay;
use crate::model::pod_template::PodTemplate;
use crate::model::units::Duration;
use crate::policy::parameters::Parameters;
use crate::policy::placement::{Placement, filter};
use crate::policy::reason::{Reason, ReasonKind, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static NEEDED: ReasonKind = ReasonKind {
    code: "pods_pending",
    sentence: "{pods} pods wait for a node",
};
static EMPTY: ReasonKind = ReasonKind {
    code: "empty",
    sentence: "empty for {span}",
};

/// Launches what waiting pods need, removes nodes empty for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JustEnough {
    /// How long a node must be empty before it is removed.
    pub empty_after: Duration,
}

impl Default for JustEnough {
    /// Ten minutes, Cluster Autoscaler's `scale-down-unneeded-time`.
    fn default() -> Self {
        Self {
            empty_after: Duration::from_secs(600),
        }
    }
}

impl JustEnough {
    /// Places the waiting pods on the overlay; returns nodes to launch per pool and the pods they are for.
    fn launches(view: &NodeScalingView<'_>, stream: &mut Stream) -> (Vec<u32>, u64) {
        let mut overlay = Overlay::new(view.cluster);
        for place in 0..view.cluster.len() {
            if view.cluster.node(place).is_some_and(|node| node.booting) {
                overlay.open_node(place);
            }
        }
        let mut placer = view.placer.clone_box();
        let mut launch = vec![0; view.pools.len()];
        let mut pods = 0;
        for pending in view.pending {
            for _ in 0..pending.count {
                let place = match placer.place(&overlay, pending.template, stream) {
                    Placement::Bind { place, .. } => Some(place),
                    Placement::Wait(_) => {
                        let pool = cheapest_pool(view, &launch, pending.template);
                        pool.map(|pool| {
                            launch[pool] += 1;
                            overlay.add_node(view.pools[pool].fresh.clone())
                        })
                    }
                };
                let Some(place) = place else { break };
                pods += u64::from(place >= view.cluster.len());
                overlay.add_pod(place, pending.template.requests());
            }
        }
        (launch, pods)
    }
}

/// The pool with room for another node whose shape takes the pod at the least price per hour.
fn cheapest_pool(view: &NodeScalingView<'_>, launch: &[u32], template: &PodTemplate) -> Option<usize> {
    (0..view.pools.len())
        .filter(|&pool| view.pools[pool].nodes + launch[pool] < view.pools[pool].spec.nodes_max)
        .filter(|&pool| filter::feasible(view.pools[pool].fresh, template).is_ok())
        .min_by_key(|&pool| (view.pools[pool].spec.shape.billing.price_per_hour, pool))
}

impl NodeScaler for JustEnough {
    fn clock(&self) -> NodeScalerClock {
        NodeScalerClock::OnChange
    }

    fn decide(
        &mut self,
        view: &NodeScalingView<'_>,
        stream: &mut Stream,
    ) -> (Vec<NodeDecision>, Option<Time>) {
        let mut decisions = Vec::new();
        let (launch, pods) = Self::launches(view, stream);
        for (pool, count) in launch.into_iter().enumerate().filter(|&(_, count)| count > 0) {
            let reason = Reason::new(&NEEDED).with("pods", Value::Count(pods));
            decisions.push(NodeDecision::Launch { pool, count, reason });
        }
        let mut left: Vec<u32> = view.pools.iter().map(|pool| pool.nodes).collect();
        let mut next_look: Option<Time> = None;
        if view.pending.is_empty() {
            for node in view.empty.iter().rev() {
                if left[node.pool] <= view.pools[node.pool].spec.nodes_min {
                    continue;
                }
                let due = node.since + self.empty_after.span();
                if due <= view.now {
                    left[node.pool] -= 1;
                    let reason = Reason::new(&EMPTY).with("span", Value::Span(view.now.since(node.since)));
                    decisions.push(NodeDecision::Remove {
                        place: node.place,
                        reason,
                    });
                } else {
                    next_look = Some(next_look.map_or(due, |known| known.min(due)));
                }
            }
        }
        (decisions, next_look)
    }

    fn clone_box(&self) -> Box<dyn NodeScaler> {
        Box::new(*self)
    }
}

impl Parameters for JustEnough {}
