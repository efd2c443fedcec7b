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
use std::collections::BTreeSet;

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
    /// Places the waiting pods on the overlay.
    fn foresee(view: &NodeScalingView<'_>, stream: &mut Stream) -> Foreseen {
        let mut overlay = Overlay::new(view.cluster);
        for place in 0..view.cluster.len() {
            if view.cluster.node(place).is_some_and(|node| node.booting) {
                overlay.open_node(place);
            }
        }
        let mut placer = view.placer.clone_box();
        let mut foreseen = Foreseen {
            launch: vec![0; view.pools.len()],
            pods: 0,
            taken: BTreeSet::new(),
        };
        for pending in view.pending {
            let pod = Incoming {
                id: pending.like,
                ..Incoming::any_of(pending.template, view.now)
            };
            for _ in 0..pending.count {
                let place = match placer.place(&overlay, &pod, stream) {
                    Placement::Bind { place, .. } => Some(place),
                    Placement::Wait(_) => {
                        let added = add_cheapest(view, &mut overlay, &foreseen.launch, &pod);
                        added.map(|(pool, place)| {
                            foreseen.launch[pool] += 1;
                            place
                        })
                    }
                };
                let Some(place) = place else { break };
                foreseen.pods += u64::from(place >= view.cluster.len());
                foreseen.taken.insert(place);
                let bound = BoundPod {
                    class: pending.template.clone(),
                    id: None,
                    started: view.now,
                    terminating: false,
                };
                overlay.add_pod(place, bound);
            }
        }
        foreseen
    }
}

/// Where the waiting pods will go.
struct Foreseen {
    /// Nodes to launch, by pool.
    launch: Vec<u32>,
    /// Pods those are for.
    pods: u64,
    /// Positions of nodes that a waiting pod takes.
    taken: BTreeSet<usize>,
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
        let Foreseen { launch, pods, taken } = Self::foresee(view, stream);
        for (pool, count) in launch.into_iter().enumerate().filter(|&(_, count)| count > 0) {
            let reason = Reason::new(&NEEDED).with("pods", Value::Count(pods));
            decisions.push(NodeDecision::Launch { pool, count, reason });
        }
        let mut left: Vec<u32> = view.pools.iter().map(|pool| pool.nodes).collect();
        let mut next_look: Option<Time> = None;
        // A node that a waiting pod is about to take is empty only for the moment.
        for node in view
            .empty
            .iter()
            .rev()
            .filter(|node| !taken.contains(&node.place))
        {
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
        (decisions, next_look)
    }

    fn clone_box(&self) -> Box<dyn NodeScaler> {
        Box::new(*self)
    }
}

impl Parameters for JustEnough {}

#[cfg(test)]
mod tests {
    use super::{JustEnough, NodeDecision, NodeScaler, NodeScalingView};
    use crate::engine::{Span, StreamKey, Time};
    use crate::model::cluster::fixed::Fixed;
    use crate::model::cluster::{NodeFacts, NodeView};
    use crate::model::labels::Labels;
    use crate::model::pod_template::PodTemplate;
    use crate::model::pool::{PoolSpec, Shape};
    use crate::model::price::{Billing, Money};
    use crate::model::resources::Resources;
    use crate::policy::node_scaling::{EmptyNode, PendingPods, PoolView};
    use crate::policy::placement::FirstFit;
    use crate::stats::Distribution;
    use std::sync::Arc;

    fn template(cpu: u64) -> Arc<PodTemplate> {
        Arc::new(PodTemplate::new(Vec::new()).with_overhead(&Resources::new(cpu, 0)))
    }

    /// A pod that no machine can ever take must not keep the whole fleet; a node that a waiting pod is about to take
    /// must stay.
    #[test]
    fn empty_nodes_go_though_a_pod_waits_but_not_the_one_it_will_take() {
        let node = NodeView::new(NodeFacts::default(), Resources::new(4000, 0).with_pods(110));
        let cluster = Fixed(vec![node.clone(), node.clone(), node.clone()]);
        let spec = PoolSpec {
            name: "general".into(),
            shape: Shape {
                name: "four".into(),
                capacity: node.allocatable.clone(),
                billing: Billing {
                    price_per_hour: Money::from_usd(0.2),
                    minimum: Span::ZERO,
                },
            },
            nodes_min: 0,
            nodes_initial: 3,
            nodes_max: 3,
            zones: Vec::new(),
            named: Vec::new(),
            boot: Distribution::ZERO,
            reserved: Resources::default(),
            labels: Labels::new(),
            taints: Vec::new(),
            attach_limits: Default::default(),
        };
        let pools = [PoolView {
            spec: &spec,
            nodes: 3,
            fresh: &node,
        }];
        let empty: Vec<_> = (0..3)
            .map(|place| EmptyNode {
                place,
                pool: 0,
                since: Time::ZERO,
            })
            .collect();
        let mut stream = StreamKey::new(1, 0).stream("node_scaling");
        let mut removed_while_waiting = |cpu| {
            let template = template(cpu);
            let view = NodeScalingView {
                now: Time::ZERO + Span::from_secs(700),
                pools: &pools,
                cluster: &cluster,
                pending: &[PendingPods {
                    template: &template,
                    count: 1,
                    like: None,
                }],
                empty: &empty,
                placer: &FirstFit::default(),
            };
            let (decisions, _) = JustEnough::default().decide(&view, &mut stream);
            let removed = decisions.iter().filter_map(|decision| match decision {
                NodeDecision::Remove { place, .. } => Some(*place),
                NodeDecision::Launch { .. } => None,
            });
            removed.collect::<Vec<_>>()
        };
        assert_eq!(removed_while_waiting(64_000), [2, 1, 0]);
        assert_eq!(removed_while_waiting(1000), [2, 1]);
    }
}
