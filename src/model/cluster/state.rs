//! The live cluster: who is there, who is bound where. Every change keeps reservations and bindings consistent.

use super::history::{Change, History};
use super::node::{Node, NodeId, NodePhase};
use super::node_pods::BoundPod;
use super::node_sizes::NodeSizes;
use super::objects::ApiObjects;
use super::pod::{Pod, PodId};
use super::view::{ClusterView, NodeView};
use crate::engine::{Arena, Time};
use crate::model::gpu::Taken;
use crate::model::image::Image;
use crate::model::owner::Owner;
use crate::model::placement_rules::DisruptionBudget;
use crate::model::pod_template::PodTemplate;
use crate::model::volume::Volumes;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Nodes, pods and the pods that wait for a node.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    nodes: Arena<Node>,
    pods: Arena<Pod>,
    /// Nodes in the order of their launch: the positions of the view.
    order: Vec<NodeId>,
    phases: PhaseCounts,
    /// Pods without a node, in the order of their creation.
    pending: BTreeMap<u64, PodId>,
    pods_ever: u64,
    objects: ApiObjects,
    /// Bound pods with affinity to other pods.
    affine_pods: u64,
    /// How many nodes have an image.
    image_nodes: BTreeMap<String, usize>,
    /// Changes whenever a node that has booted comes or any goes.
    roster_version: u64,
    /// The position of each node, by its slot; of others' slots, anything.
    places: Vec<usize>,
    sizes: NodeSizes,
    history: History,
}

/// Nodes counted by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhaseCounts {
    /// Launched and not ready yet.
    pub booting: u32,
    /// Taking pods.
    pub ready: u32,
    /// Not heard of for too long.
    pub unreachable: u32,
    /// Leaving when their last pod has.
    pub draining: u32,
}

impl PhaseCounts {
    pub(super) fn of(&mut self, phase: NodePhase) -> &mut u32 {
        match phase {
            NodePhase::Booting => &mut self.booting,
            NodePhase::Ready => &mut self.ready,
            NodePhase::Unreachable => &mut self.unreachable,
            NodePhase::Draining => &mut self.draining,
        }
    }

    /// A node goes from the phase that it is in to `phase`.
    fn go_on(&mut self, node: &mut Node, phase: NodePhase) {
        *self.of(node.phase) -= 1;
        *self.of(phase) += 1;
        node.phase = phase;
    }
}

