//! Just enough: launches what the waiting pods need, removes nodes that have been empty for a while.
//!
//! The waiting pods are placed on an overlay in which booting nodes are open already; for a pod that still finds no
//! room a node of the cheapest pool that could take it is added to the overlay and asked for. No estimator, no
//! expander, no delay but the boot: what a perfect reactive node scaler would do, the reference for the real ones.

use super::{NodeDecision, NodeScaler, NodeScalerClock, NodeScalingView};
use crate::engine::{Stream, Time};
use crate::model::cluster::{BoundPod, Overlay};
use crate::model::units::Duration;
use crate::policy::parameters::Parameters;
use crate::policy::placement::{Incoming, Placement};
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
            let pod = Incoming::any_of(pending.template);
            for _ in 0..pending.count {
                let place = match placer.place(&overlay, &pod, stream) {
                    Placement::Bind { place, .. } => Some(place),
                    Placement::Wait(_) => {
                        let added = add_cheapest(view, &mut overlay, &launch, &pod);
                        added.map(|(pool, place)| {
                            launch[pool] += 1;
                            place
                        })
                    }
                };
                let Some(place) = place else { break };
                pods += u64::from(place >= view.cluster.len());
                let bound = BoundPod {
                    class: pending.template.clone(),
                    id: None,
                    started: view.now,
                    terminating: false,
                };
                overlay.add_pod(place, bound);
            }
        }
        (launch, pods)
    }
}

/// Adds a node of the pool with room for another whose shape takes the pod at the least price per hour; the pool and
/// the node's position.
fn add_cheapest(
    view: &NodeScalingView<'_>,
    overlay: &mut Overlay<'_>,
    launch: &[u32],
    pod: &Incoming<'_>,
) -> Option<(usize, usize)> {
    let mut pools: Vec<usize> = (0..view.pools.len())
        .filter(|&pool| view.pools[pool].nodes + launch[pool] < view.pools[pool].spec.nodes_max)
        .collect();
    pools.sort_by_key(|&pool| (view.pools[pool].spec.shape.billing.price_per_hour, pool));
    pools.into_iter().find_map(|pool| {
        let before = overlay.checkpoint();
        let name = format!("{}-new-{}", view.pools[pool].spec.name, launch[pool]);
        let place = overlay.add_node(view.pools[pool].fresh.named(&name));
        if view.placer.accepts(overlay, place, pod) {
            return Some((pool, place));
        }
        overlay.revert(before);
        None
    })
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
