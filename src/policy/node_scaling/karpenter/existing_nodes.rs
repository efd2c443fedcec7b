//! Nodes that are there, or on their way, as the planner fills them: initialised ones first, then by name, each pod to the
//! first that takes it (`scheduling/existingnode.go`).

use super::attachments::{NodeVolumes, VolumeDrivers};
use super::free_tree::{Amounts, FreeTree};
use super::pod_class::{ClassId, PodClass, PodClasses};
use super::requirements::{Requirements, Undefined};
use crate::model::labels::{Labels, Taint};
use crate::model::placement_rules::{HOSTNAME_LABEL, HostPort};
use crate::model::resources::Resources;
use std::sync::Arc;

/// Nodes that differ in nothing a pod asks about but their name and what is free.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeKind {
    /// Their labels but the hostname.
    pub requirements: Requirements,
    /// Their taints.
    pub taints: Vec<Taint>,
}

impl NodeKind {
    /// Nodes with these labels and taints.
    #[must_use]
    pub fn new(labels: &Labels, taints: Vec<Taint>) -> Self {
        let mut labels = labels.clone();
        labels.remove(HOSTNAME_LABEL);
        Self {
            requirements: Requirements::of_labels(&labels),
            taints,
        }
    }
}

/// A node that is there or on its way.
#[derive(Clone, Debug)]
pub struct ExistingNode {
    /// By this the caller knows it.
    pub place: usize,
    /// Its name.
    pub name: Arc<str>,
    /// Its hostname label.
    pub hostname: Arc<str>,
    /// What it looks like: an index into the kinds.
    pub kind: usize,
    /// Whether it is up and takes pods.
    pub initialized: bool,
    /// Its NodePool, if it is of one, and what it has: limits are charged with that.
    pub charged: Option<(usize, Resources)>,
    /// What is free, less what DaemonSets will still take.
    pub free: Resources,
    /// Ports of it that are taken.
    pub ports: Vec<HostPort>,
    /// Its pods, by class.
    pub pods: Vec<(ClassId, u32)>,
    /// The volumes it has attached, if it may attach only so many.
    pub volumes: Option<Box<NodeVolumes>>,
}

/// What was done to a node, to be undone.
#[derive(Debug)]
enum Undo {
    /// It was there.
    Present(usize),
    /// So much was free, so many ports were taken, and these volumes were attached.
    Free(usize, Resources, usize, Option<Box<NodeVolumes>>),
}

/// Every node, in the order in which they are tried.
#[derive(Debug, Default)]
pub struct ExistingNodes {
    kinds: Vec<NodeKind>,
    nodes: Vec<ExistingNode>,
    present: Vec<bool>,
    tree: FreeTree,
    /// By class and kind: whether labels and taints let the class in; `None` if that was not asked yet.
    verdicts: Vec<Vec<Option<bool>>>,
    /// By class: no node before this one has room, whatever is taken out or put on them.
    first: Vec<Option<usize>>,
    /// The same, with what is taken out and put on them now.
    first_now: Vec<Option<usize>>,
    journal: Vec<Undo>,
    drivers: VolumeDrivers,
}

impl ExistingNodes {
    /// These nodes, of these kinds.
    #[must_use]
    pub fn new(kinds: Vec<NodeKind>, mut nodes: Vec<ExistingNode>) -> Self {
        nodes.sort_by(|one, other| {
            let by_state = other.initialized.cmp(&one.initialized);
            by_state.then_with(|| one.name.cmp(&other.name))
        });
        let free: Vec<Amounts> = nodes.iter().map(|node| amounts(&node.free)).collect();
        Self {
            present: vec![true; nodes.len()],
            tree: FreeTree::new(&free),
            kinds,
            nodes,
            ..Self::default()
        }
    }

    /// The same, with these drivers of volumes.
    #[must_use]
    pub fn with_drivers(mut self, drivers: VolumeDrivers) -> Self {
        self.drivers = drivers;
        self
    }

    /// Nodes in the order in which they are tried, also those that are taken out.
    #[must_use]
    pub fn all(&self) -> &[ExistingNode] {
        &self.nodes
    }

    /// What a node looks like.
    #[must_use]
    pub fn kind(&self, index: usize) -> &NodeKind {
        &self.kinds[self.nodes[index].kind]
    }

    /// Every kind there is.
    #[must_use]
    pub fn kinds(&self) -> &[NodeKind] {
        &self.kinds
    }

    /// Whether a node has not been taken out.
    #[must_use]
    pub fn is_present(&self, index: usize) -> bool {
        self.present[index]
    }

    /// Takes a node out.
    pub fn take_out(&mut self, index: usize) {
        if std::mem::replace(&mut self.present[index], false) {
            self.tree.set(index, [0; 3]);
            self.journal.push(Undo::Present(index));
        }
    }