impl Cluster {
    /// Every node in the order of launch.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.order.iter().map(|&id| (id, &self.nodes[id]))
    }

    /// How many nodes are in each phase.
    #[must_use]
    pub const fn node_phases(&self) -> PhaseCounts {
        self.phases
    }

    /// A node, if it is still there.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// A node for change of what concerns only itself (its pulls, its phase through [`Self::open`] and the like).
    pub fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id)
    }

    /// The node at a position of the view.
    #[must_use]
    pub fn node_at(&self, place: usize) -> Option<NodeId> {
        self.order.get(place).copied()
    }

    /// The position of a node in the view.
    #[must_use]
    pub fn place_of(&self, id: NodeId) -> Option<usize> {
        let place = *self.places.get(id.index())?;
        (self.order.get(place) == Some(&id)).then_some(place)
    }

    /// A pod, if it is still there.
    #[must_use]
    pub fn pod(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(id)
    }

    /// A pod for change of what concerns only itself; it gets its node through [`Self::bind`].
    pub fn pod_mut(&mut self, id: PodId) -> Option<&mut Pod> {
        self.pods.get_mut(id)
    }

    /// Every pod in slot order.
    pub fn pods(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        self.pods.iter()
    }

    /// Pods bound or pending.
    #[must_use]
    pub fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// Pods that wait for a node, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = PodId> {
        self.pending.values().copied()
    }

    /// How many pods wait for a node.
    #[must_use]
    pub fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// Namespaces and services, for change.
    pub fn objects_mut(&mut self) -> &mut ApiObjects {
        // Whom placement rules mean may be others from here on.
        self.roster_version += 1;
        &mut self.objects
    }

    /// Claims and their volumes, for change.
    pub fn volumes_mut(&mut self) -> &mut Volumes {
        &mut self.objects.volumes
    }

    /// Disruption budgets, for change.
    pub fn budgets_mut(&mut self) -> &mut [DisruptionBudget] {
        &mut self.objects.budgets
    }

    /// Takes a node in.
    pub fn add_node(&mut self, node: Node) -> NodeId {
        self.roster_version += u64::from(!node.view.booting);
        *self.phases.of(node.phase) += 1;
        self.sizes.add(&node.view);
        let id = self.nodes.insert(node);
        if self.places.len() <= id.index() {
            self.places.resize(id.index() + 1, 0);
        }
        self.places[id.index()] = self.order.len();
        self.order.push(id);
        id
    }

    /// A booting node becomes ready.
    pub fn open(&mut self, now: Time, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id) {
            self.phases.go_on(node, NodePhase::Ready);
            node.ready = Some(now);
            node.empty_since = Some(now);
            node.cpu_reserved.reset(now);
            (node.view.open, node.view.booting) = (true, false);
            self.roster_version += 1;
        }
    }

    /// A node takes no more pods.
    pub fn close(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id) {
            self.phases.go_on(node, NodePhase::Draining);
            let is_new = node.view.booting;
            (node.view.open, node.view.booting) = (false, false);
            self.roster_version += u64::from(is_new);
            self.history.note(self.places[id.index()], Change::Closed);
        }
    }

    /// A ready node has not been heard of for too long: it takes no pods until it is opened again.
    pub fn lose_contact(&mut self, id: NodeId) {
        if let Some(node) = self
            .nodes
            .get_mut(id)
            .filter(|node| node.phase == NodePhase::Ready)
        {
            self.phases.go_on(node, NodePhase::Unreachable);
            (node.view.open, node.empty_since) = (false, None);
            self.history.note(self.places[id.index()], Change::Closed);
        }
    }

    /// A node that took no more pods does again.
    pub fn reopen(&mut self, now: Time, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id) {
            self.phases.go_on(node, NodePhase::Ready);
            node.view.open = true;
            node.empty_since = node.is_idle().then_some(now);
            self.roster_version += 1;
        }
    }

    /// A node is closed to all pods but those that tolerate that (`spec.unschedulable`), or no longer is.
    pub fn cordon(&mut self, id: NodeId, closed: bool) {
        if let Some(node) = self.nodes.get_mut(id)
            && node.view.cordoned != closed
        {
            node.view.cordoned = closed;
            self.roster_version += 1;
        }
    }

    /// A node without pods goes.
    pub fn remove_node(&mut self, id: NodeId) -> Option<Node> {
        let node = self.nodes.remove(id)?;
        debug_assert!(node.pods.is_empty(), "a node goes only when its pods have gone");
        self.order.retain(|&known| known != id);
        for place in self.places[id.index()]..self.order.len() {
            self.places[self.order[place].index()] = place;
        }
        *self.phases.of(node.phase) -= 1;
        self.sizes.remove(&node.view);
        self.roster_version += 1;
        for image in node.view.images.keys() {
            if let Some(nodes) = self.image_nodes.get_mut(image) {
                *nodes -= 1;
            }
        }
        for promised in node.view.nominated.iter().filter_map(|pod| pod.id) {
            if let Some(pod) = self.pods.get_mut(promised) {
                pod.nominated = None;
            }
        }
        Some(node)
    }

    /// Takes a pod in; it waits for a node.
    pub fn add_pod(&mut self, pod: Pod) -> PodId {
        self.pods_ever += 1;
        let place = self.pods_ever;
        let id = self.pods.insert(Pod {
            queue_place: place,
            ..pod
        });
        self.pending.insert(place, id);
        id
    }

    /// An image of this name with tag is on a node's disk.
    pub fn image_arrived(&mut self, id: NodeId, name: &str, image: &Image) {
        let Some(node) = self.nodes.get_mut(id) else {
            return;
        };
        if node.view.images.contains_key(name) {
            return;
        }
        Arc::make_mut(&mut node.view.images).insert(name.to_owned(), image.bytes());
        *self.image_nodes.entry(name.to_owned()).or_default() += 1;
        self.history.note(self.places[id.index()], Change::Image);
    }

    /// The image of this name with tag is no longer on a node's disk.
    pub fn image_deleted(&mut self, id: NodeId, name: &str) {
        let Some(node) = self.nodes.get_mut(id) else {
            return;
        };
        if Arc::make_mut(&mut node.view.images).remove(name).is_some() {
            if let Some(nodes) = self.image_nodes.get_mut(name) {
                *nodes -= 1;
            }
            self.history.note(self.places[id.index()], Change::Image);
        }
    }

    /// Binds a pending pod to a node, where it gets `devices`; none: those the node hands out.
    pub fn bind(&mut self, now: Time, pod_id: PodId, node_id: NodeId, devices: Taken) {
        self.nominate(pod_id, None);
        let (pod, node) = (&mut self.pods[pod_id], &mut self.nodes[node_id]);
        self.pending.remove(&pod.queue_place);
        (pod.node, pod.bound) = (Some(node_id), Some(now));
        pod.ticket = node.view.bind(BoundPod {
            class: pod.class.clone(),
            id: Some(pod_id),
            started: now,
            terminating: None,
            devices,
        });
        self.affine_pods += u64::from(pod.class.rules.has_pod_affinity());
        node.pods.insert(pod_id);
        node.pods_changed = now;
        node.pods_ever += 1;
        if pod.class.owner != Owner::DaemonSet {
            node.empty_since = None;
        }
        node.cpu_reserved.add(now, pod.class.requests().cpu_milli as i64);
        self.history
            .note(self.places[node_id.index()], Change::Came(pod.class.clone()));
    }

    /// Promises a pending pod room on a node, or takes the promise back.
    pub fn nominate(&mut self, pod_id: PodId, node_id: Option<NodeId>) {
        let Some(pod) = self.pods.get_mut(pod_id) else {
            return;
        };
        let before = std::mem::replace(&mut pod.nominated, node_id);
        if before == node_id {
            return;
        }
        let (started, class) = (pod.created, pod.class.clone());
        for node in [before, node_id].into_iter().flatten() {
            self.history.note(self.places[node.index()], Change::Promised);
        }
        if let Some(node) = before.and_then(|node| self.nodes.get_mut(node)) {
            node.view.nominated.retain(|known| known.id != Some(pod_id));
        }
        if let Some(node) = node_id.and_then(|node| self.nodes.get_mut(node)) {
            node.view.nominated.push(BoundPod {
                class,
                id: Some(pod_id),
                started,
                terminating: None,
                devices: Taken::NONE,
            });
        }
    }

    /// A bound pod becomes one of another class where it is: its node reserves what that asks for.
    pub fn resize(&mut self, now: Time, pod_id: PodId, class: &Arc<PodTemplate>) {
        let Some(pod) = self.pods.get_mut(pod_id) else {
            return;
        };
        let before = std::mem::replace(&mut pod.class, class.clone());
        let Some(node) = pod.node.and_then(|node| self.nodes.get_mut(node)) else {
            return;
        };
        if let Some(bound) = node.view.unbind(pod.ticket) {
            let place = self.places[pod.node.map_or(0, NodeId::index)];
            let stopping = bound.terminating.is_some();
            self.history.note(place, Change::Went(before.clone(), stopping));
            self.history.note(place, Change::Came(class.clone()));
            if stopping {
                self.history.note(place, Change::Stopping(class.clone()));
            }
            let class = class.clone();
            node.view.bind_again(pod.ticket, BoundPod { class, ..bound });
        }
        let more = class.requests().cpu_milli as i64 - before.requests().cpu_milli as i64;
        node.cpu_reserved.add(now, more);
    }

    /// A pod was asked to stop: placement sees it leaving.
    pub fn terminate(&mut self, now: Time, id: PodId) {
        if let Some(pod) = self.pods.get(id)
            && let Some(node_id) = pod.node
            && let Some(node) = self.nodes.get_mut(node_id)
            && node.view.pods.terminate(now, pod.ticket)
        {
            let change = Change::Stopping(pod.class.clone());
            self.history.note(self.places[node_id.index()], change);
        }
    }

    /// A pod goes; its node gets back what it reserved.
    pub fn remove_pod(&mut self, now: Time, id: PodId) -> Option<Pod> {
        self.nominate(id, None);
        let pod = self.pods.remove(id)?;
        match pod.node {
            None => {
                self.pending.remove(&pod.queue_place);
            }
            Some(node_id) => {
                let node = &mut self.nodes[node_id];
                let stopping = node
                    .view
                    .unbind(pod.ticket)
                    .is_some_and(|pod| pod.terminating.is_some());
                let change = Change::Went(pod.class.clone(), stopping);
                self.history.note(self.places[node_id.index()], change);
                self.affine_pods -= u64::from(pod.class.rules.has_pod_affinity());
                node.pods.remove(&id);
                node.pods_changed = now;
                node.cpu_reserved
                    .add(now, -(pod.class.requests().cpu_milli as i64));
                if node.phase == NodePhase::Ready && node.empty_since.is_none() && node.is_idle() {
                    node.empty_since = Some(now);
                }
            }
        }
        Some(pod)
    }
}

impl ClusterView for Cluster {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn node(&self, place: usize) -> Option<&NodeView> {
        self.nodes.get(*self.order.get(place)?).map(|node| &node.view)
    }

    fn objects(&self) -> &ApiObjects {
        &self.objects
    }

    fn nodes_with_image(&self, image: &str) -> usize {
        self.image_nodes.get(image).copied().unwrap_or_default()
    }

    fn may_have_pod_affinity(&self) -> bool {
        self.affine_pods > 0
    }

    fn node_sizes(&self) -> Cow<'_, NodeSizes> {
        Cow::Borrowed(&self.sizes)
    }

    fn roster_version(&self) -> Option<u64> {
        Some(self.roster_version)
    }

    fn history(&self) -> Option<&History> {
        Some(&self.history)
    }
}
