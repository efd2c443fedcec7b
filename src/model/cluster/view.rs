//! What a placement decision may look at: nodes by position, in order of their launch.

use super::history::History;
use super::node_pods::{BoundPod, NodePods};
use super::node_sizes::NodeSizes;
use super::objects::ApiObjects;
use crate::model::gpu::Devices;
use crate::model::labels::{Labels, Taint};
use crate::model::placement_rules::HOSTNAME_LABEL;
use crate::model::resources::Resources;
use crate::model::volume::ClaimId;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What of a node stays the same while it is there. Shared, so that a what-if copies a node cheaply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFacts {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations, which node scalers read.
    pub annotations: Labels,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Most volumes that each driver attaches to it; a driver that is not here knows no limit.
    pub attach_limits: BTreeMap<String, u32>,
}

/// One node as placement sees it.
#[derive(Clone, Debug)]
pub struct NodeView {
    /// Its pool's index.
    pub pool: usize,
    /// Its zone's index in the pool; zero without zones.
    pub zone: usize,
    /// Whether it takes pods now.
    pub open: bool,
    /// Whether it was launched and will take pods when it has booted.
    pub booting: bool,
    /// Whether somebody has closed it to all pods but those that tolerate that (`spec.unschedulable`).
    pub cordoned: bool,
    /// Its name, labels, taints and attach limits.
    pub facts: Arc<NodeFacts>,
    /// What pods may reserve on it.
    pub allocatable: Resources,
    /// What they have not reserved yet; zero of what is reserved over its allocatable.
    pub free: Resources,
    /// Pods bound to it.
    pub pods: NodePods,
    /// Pods that were promised room on it and are not bound yet.
    pub nominated: Vec<BoundPod>,
    /// Volumes that no pod on it uses any more and that are still attached to it.
    pub leaving_volumes: Vec<ClaimId>,
    /// Images it has, by name with tag, and their sizes in bytes.
    pub images: Arc<BTreeMap<String, u64>>,
    devices: Option<Devices>,
    reserved: Resources,
    scored: Resources,
}

impl NodeView {
    /// A node without pods that takes some.
    #[must_use]
    pub fn new(facts: NodeFacts, allocatable: Resources) -> Self {
        Self {
            pool: 0,
            zone: 0,
            open: true,
            booting: false,
            cordoned: false,
            facts: Arc::new(facts),
            devices: Devices::of(&allocatable),
            free: allocatable.clone(),
            allocatable,
            pods: NodePods::default(),
            nominated: Vec::new(),
            leaving_volumes: Vec::new(),
            images: Arc::default(),
            reserved: Resources::default(),
            scored: Resources::default(),
        }
    }

