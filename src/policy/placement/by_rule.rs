//! Placement by a rule: the nodes of a cluster with room for a pod, as its rule sees them.

use super::filter::{Rejections, alike, feasible};
use super::rule::{Bin, Bins, Gpus, Hosts, Need, Rule};
use super::{Incoming, Placement, Placer};
use crate::engine::Stream;
use crate::model::cluster::{ClusterView, NodeSizes, NodeView};
use crate::model::gpu::{MILLI, is_gpu};
use crate::model::resources::Resources;
use crate::policy::reason::ReasonKind;

/// A rule that is a placement policy: of the nodes of a cluster that may take a pod, it chooses.
pub trait Ruled: Rule + Clone + 'static {
    /// Why the node that it chooses.
    const REASON: &'static ReasonKind;
}

impl<R: Ruled> Placer for R {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, stream: &mut Stream) -> Placement {
        place(self, view, pod, stream, R::REASON)
    }

    fn rule(&self) -> Option<Box<dyn Rule>> {
        Some(self.clone_rule())
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(self.clone())
    }
}

/// Finds a node for a pod by `rule`, for this `reason`.
fn place(
    rule: &mut dyn Rule,
    view: &dyn ClusterView,
    pod: &Incoming<'_>,
    stream: &mut Stream,
    reason: &'static ReasonKind,
) -> Placement {
    let node_sizes = view.node_sizes();
    let names = names(&node_sizes);
    let mut sizes = Vec::new();
    fill(&mut sizes, &names, pod.class.requests(), whole);
    if let Some(place) = names.iter().position(|name| is_gpu(name)) {
        sizes[place] = pod.class.gpus().total_milli();
    }
    let need = Need {
        sizes: &sizes,
        gpus: pod.class.gpus(),
    };
    let mut nodes = Nodes::new(view, pod, &names, &node_sizes);
    let Some(place) = rule.choose(&mut nodes, &need, stream) else {
        // Which nodes refused is told of all of them, also of those a rule has not asked.
        return Placement::Wait(nodes.rejections().into());
    };
    let devices = nodes
        .with_room(place)
        .map(|bin| rule.devices(&bin, &need, stream))
        .unwrap_or_default();
    Placement::Bind {
        place,
        reason,
        devices,
    }
}

/// What the nodes have, by name: CPU, memory, then extended resources in order of name.
fn names(sizes: &NodeSizes) -> Vec<&str> {
    let mut extended: Vec<&str> = Vec::new();
    for size in sizes.iter() {
        for (name, _) in size.extended_iter() {
            if let Err(place) = extended.binary_search(&name) {
                extended.insert(place, name);
            }
        }
    }
    ["cpu", "memory"].into_iter().chain(extended).collect()
}

/// Puts `resources` into `amounts` in the order of `names`; GPUs as `gpus` counts them.
fn fill(amounts: &mut Vec<u64>, names: &[&str], resources: &Resources, gpus: impl Fn(&str, u64) -> u64) {
    let extended = names[2..].iter().map(|name| {
        let count = resources.extended(name);
        if is_gpu(name) { gpus(name, count) } else { count }
    });
    amounts.clear();
    amounts.extend([resources.cpu_milli, resources.memory_bytes]);
    amounts.extend(extended);
}

/// So many whole devices in thousandths.
const fn whole(_: &str, count: u64) -> u64 {
    count.saturating_mul(MILLI as u64)
}

/// The nodes of a cluster for one pod.
struct Nodes<'a> {
    view: &'a dyn ClusterView,
    pod: &'a Incoming<'a>,
    names: &'a [&'a str],
    largest: Vec<u64>,
    capacity: Vec<u64>,
    free: Vec<u64>,
}

impl<'a> Nodes<'a> {
    fn new(
        view: &'a dyn ClusterView,
        pod: &'a Incoming<'a>,
        names: &'a [&'a str],
        sizes: &NodeSizes,
    ) -> Self {
        let (mut largest, mut capacity) = (vec![0; names.len()], Vec::new());
        for size in sizes.iter() {
            fill(&mut capacity, names, size, whole);
            for (most, has) in largest.iter_mut().zip(&capacity) {
                *most = *has.max(most);
            }
        }
        Self {
            view,
            pod,
            names,
            largest,
            capacity,
            free: Vec::new(),
        }
    }

    /// The node at `place`, if it may take the pod.
    fn open(&self, place: usize) -> Option<&'a NodeView> {
        let node = self.view.node(place)?;
        let may = feasible(&self.view.objects().volumes, node, self.pod);
        may.ok().map(|()| node)
    }

    fn rejections(&self) -> Rejections {
        let mut rejections = Rejections::default();
        for node in (0..self.view.len()).filter_map(|place| self.view.node(place)) {
            if let Err(rejection) = feasible(&self.view.objects().volumes, node, self.pod) {
                rejections.add(rejection);
            }
        }
        rejections
    }
}

impl Bins for Nodes<'_> {
    fn count(&self) -> usize {
        self.view.len()
    }

    fn with_room(&mut self, place: usize) -> Option<Bin<'_>> {
        let node = self.open(place)?;
        fill(&mut self.capacity, self.names, &node.allocatable, whole);
        // A device that somebody has a share of is not idle as a whole, and yet not all taken.
        let devices = node.devices();
        fill(
            &mut self.free,
            self.names,
            &node.free,
            |name, count| match devices.filter(|devices| devices.resource() == name) {
                Some(devices) => devices.idle_milli(),
                None => whole(name, count),
            },
        );
        Some(Bin {
            names: self.names,
            capacity: &self.capacity,
            free: &self.free,
            largest: &self.largest,
            pods: u32::try_from(node.pods.len()).unwrap_or(u32::MAX),
            alike: alike(node, self.pod.class),
            gpus: Gpus {
                idle: devices.map_or(&[], |devices| devices.idle()),
                hosts: hosts(node),
            },
        })
    }

    fn has_room(&mut self, place: usize) -> bool {
        self.open(place).is_some()
    }

    fn name(&self, place: usize) -> &str {
        self.view.node(place).map_or("", |node| &node.facts.name)
    }
}

fn hosts(node: &NodeView) -> Hosts {
    let mut hosts = Hosts::default();
    let classes = node.pods.classes().iter();
    classes
        .filter_map(|count| count.class.gpus().class())
        .for_each(|class| hosts.add(class));
    hosts
}