    /// The first node from `from` on whose labels, taints, ports and room let in a pod of class `id`.
    pub fn first_from(&mut self, from: usize, id: ClassId, classes: &PodClasses) -> Option<usize> {
        if self.first.len() <= id {
            self.first.resize(id + 1, None);
            self.first_now.resize(id + 1, None);
        }
        // Room only ever becomes less until everything is undone: who has none now is not asked again.
        let known = self.first_now[id].or(self.first[id]).unwrap_or(0);
        if from > known {
            return self.search(from, id, classes);
        }
        let found = self.search(known, id, classes);
        let first = found.unwrap_or(self.nodes.len());
        if self.journal.is_empty() {
            self.first[id] = Some(first);
        } else {
            self.first_now[id] = Some(first);
        }
        found
    }

    fn search(&mut self, mut from: usize, id: ClassId, classes: &PodClasses) -> Option<usize> {
        let class = classes.get(id);
        let requests = class.template.requests();
        let asked = amounts(requests);
        loop {
            let index = self.tree.first_from(from, &asked)?;
            if index >= self.nodes.len() {
                return None;
            }
            if self.present[index]
                && self.lets_in(index, id, class)
                && requests.fits_in(&self.nodes[index].free)
                && self.attaches(index, class)
            {
                return Some(index);
            }
            from = index + 1;
        }
    }

    /// Finds the first node for a class with nothing taken out, so that every what-if after it begins there.
    pub fn prepare(&mut self, id: ClassId, classes: &PodClasses) {
        if self.journal.is_empty() && self.first.get(id).copied().flatten().is_none() {
            self.first_from(0, id, classes);
        }
    }

    /// Puts a pod on a node.
    pub fn add(&mut self, index: usize, class: &PodClass) {
        let node = &mut self.nodes[index];
        self.journal.push(Undo::Free(
            index,
            node.free.clone(),
            node.ports.len(),
            node.volumes.clone(),
        ));
        if let Some(volumes) = &mut node.volumes {
            volumes.add(&class.template, &self.drivers);
        }
        node.free.subtract(class.template.requests());
        node.ports.extend(class.template.rules.host_ports.iter().cloned());
        self.tree.set(index, amounts(&node.free));
    }

    /// Undoes everything since the last time.
    pub fn restore(&mut self) {
        if !self.journal.is_empty() {
            self.first_now.fill(None);
        }
        while let Some(undo) = self.journal.pop() {
            let index = match undo {
                Undo::Present(index) => {
                    self.present[index] = true;
                    index
                }
                Undo::Free(index, free, ports, volumes) => {
                    let node = &mut self.nodes[index];
                    (node.free, node.volumes) = (free, volumes);
                    node.ports.truncate(ports);
                    index
                }
            };
            if self.present[index] {
                self.tree.set(index, amounts(&self.nodes[index].free));
            }
        }
    }

    fn attaches(&self, index: usize, class: &PodClass) -> bool {
        let volumes = self.nodes[index].volumes.as_ref();
        volumes.is_none_or(|volumes| volumes.take(&class.template, &self.drivers))
    }

    fn lets_in(&mut self, index: usize, id: ClassId, class: &PodClass) -> bool {
        let node = &self.nodes[index];
        let kind = node.kind;
        if self.verdicts.len() <= id {
            self.verdicts.resize(id + 1, Vec::new());
        }
        let verdicts = &mut self.verdicts[id];
        if verdicts.is_empty() {
            verdicts.resize(self.kinds.len(), None);
        }
        let verdict = *verdicts[kind].get_or_insert_with(|| takes(&self.kinds[kind], class));
        verdict
            && class.requirements.allow(HOSTNAME_LABEL, &node.hostname)
            && !conflicts(&node.ports, &class.template.rules.host_ports)
    }
}

/// Whether nodes of a kind let in a class, by taints and labels other than the hostname.
fn takes(kind: &NodeKind, class: &PodClass) -> bool {
    let asked = |requirements: &Requirements| {
        requirements
            .iter()
            .filter(|(key, _)| ***key != *HOSTNAME_LABEL)
            .all(|(key, allowed)| {
                let mut one = Requirements::default();
                one.narrow(key, allowed);
                kind.requirements.conflict(&one, Undefined::Denied).is_none()
            })
    };
    class.tolerates(&kind.taints)
        && asked(&class.requirements)
        && (class.volumes.is_empty() || class.volumes.iter().any(asked))
}

/// Whether a pod that takes `asked` cannot go where `taken` are.
#[must_use]
pub fn conflicts(taken: &[HostPort], asked: &[HostPort]) -> bool {
    asked
        .iter()
        .any(|port| taken.iter().any(|own| own.conflicts(port)))
}

fn amounts(resources: &Resources) -> Amounts {
    [resources.cpu_milli, resources.memory_bytes, resources.pods]
}
