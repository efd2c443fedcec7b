//! The cluster as Karpenter keeps it: nodes that are there or on their way, and pods to plan for.

use super::allowed_values::AllowedValues;
use super::attachments::{NodeVolumes, VolumeDrivers};
use super::daemon_overhead::runs_on_labels;
use super::existing_nodes::{ExistingNode, ExistingNodes, NodeKind};
use super::market::Market;
use super::node_pool::NodePool;
use super::pod_class::{ClassId, PodClasses, VolumeNeeds};
use super::pod_queue::{PlannedPod, PodSource};
use super::requirements::{NODE_POOL_LABEL, Requirements};
use crate::model::cluster::{ApiObjects, BoundPod, NodeId, NodePhase, NodeView, PodId};
use crate::model::labels::{Labels, Taint, TaintEffect, UNSCHEDULABLE_TAINT};
use crate::model::owner::Owner;
use crate::model::placement_rules::{HOSTNAME_LABEL, ZONE_LABEL};
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use crate::model::volume::Reach;
use crate::policy::node_scaling::{NodeInfo, NodeScalingView};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is remembered of nodes from look to look, because it stays the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster {
    kinds: Vec<NodeKind>,
    /// What kinds were made from: labels without the hostname, and taints.
    made_of: Vec<(Labels, Vec<Taint>)>,
    known: BTreeMap<NodeId, Known>,
    /// How many nodes there were at the last look, and the last of them.
    seen: (usize, Option<NodeId>),
    pub(super) classes: PodClasses,
    no_volumes: Option<VolumeNeeds>,
}

/// A node.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) name: Arc<str>,
    hostname: Arc<str>,
    kind: usize,
    cordoned_kind: usize,
    /// The index of its NodePool among those in the order in which they are tried.
    pub(super) pool: Option<usize>,
}

impl Roster {
    /// Nothing yet; pods may give up keeping away from soft taints if some NodePool has one.
    pub(super) fn new(pools: &[NodePool]) -> Self {
        let soft = |taint: &Taint| taint.effect == TaintEffect::PreferNoSchedule;
        Self {
            classes: PodClasses::new(pools.iter().any(|pool| pool.taints.iter().any(soft))),
            ..Self::default()
        }
    }

    /// Learns of new nodes and forgets those that are gone.
    pub(super) fn update(&mut self, view: &NodeScalingView<'_>, pools: &[NodePool]) {
        let seen = (view.nodes.len(), view.nodes.last().map(|info| info.id));
        if self.seen == seen {
            return;
        }
        self.seen = seen;
        for info in view.nodes {
            if let Some(node) = view
                .cluster
                .node(info.place)
                .filter(|_| !self.known.contains_key(&info.id))
            {
                let known = self.learn(node, pools);
                self.known.insert(info.id, known);
            }
        }
        if self.known.len() > 2 * view.nodes.len() + 64 {
            let there: BTreeSet<NodeId> = view.nodes.iter().map(|info| info.id).collect();
            self.known.retain(|id, _| there.contains(id));
        }
    }

    fn learn(&mut self, node: &NodeView, pools: &[NodePool]) -> Known {
        let name: Arc<str> = node.facts.name.as_str().into();
        let mut labels = node.facts.labels.clone();
        let hostname = labels
            .remove(HOSTNAME_LABEL)
            .map_or_else(|| name.clone(), Into::into);
        let pool = labels.get(NODE_POOL_LABEL);
        let pool = pool.and_then(|pool| pools.iter().position(|known| *known.name == **pool));
        let mut closed = node.facts.taints.clone();
        closed.push(Taint {
            key: UNSCHEDULABLE_TAINT.to_owned(),
            value: String::new(),
            effect: TaintEffect::NoSchedule,
        });
        Known {
            name,
            hostname,
            kind: self.kind(&labels, node.facts.taints.clone()),
            cordoned_kind: self.kind(&labels, closed),
            pool,
        }
    }

