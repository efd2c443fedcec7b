//! The state of a cluster: nodes, pods, what is reserved where, and views on it for what-ifs.

#[cfg(test)]
pub(crate) mod fixed;
mod history;
mod laws;
mod node;
mod node_pods;
mod node_sizes;
mod objects;
mod overlay;
mod pod;
mod state;
mod view;

pub use history::{Change, History};
pub use node::{Node, NodeId, NodePhase};
pub use node_pods::{BoundPod, ClassCount, NodePods};
pub use node_sizes::NodeSizes;
pub use objects::{ApiObjects, Service};
pub use overlay::{Checkpoint, Overlay};
pub use pod::{ContainerState, Pod, PodId, PodPhase, RestartCounts};
pub use state::{Cluster, PhaseCounts};
pub use view::{ClusterView, NodeFacts, NodeView};
