//! A cluster as it stands at one moment: what planners look at that make no run of it.
//!
//! Knows: the nodes of a scenario and the pods on them, as somebody has listed them or as the scenario's own placement
//! puts them. Must not know: what anybody plans.

mod evicted;
mod picture;
mod repack;
#[cfg(test)]
mod tests;

pub use evicted::{Replaced, replace_evicted};
pub use picture::{Picture, PicturedNode, PicturedPod};
pub use repack::{fewest_nodes, repack};

use super::objects::of_scenario;
use super::scenario::{Scenario, Workload};
use super::simulation::Simulation;
use crate::engine::{StreamKey, Time};
use crate::model::cluster::{ApiObjects, BoundPod, ClusterView, NodeView};
use crate::model::gpu::{DEVICES_MAX, GpuRequest, Taken};
use crate::model::owner::Owner;
use crate::model::placement_rules::LabelSelector;
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::{Incoming, Placement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A pod that somebody has listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The workload it is a pod of; `None` for pods of objects that are not modelled.
    pub workload: Option<String>,
    /// The node it is on, if it is on one.
    pub node: Option<String>,
    /// The GPUs that it was given there, by their numbers; none where nobody says.
    pub devices: Vec<usize>,
}

/// Which pod it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodName {
    /// Namespace and name.
    pub full: String,
    /// The workload it is a pod of.
    pub workload: Arc<str>,
}

/// A pod without a node.
#[derive(Clone, Debug)]
pub struct WaitingPod {
    /// What it is made from.
    pub class: Arc<PodTemplate>,
    /// Which it is.
    pub name: PodName,
}

/// A cluster as it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    nodes: Vec<NodeView>,
    objects: ApiObjects,
    /// Of each node the names of its pods, by ticket.
    names: Vec<BTreeMap<u64, PodName>>,
    /// Pods that wait for a node.
    pub waiting: Vec<WaitingPod>,
    /// Pods of which no workload is known: nothing is known of what they ask for.
    pub left_out: Vec<String>,
    /// Nodes that pods are said to be on and that are not listed, with one of those pods each.
    pub unknown_nodes: BTreeMap<String, String>,
}

impl Standing {
    /// The nodes of `scenario` at its start with the pods that are `listed`; where none of them is on a node, with all its
    /// workloads' pods, placed by its own policy in their order.
    #[must_use]
    pub fn of(scenario: &Arc<Scenario>, listed: &[ListedPod], seed: u64) -> Self {
        let mut empty = Scenario::clone(scenario);
        empty.workloads.clear();
        let simulation = Simulation::new(Arc::new(empty), seed, 0);
        let cluster: &dyn ClusterView = simulation.cluster();
        let nodes: Vec<NodeView> = (0..cluster.len())
            .filter_map(|place| cluster.node(place).cloned())
            .collect();
        let mut standing = Self {
            names: vec![BTreeMap::new(); nodes.len()],
            nodes,
            objects: of_scenario(scenario),
            waiting: Vec::new(),
            left_out: Vec::new(),
            unknown_nodes: BTreeMap::new(),
        };
        let ready = match listed.iter().any(|pod| pod.node.is_some()) {
            true => standing.take_in(scenario, listed),
            false => standing.place_all(scenario, seed),
        };
        standing.set_budgets(scenario, &ready);
        standing
    }

    /// Puts every listed pod where it is. Returns of each workload how many pods have a node and how many there are.
    fn take_in(&mut self, scenario: &Scenario, listed: &[ListedPod]) -> Vec<(u32, u32)> {
        let classes: Vec<Arc<PodTemplate>> = scenario.workloads.iter().map(unbound).collect();
        let workload_names: Vec<Arc<str>> = scenario.workloads.iter().map(name_of).collect();
        let by_name: BTreeMap<&str, usize> = (scenario.workloads.iter().enumerate())
            .map(|(index, workload)| (workload.name.as_str(), index))
            .collect();
        let places: BTreeMap<String, usize> = (self.nodes.iter().enumerate())
            .map(|(place, node)| (node.facts.name.clone(), place))
            .collect();
        let mut counts = vec![(0, 0); scenario.workloads.len()];
        for pod in listed {
            let full = format!("{}/{}", pod.namespace, pod.name);
            let workload = pod.workload.as_deref().and_then(|workload| by_name.get(workload));
            let Some(&workload) = workload else {
                self.left_out.push(full);
                continue;
            };
            let class = &classes[workload];
            counts[workload].1 += 1;
            let name = PodName {
                full,
                workload: workload_names[workload].clone(),
            };
            match &pod.node {
                None => self.waiting.push(WaitingPod {
                    class: class.clone(),
                    name,
                }),
                Some(node) => match places.get(node) {
                    Some(&place) => {
                        counts[workload].0 += 1;
                        self.add(place, class, given(&pod.devices, class.gpus()), name);
                    }
                    None => {
                        self.unknown_nodes.entry(node.clone()).or_insert(name.full);
                    }
                },
            }
        }
        counts
    }

