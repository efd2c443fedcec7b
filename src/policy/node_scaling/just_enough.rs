//! Just enough: launches what the waiting pods need, removes nodes that have been empty for a while.
//!
//! The waiting pods are placed on an overlay in which booting nodes are open already; for a pod that still finds no
//! room a node of the cheapest pool that could take it is added to the overlay and asked for: in the zone whose turn it
//! is, or, if the pod may not go there, in the next that serves it. No estimator, no expander, no delay but the boot:
//! what a perfect reactive node scaler would do, the reference for the real ones.

use super::{NodeDecision, NodeScaler, NodeScalerClock, NodeScalingView, PoolView};
use crate::engine::{Stream, Time};
use crate::model::cluster::{BoundPod, NodeFacts, NodeView, Overlay};
use crate::model::gpu::Taken;
use crate::model::pool::PoolSpec;
use crate::model::units::Duration;
use crate::policy::parameters::Parameters;
use crate::policy::placement::{Incoming, Placement};
use crate::policy::reason::{Reason, ReasonKind, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

static NEEDED: ReasonKind = ReasonKind {
    code: "pods_pending",
    sentence: "{pods:pod waits|pods wait} for a node",
};
static NEEDED_IN_ZONE: ReasonKind = ReasonKind {
    code: "pods_pending_in_zone",
    sentence: "{pods:pod waits|pods wait} for a node in {zone}",
};
static BELOW: ReasonKind = ReasonKind {
    code: "below_min",
    sentence: "the pool is kept at {min:node|nodes} at least",
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
            launch: vec![Launches::new(); view.pools.len()],
            pods: BTreeMap::new(),
            taken: BTreeSet::new(),
        };
        // What each node that is added is for: any zone of its pool, or one.
        let mut place_of: BTreeMap<usize, Option<(usize, usize)>> = BTreeMap::new();
        for pending in view.pending {
            let pod = Incoming {
                id: pending.like,
                ..Incoming::any_of(pending.template, view.now)
            };
            for _ in 0..pending.count {
                let home = match placer.place(&overlay, &pod, stream) {
                    Placement::Bind { place, devices, .. } => Some((place, devices)),
                    Placement::Wait(_) => {
                        let added = add_cheapest(view, &mut overlay, &foreseen.launch, &pod);
                        added.map(|(pool, zone, place)| {
                            *foreseen.launch[pool].entry(zone).or_default() += 1;
                            place_of.insert(place, zone.map(|zone| (pool, zone)));
                            (place, Taken::NONE)
                        })
                    }
                };
                let Some((place, devices)) = home else { break };
                if let Some(of) = place_of.get(&place) {
                    *foreseen.pods.entry(*of).or_default() += 1;
                }
                foreseen.taken.insert(place);
                let bound = BoundPod {
                    class: pending.template.clone(),
                    id: None,
                    started: view.now,
                    terminating: None,
                    devices,
                };
                overlay.add_pod(place, bound);
            }
        }
        foreseen
    }
}

/// Nodes of a pool to launch, by the zone that is asked for, if one is.
type Launches = BTreeMap<Option<usize>, u32>;

/// Where the waiting pods will go.
struct Foreseen {
    /// Nodes to launch, by pool.
    launch: Vec<Launches>,
    /// Pods those are for: those that any zone serves, and those of a pool and a zone of it.
    pods: BTreeMap<Option<(usize, usize)>, u64>,
    /// Positions of nodes that a waiting pod takes.
    taken: BTreeSet<usize>,
}

/// Adds a node of the pool with room for another whose shape takes the pod at the least price per hour; the pool, the
/// zone to ask for if it is not the one whose turn it is, and the node's position.
fn add_cheapest(
    view: &NodeScalingView<'_>,
    overlay: &mut Overlay<'_>,
    launch: &[Launches],
    pod: &Incoming<'_>,
) -> Option<(usize, Option<usize>, usize)> {
    let launched = |pool: usize| launch[pool].values().sum::<u32>();
    let mut pools: Vec<usize> = (0..view.pools.len())
        .filter(|&pool| view.pools[pool].nodes + launched(pool) < view.pools[pool].spec.nodes_max)
        .collect();
    pools.sort_by_key(|&pool| (view.pools[pool].spec.price_at(view.now), pool));
    pools.into_iter().find_map(|pool| {
        let PoolView { spec, fresh, .. } = view.pools[pool];
        let name = format!("{}-new-{}", spec.name, launched(pool));
        let zones = spec.zones.len().max(1);
        let turns = launch[pool].get(&None).map_or(0, |&count| count as usize);
        (0..zones).find_map(|further| {
            let zone = (fresh.zone + turns + further) % zones;
            let before = overlay.checkpoint();
            let place = overlay.add_node(in_zone(spec, fresh, zone).named(&name));
            if view.placer.accepts(overlay, place, pod) {
                return Some((pool, (further > 0).then_some(zone), place));
            }
            overlay.revert(before);
            None
        })
    })
}

