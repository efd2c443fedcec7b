//! The state of a cluster: nodes, pods, what is reserved where, and views on it for what-ifs.

mod node;
mod overlay;
mod pod;
mod state;
mod view;

pub use node::{Node, NodeId, NodePhase};
pub use overlay::{Checkpoint, Overlay};
pub use pod::{ContainerState, Pod, PodId, PodPhase};
pub use state::Cluster;
pub use view::{ClusterView, NodeView};