    /// Places the pods of every workload in their order, DaemonSets' first, one on each node that takes it.
    fn place_all(&mut self, scenario: &Scenario, seed: u64) -> Vec<(u32, u32)> {
        let mut placer = scenario.placement.policy.clone();
        let mut stream = StreamKey::new(seed, 0).stream("placement");
        let mut counts = vec![(0, 0); scenario.workloads.len()];
        let mut order: Vec<usize> = (0..scenario.workloads.len()).collect();
        order.sort_by_key(|&index| scenario.workloads[index].template.owner != Owner::DaemonSet);
        for index in order {
            let workload = &scenario.workloads[index];
            let class = &workload.template;
            let own = name_of(workload);
            let name = |ordinal: usize| PodName {
                full: format!("{}/{}-{ordinal}", class.namespace, workload.name),
                workload: own.clone(),
            };
            if class.owner == Owner::DaemonSet {
                for place in 0..self.nodes.len() {
                    if placer.accepts(self, place, &Incoming::any_of(class, Time::ZERO)) {
                        self.add(place, class, Taken::NONE, name(place));
                        counts[index] = (counts[index].0 + 1, counts[index].1 + 1);
                    }
                }
                continue;
            }
            for ordinal in 0..workload.replicas as usize {
                counts[index].1 += 1;
                let incoming = Incoming::any_of(class, Time::ZERO);
                match placer.place(self, &incoming, &mut stream) {
                    Placement::Bind { place, devices, .. } => {
                        counts[index].0 += 1;
                        self.add(place, class, devices, name(ordinal));
                    }
                    Placement::Wait(_) => self.waiting.push(WaitingPod {
                        class: class.clone(),
                        name: name(ordinal),
                    }),
                }
            }
        }
        counts
    }

    /// Adds a pod to a node, where it gets `devices`; none: those the node hands out. Returns its ticket there.
    pub fn add(&mut self, place: usize, class: &Arc<PodTemplate>, devices: Taken, name: PodName) -> u64 {
        let pod = BoundPod {
            class: class.clone(),
            id: None,
            started: Time::ZERO,
            terminating: None,
            devices,
        };
        let ticket = self.nodes[place].bind(pod);
        self.names[place].insert(ticket, name);
        ticket
    }

    /// A pod is evicted, and its replacement goes to the node at `to`, where it gets what devices that hands out. Returns its
    /// ticket there; `None` if there was no such pod.
    pub fn relocate(&mut self, from: usize, ticket: u64, to: usize) -> Option<u64> {
        let (pod, name) = self.evict(from, ticket)?;
        Some(self.add(to, &pod.class, Taken::NONE, name))
    }

    /// A pod is evicted. Returns it and which it was; `None` if there was no such pod.
    pub fn evict(&mut self, from: usize, ticket: u64) -> Option<(BoundPod, PodName)> {
        let pod = self.nodes[from].unbind(ticket)?;
        Some((pod, self.names[from].remove(&ticket)?))
    }

    /// What each budget allows, if every pod with a node is ready. A budget covers the pods of its workload.
    fn set_budgets(&mut self, scenario: &Scenario, counts: &[(u32, u32)]) {
        let with_budgets = scenario.workloads.iter().zip(counts);
        let with_budgets =
            with_budgets.filter_map(|(workload, counts)| Some((workload, workload.budget?, counts)));
        for (budget, (workload, rule, &(ready, all))) in self.objects.budgets.iter_mut().zip(with_budgets) {
            budget.disruptions_allowed = rule.disruptions_allowed(all, ready);
            if budget.selector.is_empty() {
                budget.selector = LabelSelector::of_labels(workload.template.labels.clone());
            }
        }
    }