/// What a new node of the pool `spec` would look like in its zone number `zone`.
fn in_zone(spec: &PoolSpec, fresh: &NodeView, zone: usize) -> NodeView {
    if zone == fresh.zone {
        return fresh.clone();
    }
    let facts = NodeFacts {
        labels: spec.node_labels(&fresh.facts.name, zone),
        ..NodeFacts::clone(&fresh.facts)
    };
    let mut node = fresh.clone();
    (node.zone, node.facts) = (zone, Arc::new(facts));
    node
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
        for (pool, launches) in launch.into_iter().enumerate() {
            let least = view.pools[pool].spec.nodes_min;
            let will_be = view.pools[pool].nodes + launches.values().sum::<u32>();
            if will_be < least {
                decisions.push(NodeDecision::Launch {
                    pool,
                    count: least - will_be,
                    zone: None,
                    reason: Reason::new(&BELOW).with("min", Value::Count(least.into())),
                });
            }
            for (zone, count) in launches {
                let pods = pods
                    .get(&zone.map(|zone| (pool, zone)))
                    .copied()
                    .unwrap_or_default();
                let reason = match zone.and_then(|zone| view.pools[pool].spec.zones.get(zone)) {
                    Some(name) => {
                        Reason::new(&NEEDED_IN_ZONE).with("zone", Value::Name(name.as_str().into()))
                    }
                    None => Reason::new(&NEEDED),
                };
                decisions.push(NodeDecision::Launch {
                    pool,
                    count,
                    zone,
                    reason: reason.with("pods", Value::Count(pods)),
                });
            }
        }
        let mut left: Vec<u32> = view.pools.iter().map(|pool| pool.nodes).collect();
        let mut next_look: Option<Time> = None;
        // A node that a waiting pod is about to take is empty only for the moment.
        for (node, since) in view
            .empty()
            .rev()
            .filter(|(node, _)| !taken.contains(&node.place))
        {
            if left[node.pool] <= view.pools[node.pool].spec.nodes_min {
                continue;
            }
            let due = since + self.empty_after.span();
            if due <= view.now {
                left[node.pool] -= 1;
                let reason = Reason::new(&EMPTY).with("span", Value::Span(view.now.since(since)));
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
    use crate::model::cluster::{NodeFacts, NodeId, NodePhase, NodeView};
    use crate::model::labels::Labels;
    use crate::model::pod_template::PodTemplate;
    use crate::model::pool::{PoolSpec, Shape};
    use crate::model::price::{Billing, Money};
    use crate::model::resources::Resources;
    use crate::policy::node_scaling::{NodeInfo, PendingPods, PoolView};
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
                swap_bytes: 0,
                swap_slowdown_milli: 0,
                billing: Billing {
                    price_per_hour: Money::from_usd(0.2),
                    minimum: Span::ZERO,
                },
                gpus: None,
            },
            nodes_min: 0,
            nodes_initial: 3,
            nodes_max: 3,
            zones: Vec::new(),
            named: Vec::new(),
            boot: Distribution::ZERO,
            reserved: Resources::default(),
            labels: Labels::new(),
            annotations: Labels::new(),
            taints: Vec::new(),
            attach_limits: Default::default(),
            images: Default::default(),
            offer: Default::default(),
        };
        let pools = [PoolView {
            spec: &spec,
            nodes: 3,
            staying: 3,
            fresh: &node,
        }];
        let nodes: Vec<_> = (0..3)
            .map(|place| NodeInfo {
                id: NodeId::from_parts(place as u32, 0),
                place,
                pool: 0,
                claim: None,
                phase: NodePhase::Ready,
                launched: Time::ZERO,
                ready: Some(Time::ZERO),
                empty_since: Some(Time::ZERO),
                pods_changed: Time::ZERO,
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
                    workload: 0,
                    oldest: Time::ZERO,
                    newest: Time::ZERO,
                }],
                nodes: &nodes,
                daemons: &[],
                events: &[],
                start: jiff::civil::date(2026, 1, 1).at(0, 0, 0, 0),
                placer: &FirstFit::default(),
                names: None,
            };
            let (decisions, _) = JustEnough::default().decide(&view, &mut stream);
            let removed = decisions.iter().filter_map(|decision| match decision {
                NodeDecision::Remove { place, .. } => Some(*place),
                _ => None,
            });
            removed.collect::<Vec<_>>()
        };
        assert_eq!(removed_while_waiting(64_000), [2, 1, 0]);
        assert_eq!(removed_while_waiting(1000), [2, 1]);
    }
}
