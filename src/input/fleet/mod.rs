//! Fleets and the pods that come to them: CSV text → machines and pods.
//!
//! Knows: how published traces call their columns, and how to tell everything that is wrong with them at once, by row. Must
//! not know: who places the pods.
//!
//! Columns are found by their names in the header, in any order; others are left alone. Files may be gzip.

mod fit;
mod lifetimes;
mod names;
mod nodes;
mod numa;
mod pods;
mod published;
mod quotas;
mod sizes;
mod table;
#[cfg(test)]
mod tests;

pub use names::{MachineNames, RoleNames};
pub use numa::{has_numa_cells, read_numa};
pub use published::{Published, PublishedPoint, read_published};
pub use quotas::read_quotas;

use super::{Diagnostics, Sources};
use crate::model::fleet::{FleetNode, FleetPod};
use crate::model::gpu::ModelNames;
use crate::sim::packing::dynamic::DynamicPod;
use std::path::Path;

/// Longest file, in bytes when unpacked.
const BYTES_MAX: usize = 256 << 20;
/// Most rows of one file.
const ROWS_MAX: usize = 2_000_000;

/// Where the machines of pods that come and go are from.
#[derive(Clone, Copy, Debug)]
pub enum Machines<'a> {
    /// A file.
    File(&'a Path),
    /// So many that are alike of each, and what they are told apart by; no memory of any: memory limits nothing.
    Alike(&'a [(FleetNode, usize)], &'a MachineNames),
}

/// A fleet and the pods that come to it and go.
#[derive(Clone, Debug)]
pub struct LifetimeFiles {
    /// The machines, in the order of their file.
    pub nodes: Vec<FleetNode>,
    /// The pods, in the order of theirs.
    pub pods: Vec<DynamicPod>,
    /// The names of the virtual clusters that the pods are of.
    pub clusters: Vec<String>,
    /// Whether the machines' memory is known; if not, memory limits nothing.
    pub memory_known: bool,
}

/// Reads pods with the times at which they come and go; says in `diagnostics` whatever is wrong with any file.
pub fn read_lifetimes(
    machines: Machines<'_>,
    pods: &Path,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<LifetimeFiles> {
    let node_text = match machines {
        Machines::File(path) => table::load(path, sources, diagnostics),
        Machines::Alike(..) => None,
    };
    let pod_text = table::load(pods, sources, diagnostics);
    let sources = &*sources;
    let read_nodes = match machines {
        Machines::File(_) => node_text
            .and_then(|id| nodes::read(id, sources, diagnostics))
            .map(|nodes| (nodes.nodes, nodes.names, nodes.memory_known)),
        Machines::Alike(kinds, names) => {
            let nodes = kinds
                .iter()
                .flat_map(|(node, count)| std::iter::repeat_n(node, *count));
            let memory_known = kinds.iter().any(|(node, _)| node.memory_mib > 0);
            Some((nodes.cloned().collect(), names.clone(), memory_known))
        }
    };
    let names = read_nodes.as_ref().map(|(_, names, _)| names);
    let read_pods = pod_text.and_then(|id| lifetimes::read(id, names, sources, diagnostics));
    let ((nodes, _, memory_known), mut read) = (read_nodes?, read_pods?);
    if !memory_known {
        for pod in &mut read.pods {
            pod.request.memory_mib = 0;
        }
    }
    Some(LifetimeFiles {
        nodes,
        pods: read.pods,
        clusters: read.clusters,
        memory_known,
    })
}

/// A fleet and the pods that come to it.
#[derive(Clone, Debug)]
pub struct FleetFiles {
    /// The machines, in the order of their file.
    pub nodes: Vec<FleetNode>,
    /// The pods, in the order of theirs.
    pub pods: Vec<FleetPod>,
    /// The models of the machines' GPUs.
    pub models: ModelNames,
    /// Whether both files are in the format of Alibaba's `openb` trace (cluster-trace-gpu-v2023).
    pub is_openb: bool,
    /// Whether the machines' memory is known; if not, memory limits nothing.
    pub memory_known: bool,
}

/// Reads both files, and whether each pod fits any machine; says in `diagnostics` whatever is wrong with either.
pub fn read(
    nodes: &Path,
    pods: &Path,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<FleetFiles> {
    let node_text = table::load(nodes, sources, diagnostics);
    let pod_text = table::load(pods, sources, diagnostics);
    let sources = &*sources;
    let mut read_nodes = node_text.and_then(|id| nodes::read(id, sources, diagnostics));
    let mut models = read_nodes
        .as_mut()
        .map(|nodes| std::mem::take(&mut nodes.names.models));
    let read_pods = pod_text.and_then(|id| pods::read(id, models.as_ref(), sources, diagnostics));
    let (nodes, mut pods) = (read_nodes?, read_pods?);
    if !nodes.memory_known {
        for pod in &mut pods.pods {
            pod.request.memory_mib = 0;
        }
    }
    // Who is said to be too large for the machines that could be read may fit one that could not.
    if nodes.is_whole {
        fit::check(&nodes.nodes, &pods, diagnostics);
    }
    Some(FleetFiles {
        nodes: nodes.nodes,
        pods: pods.pods,
        models: models.take()?,
        is_openb: nodes.is_openb && pods.is_openb,
        memory_known: nodes.memory_known,
    })
}