    /// What a node is called.
    #[must_use]
    pub fn node_name(&self, place: usize) -> &str {
        &self.nodes[place].facts.name
    }

    /// What a pod on a node is called: namespace and name.
    #[must_use]
    pub fn pod_name(&self, place: usize, ticket: u64) -> &str {
        self.names[place]
            .get(&ticket)
            .map_or("", |name| name.full.as_str())
    }

    /// Every pod that could be on another node, those with a node first, and which it is.
    pub fn pods(&self) -> impl Iterator<Item = (&Arc<PodTemplate>, &PodName)> {
        let placed = self.nodes.iter().zip(&self.names).flat_map(|(node, names)| {
            let pods = node.pods.iter();
            let pods = pods.filter(|(_, pod)| !belongs_to_node(&pod.class));
            pods.filter_map(|(ticket, pod)| Some((&pod.class, names.get(&ticket)?)))
        });
        placed.chain(self.waiting.iter().map(|pod| (&pod.class, &pod.name)))
    }

    /// The same cluster with only those pods on it that end with their node.
    #[must_use]
    pub fn emptied(&self) -> Self {
        let mut empty = Self {
            nodes: self.nodes.iter().map(NodeView::without_pods).collect(),
            objects: self.objects.clone(),
            names: vec![BTreeMap::new(); self.nodes.len()],
            waiting: Vec::new(),
            left_out: Vec::new(),
            unknown_nodes: BTreeMap::new(),
        };
        for (place, node) in self.nodes.iter().enumerate() {
            for (ticket, pod) in node.pods.iter().filter(|(_, pod)| belongs_to_node(&pod.class)) {
                if let Some(name) = self.names[place].get(&ticket) {
                    empty.add(place, &pod.class, pod.devices, name.clone());
                }
            }
        }
        empty
    }

    /// How many nodes have a pod that does not end with its node.
    #[must_use]
    pub fn nodes_in_use(&self) -> usize {
        let in_use = |node: &&NodeView| {
            node.pods
                .classes()
                .iter()
                .any(|count| !belongs_to_node(&count.class))
        };
        self.nodes.iter().filter(in_use).count()
    }

    /// Every resource that a node has or a pod asks for, beside CPU, memory and places for pods.
    #[must_use]
    pub fn extended(&self) -> BTreeSet<String> {
        let nodes = self.nodes.iter().map(|node| &node.allocatable);
        let all = nodes.chain(self.pods().map(|(class, _)| class.requests()));
        all.flat_map(|resources| resources.extended_iter().map(|(name, _)| name.to_owned()))
            .collect()
    }
}

impl ClusterView for Standing {
    fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, place: usize) -> Option<&NodeView> {
        self.nodes.get(place)
    }

    fn objects(&self) -> &ApiObjects {
        &self.objects
    }
}

/// Whether a pod is on its node for the node's sake: a DaemonSet's, or the mirror of a static pod.
fn belongs_to_node(class: &PodTemplate) -> bool {
    class.owner == Owner::DaemonSet
}

/// The devices that a pod was given, if they are what it asks for; else its node hands some out.
fn given(devices: &[usize], gpus: GpuRequest) -> Taken {
    let told_apart = devices.iter().all(|&device| device < DEVICES_MAX);
    match told_apart && devices.len() == usize::from(gpus.count()) {
        true => Taken::of(devices.iter().copied(), gpus.milli()),
        false => Taken::NONE,
    }
}

fn name_of(workload: &Workload) -> Arc<str> {
    Arc::from(workload.name.as_str())
}

/// What the workload's pods are made from, free to go to any node: the node of a listed pod is where it was put.
fn unbound(workload: &Workload) -> Arc<PodTemplate> {
    if workload.template.rules.node_name.is_none() {
        return workload.template.clone();
    }
    let mut template = PodTemplate::clone(&workload.template);
    template.rules.node_name = None;
    Arc::new(template)
}