    /// A copy with another name, and with that name in the label that has the name.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        let mut facts = NodeFacts::clone(&self.facts);
        name.clone_into(&mut facts.name);
        facts.labels.insert(HOSTNAME_LABEL.to_owned(), name.to_owned());
        Self {
            facts: Arc::new(facts),
            ..self.clone()
        }
    }

    /// The same node without any pod on it or promised room.
    #[must_use]
    pub fn without_pods(&self) -> Self {
        Self {
            pool: self.pool,
            zone: self.zone,
            open: self.open,
            booting: self.booting,
            cordoned: self.cordoned,
            facts: self.facts.clone(),
            devices: Devices::of(&self.allocatable),
            allocatable: self.allocatable.clone(),
            free: self.allocatable.clone(),
            pods: NodePods::default(),
            nominated: Vec::new(),
            leaving_volumes: Vec::new(),
            images: self.images.clone(),
            reserved: Resources::default(),
            scored: Resources::default(),
        }
    }

    /// Gets further labels and taints.
    pub fn marked(&mut self, labels: &Labels, taints: &[Taint]) {
        if labels.is_empty() && taints.is_empty() {
            return;
        }
        let facts = Arc::make_mut(&mut self.facts);
        facts
            .labels
            .extend(labels.iter().map(|(key, value)| (key.clone(), value.clone())));
        facts.taints.extend(taints.iter().cloned());
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.facts.labels.get(key).map(String::as_str)
    }

    /// What its pods reserve, also where that is more than it has.
    #[must_use]
    pub const fn reserved(&self) -> &Resources {
        &self.reserved
    }

    /// What its pods reserve as scores see it: see [`crate::model::pod_template::PodTemplate::scored_requests`].
    #[must_use]
    pub const fn scored(&self) -> &Resources {
        &self.scored
    }

    /// Its GPUs, where they are told apart.
    #[must_use]
    pub const fn devices(&self) -> Option<&Devices> {
        self.devices.as_ref()
    }

    /// A pod is bound to it; returns the pod's ticket.
    pub fn bind(&mut self, mut pod: BoundPod) -> u64 {
        self.reserve(&mut pod);
        self.pods.add(pod)
    }

    /// A pod that was bound to it before is again.
    pub fn bind_again(&mut self, ticket: u64, mut pod: BoundPod) {
        self.reserve(&mut pod);
        self.pods.put_back(ticket, pod);
    }

    /// A pod leaves.
    pub fn unbind(&mut self, ticket: u64) -> Option<BoundPod> {
        let pod = self.pods.remove(ticket)?;
        self.reserved.subtract(pod.class.requests());
        self.scored.subtract(pod.class.scored_requests());
        if let Some(devices) = &mut self.devices {
            devices.give_back(pod.devices);
        }
        self.count_free();
        Some(pod)
    }

    fn reserve(&mut self, pod: &mut BoundPod) {
        self.reserved.add(pod.class.requests());
        self.scored.add(pod.class.scored_requests());
        if let Some(devices) = &mut self.devices {
            pod.devices = devices.take(pod.class.gpus(), pod.devices);
        }
        self.count_free();
    }

    /// What is free: no more whole GPUs than nobody has a share of.
    fn count_free(&mut self) {
        self.free.set_difference(&self.allocatable, &self.reserved);
        if let Some(devices) = &self.devices {
            self.free.lower_extended(devices.resource(), devices.idle_whole());
        }
    }
}

/// A cluster as placement sees it: the live one, or a hypothetical one on top of it.
pub trait ClusterView {
    /// Positions are `0..len()`. A position keeps its node; a gone node leaves a gap.
    fn len(&self) -> usize;

    /// The node at `place`; `None` where one has gone.
    fn node(&self, place: usize) -> Option<&NodeView>;

    /// Whether there is no position at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Namespaces, services and disruption budgets.
    fn objects(&self) -> &ApiObjects {
        ApiObjects::NONE
    }

    /// How many nodes have the image of this name with tag.
    fn nodes_with_image(&self, image: &str) -> usize {
        let nodes = (0..self.len()).filter_map(|place| self.node(place));
        nodes.filter(|node| node.images.contains_key(image)).count()
    }

    /// Whether a pod on some node may have affinity to other pods; "no" is certain.
    fn may_have_pod_affinity(&self) -> bool {
        let mut nodes = (0..self.len()).filter_map(|place| self.node(place));
        nodes.any(has_pod_affinity)
    }

    /// How large its nodes are. Looks at every node unless somebody keeps it.
    fn node_sizes(&self) -> Cow<'_, NodeSizes> {
        Cow::Owned(NodeSizes::of(self))
    }

    /// A number that changes whenever a node that has booted comes or any goes; `None` if that is not known. One that
    /// boots is not asked yet, so its coming changes nothing for those that are.
    fn roster_version(&self) -> Option<u64> {
        None
    }

    /// What has changed on its nodes, where it keeps that: the live cluster does. What changes the roster version is
    /// not in it.
    fn history(&self) -> Option<&History> {
        None
    }
}

/// Whether a pod on `node` has affinity to other pods.
pub(super) fn has_pod_affinity(node: &NodeView) -> bool {
    let mut classes = node.pods.classes().iter();
    classes.any(|count| count.class.rules.has_pod_affinity())
}
