//! What holds in every cluster, whatever was decided: each law that is broken, as a sentence.

use super::node::Node;
use super::node_sizes::NodeSizes;
use super::pod::{Pod, PodPhase};
use super::state::{Cluster, PhaseCounts};
use super::view::ClusterView;
use crate::model::gpu::{MILLI, Taken};
use crate::model::labels::untolerated;
use crate::model::placement_rules::ZONE_LABEL;
use crate::model::resources::Resources;
use crate::model::volume::has_too_many;

impl Cluster {
    /// Broken laws of conservation, as sentences; empty if all hold.
    #[must_use]
    pub fn broken_laws(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut counted = PhaseCounts::default();
        for (id, node) in self.nodes() {
            *counted.of(node.phase) += 1;
            let mut reserved = Resources::default();
            for pod in node.pods.iter().filter_map(|&pod| self.pod(pod)) {
                if pod.node != Some(id) {
                    broken.push(format!("{} counts a pod that is bound elsewhere", node.name()));
                }
                reserved.add(pod.class.requests());
                if let Some(why) = not_allowed(node, pod) {
                    broken.push(format!(
                        "{} has pod {} of workload {}, {why}",
                        node.name(),
                        pod.ordinal,
                        pod.workload
                    ));
                }
            }
            if has_too_many(&self.objects().volumes, &node.view) {
                broken.push(format!("{} has more volumes than it attaches", node.name()));
            }
            if !reserved.fits_in(&node.view.allocatable) {
                broken.push(format!("{} is reserved over its allocatable", node.name()));
            }
            broken.extend(devices_off(node));
            let mut sum = reserved;
            sum.add(&node.view.free);
            if sum.cpu_milli != node.view.allocatable.cpu_milli
                || sum.memory_bytes != node.view.allocatable.memory_bytes
            {
                broken.push(format!(
                    "{}: reserved and free do not add up to allocatable",
                    node.name()
                ));
            }
        }
        let zone_of = |name: &str| {
            let mut nodes = self.nodes().map(|(_, node)| node);
            let node = nodes.find(|node| node.name() == name)?;
            node.view.label(ZONE_LABEL).map(str::to_owned)
        };
        broken.extend(self.objects().volumes.broken_laws(zone_of));
        if counted != self.node_phases() {
            broken.push(format!(
                "nodes are {counted:?} but counted as {:?}",
                self.node_phases()
            ));
        }
        if *self.node_sizes() != NodeSizes::of(self) {
            broken.push("the sizes of nodes are not those that are known".to_owned());
        }
        for (_, pod) in self
            .pods()
            .filter(|(_, pod)| pod.node.is_none() && pod.phase != PodPhase::Pending)
        {
            broken.push(format!(
                "pod {} of workload {} has no node but is {:?}",
                pod.ordinal, pod.workload, pod.phase
            ));
        }
        broken
    }
}

/// How the GPUs of `node` are at odds with those its pods have, if they are.
fn devices_off(node: &Node) -> Option<String> {
    let devices = node.view.devices()?;
    let mut idle = vec![i64::from(MILLI); devices.idle().len()];
    for (_, pod) in node.view.pods.iter() {
        if pod.devices == Taken::NONE && !pod.class.gpus().is_none() {
            return Some(format!("{} has a pod without the GPU it asks for", node.name()));
        }
        let milli = i64::from(pod.devices.milli());
        pod.devices.devices().for_each(|device| idle[device] -= milli);
    }
    let counted = devices.idle().iter().map(|&idle| i64::from(idle));
    let is_off = idle.iter().any(|&idle| idle < 0) || !counted.eq(idle.iter().copied());
    is_off.then(|| format!("{}: its GPUs are not what its pods leave of them", node.name()))
}

/// Why `pod` should not be on `node`, if it should not.
fn not_allowed(node: &Node, pod: &Pod) -> Option<&'static str> {
    let facts = &node.view.facts;
    if untolerated(&facts.taints, &pod.class.tolerations).is_some() {
        return Some("which does not tolerate its taints");
    }
    let selects = pod.class.selects(&facts.name, &facts.labels);
    (!selects).then_some("which does not select it")
}