    fn kind(&mut self, labels: &Labels, taints: Vec<Taint>) -> usize {
        let mut made = self.made_of.iter();
        if let Some(kind) = made.position(|(known, own)| known == labels && *own == taints) {
            return kind;
        }
        self.kinds.push(NodeKind::new(labels, taints.clone()));
        self.made_of.push((labels.clone(), taints));
        self.kinds.len() - 1
    }

    /// What is known of a node.
    pub(super) fn of(&self, id: NodeId) -> Option<&Known> {
        self.known.get(&id)
    }

    /// What labels a node has.
    pub(super) fn labels_of(&self, known: &Known) -> &Requirements {
        &self.kinds[known.kind].requirements
    }

    /// Every node that is not going.
    pub(super) fn existing(
        &mut self,
        view: &NodeScalingView<'_>,
        market: &Market,
        going: &BTreeSet<NodeId>,
    ) -> ExistingNodes {
        let mut nodes = Vec::with_capacity(view.nodes.len());
        let volumes = &view.cluster.objects().volumes;
        for info in view.nodes.iter().filter(|info| !is_going(info, going)) {
            let (Some(node), Some(known)) = (view.cluster.node(info.place), self.known.get(&info.id)) else {
                continue;
            };
            let known = known.clone();
            let mut pods = Vec::with_capacity(node.pods.classes().len());
            for count in node.pods.classes() {
                let staying = count.pods - count.terminating;
                if staying > 0 {
                    pods.push((self.class_of(&count.class, None, view.cluster.objects()), staying));
                }
            }
            let mut free = node.free.clone();
            if !view.daemons.is_empty() {
                let daemons = self.daemons_to_come(view, node, &known);
                free.subtract(&daemons);
            }
            let ports = node
                .pods
                .classes()
                .iter()
                .flat_map(|count| &count.class.rules.host_ports);
            let own_type = &market.types[market.of_pool[info.pool]];
            nodes.push(ExistingNode {
                place: info.place,
                name: known.name,
                hostname: known.hostname,
                kind: if node.cordoned {
                    known.cordoned_kind
                } else {
                    known.kind
                },
                initialized: info.phase == NodePhase::Ready,
                charged: known.pool.map(|pool| (pool, own_type.capacity.clone())),
                free,
                ports: ports.cloned().collect(),
                pods,
                volumes: NodeVolumes::of(volumes, node).map(Box::new),
            });
        }
        let limited = nodes.iter().any(|node| node.volumes.is_some());
        let existing = ExistingNodes::new(self.kinds.clone(), nodes);
        match limited {
            true => existing.with_drivers(VolumeDrivers::of(volumes)),
            false => existing,
        }
    }

    /// What DaemonSets will still take on a node: what they take of such a node less what they have there.
    fn daemons_to_come(&self, view: &NodeScalingView<'_>, node: &NodeView, known: &Known) -> Resources {
        let kind = &self.kinds[known.kind];
        let mut all = Resources::default();
        for daemon in view.daemons {
            if runs_on_labels(daemon, &kind.requirements, &kind.taints) {
                all.add(daemon.requests());
            }
        }
        for count in node.pods.classes() {
            if count.class.owner == Owner::DaemonSet {
                for _ in 0..count.pods {
                    all.subtract(count.class.requests());
                }
            }
        }
        all
    }

    /// The class of a pod.
    fn class_of(&mut self, template: &Arc<PodTemplate>, pod: Option<PodId>, objects: &ApiObjects) -> ClassId {
        if template.volumes.is_empty() {
            let none = self.no_volumes.get_or_insert_with(|| Arc::new([])).clone();
            return self.classes.of(template, &none);
        }
        let needs = volume_needs(template, pod, objects);
        self.classes.of(template, &needs)
    }

