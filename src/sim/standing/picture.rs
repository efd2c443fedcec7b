//! What a cluster looks like: its nodes, and the share of each that each of its pods takes.
//!
//! Knows: names and shares, as plain data for whoever draws them. Must not know: colours.

use super::{Standing, belongs_to_node};
use crate::model::cluster::{BoundPod, NodeView};
use crate::model::gpu::{MILLI, is_gpu};

/// A pod on a node.
#[derive(Clone, Debug, PartialEq)]
pub struct PicturedPod {
    /// Namespace and name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its workload.
    pub workload: String,
    /// Whether it is there for the node's sake and ends with it.
    pub ends_with_node: bool,
    /// What it reserves of the node, 0 to 1, one a dimension.
    pub shares: Vec<f64>,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct PicturedNode {
    /// What it is called.
    pub name: String,
    /// Its pods, in the order in which they came.
    pub pods: Vec<PicturedPod>,
}

impl PicturedNode {
    /// Pods that do not end with the node.
    #[must_use]
    pub fn own_pods(&self) -> usize {
        self.pods.iter().filter(|pod| !pod.ends_with_node).count()
    }

    /// What is reserved of it in one dimension: 1 is all.
    #[must_use]
    pub fn used(&self, dimension: usize) -> f64 {
        let shares = self.pods.iter().filter_map(|pod| pod.shares.get(dimension));
        // The sum of nothing would be -0.
        shares.fold(0.0, |sum, share| sum + share)
    }
}

/// A cluster at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// What shares are of: `cpu`, `memory`, `gpu`, `pods`, …
    pub dimensions: Vec<String>,
    /// Its nodes, in their order.
    pub nodes: Vec<PicturedNode>,
}

impl Standing {
    /// What it looks like.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let extended = self.extended();
        let mut dimensions = vec!["cpu".to_owned(), "memory".to_owned()];
        if extended.iter().any(|name| is_gpu(name)) {
            dimensions.push("gpu".to_owned());
        }
        dimensions.extend(["pods", "ephemeral-storage"].map(str::to_owned));
        dimensions.extend(extended.into_iter().filter(|name| !is_gpu(name)));
        let nodes = self.nodes.iter().zip(&self.names).map(|(node, names)| {
            let pods = node.pods.iter().filter_map(|(ticket, pod)| {
                let name = names.get(&ticket)?;
                Some(PicturedPod {
                    name: name.full.clone(),
                    namespace: pod.class.namespace.clone(),
                    workload: name.workload.to_string(),
                    ends_with_node: belongs_to_node(&pod.class),
                    shares: dimensions
                        .iter()
                        .map(|dimension| share(pod, node, dimension))
                        .collect(),
                })
            });
            PicturedNode {
                name: node.facts.name.clone(),
                pods: pods.collect(),
            }
        });
        Picture {
            nodes: nodes.collect(),
            dimensions,
        }
    }
}

fn share(pod: &BoundPod, node: &NodeView, dimension: &str) -> f64 {
    let (asked, all) = (pod.class.requests(), &node.allocatable);
    let (part, whole) = match dimension {
        "cpu" => (asked.cpu_milli, all.cpu_milli),
        "memory" => (asked.memory_bytes, all.memory_bytes),
        "pods" => (asked.pods, all.pods),
        "ephemeral-storage" => (asked.ephemeral_bytes, all.ephemeral_bytes),
        "gpu" => {
            let devices = all.extended_iter().filter(|(name, _)| is_gpu(name));
            let devices: u64 = devices.map(|(_, count)| count).sum();
            let whole = devices.saturating_mul(u64::from(MILLI));
            (pod.class.gpus().total_milli(), whole)
        }
        other => (asked.extended(other), all.extended(other)),
    };
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