    /// Pods that wait for a node.
    pub(super) fn waiting(&mut self, view: &NodeScalingView<'_>) -> Vec<PlannedPod> {
        let mut waiting = Vec::new();
        for group in view.pending {
            let class = self.class_of(group.template, group.like, view.cluster.objects());
            for _ in 0..group.count {
                waiting.push(PlannedPod {
                    class,
                    created: group.oldest,
                    uid: waiting.len() as u64,
                    id: group.like,
                    from: PodSource::Waiting,
                });
            }
        }
        waiting
    }

    /// Pods of a node that would be made anew elsewhere.
    pub(super) fn movable(
        &mut self,
        view: &NodeScalingView<'_>,
        node: &NodeView,
        from: PodSource,
    ) -> Vec<PlannedPod> {
        let pods = node.pods.iter().filter(|(_, pod)| moves(pod));
        pods.map(|(_, pod)| PlannedPod {
            class: self.class_of(&pod.class, pod.id, view.cluster.objects()),
            created: pod.started,
            uid: pod
                .id
                .map_or(0, |id| u64::from(id.generation()) << 32 | u64::from(id.slot())),
            id: pod.id,
            from,
        })
        .collect()
    }

    /// Pods of nodes that are going.
    pub(super) fn leaving(
        &mut self,
        view: &NodeScalingView<'_>,
        going: &BTreeSet<NodeId>,
    ) -> Vec<PlannedPod> {
        let mut leaving = Vec::new();
        for info in view.nodes.iter().filter(|info| is_going(info, going)) {
            if let Some(node) = view.cluster.node(info.place) {
                leaving.extend(self.movable(view, node, PodSource::Leaving));
            }
        }
        leaving
    }
}

/// Whether a node is on its way out.
pub(super) fn is_going(info: &NodeInfo, going: &BTreeSet<NodeId>) -> bool {
    info.phase == NodePhase::Draining || going.contains(&info.id)
}

/// Whether a pod would be made anew elsewhere if its node went.
fn moves(pod: &BoundPod) -> bool {
    pod.class.owner != Owner::DaemonSet
        && (pod.terminating.is_none() || pod.class.owner == Owner::StatefulSet)
}

/// What the volumes of a pod ask of its node: alternatives, none for anything.
fn volume_needs(template: &PodTemplate, pod: Option<PodId>, objects: &ApiObjects) -> VolumeNeeds {
    let volumes = &objects.volumes;
    let own = pod.map(|pod| volumes.of_pod(pod)).filter(|own| !own.is_empty());
    let claims = own
        .unwrap_or(&template.volumes.shared)
        .iter()
        .filter_map(|&id| volumes.claims.get(id));
    let to_make: Vec<usize> = match own {
        Some(_) => Vec::new(),
        None => template
            .volumes
            .own
            .iter()
            .map(|claim| claim.spec.class)
            .collect(),
    };
    let mut alternatives = vec![Requirements::default()];
    let mut classes = to_make;
    for claim in claims {
        match &claim.volume {
            Some(Reach::Zone(zone)) => {
                let zone = AllowedValues::only([zone.as_str()]);
                alternatives
                    .iter_mut()
                    .for_each(|asked| asked.narrow(ZONE_LABEL, &zone));
            }
            Some(Reach::Anywhere) => {}
            None => classes.push(claim.spec.class),
        }
    }
    for class in classes.into_iter().filter_map(|class| volumes.classes.get(class)) {
        if class.topologies.is_empty() {
            continue;
        }
        let either = |asked: &Requirements| {
            let asked = asked.clone();
            class.topologies.iter().map(move |all| {
                let mut asked = asked.clone();
                for one in all {
                    asked.narrow(
                        &one.key,
                        &AllowedValues::only(one.values.iter().map(String::as_str)),
                    );
                }
                asked
            })
        };
        alternatives = alternatives.iter().flat_map(either).collect();
    }
    if alternatives.iter().all(|asked| asked.iter().next().is_none()) {
        return Arc::new([]);
    }
    alternatives.into()
}
