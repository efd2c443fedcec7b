//! Which machines?
//!
//! A node scaler sees the pools, the nodes and the pods that wait for one; it asks its what-ifs through the very
//! placer that will place the pods, on an overlay of the cluster.

pub mod cluster_autoscaler;
mod just_enough;
mod static_nodes;

pub use just_enough::JustEnough;
pub use static_nodes::StaticNodes;

use crate::engine::{Span, Stream, Time};
use crate::model::cluster::{ClusterView, NodeView, PodId};
use crate::model::pod_template::PodTemplate;
use crate::model::pool::PoolSpec;
use crate::policy::placement::Placer;
use crate::policy::reason::Reason;
use std::fmt;
use std::sync::Arc;

/// A pool and how many nodes it has, booting and draining ones included.
#[derive(Clone, Copy, Debug)]
pub struct PoolView<'a> {
    /// What the pool is.
    pub spec: &'a PoolSpec,
    /// Nodes it has.
    pub nodes: u32,
    /// What a new node of it would look like.
    pub fresh: &'a NodeView,
}

/// Pods of one template, and with volumes in the same places, that wait for a node.
#[derive(Clone, Copy, Debug)]
pub struct PendingPods<'a> {
    /// Their template.
    pub template: &'a Arc<PodTemplate>,
    /// How many.
    pub count: u32,
    /// One of them, where their volumes tell them from others of their template.
    pub like: Option<PodId>,
}

/// A ready node without pods.
#[derive(Clone, Copy, Debug)]
pub struct EmptyNode {
    /// Its position in the cluster view.
    pub place: usize,
    /// Its pool.
    pub pool: usize,
    /// Since when it is empty.
    pub since: Time,
}

/// What a node scaler may know.
pub struct NodeScalingView<'a> {
    /// Now.
    pub now: Time,
    /// Every pool.
    pub pools: &'a [PoolView<'a>],
    /// Every node.
    pub cluster: &'a dyn ClusterView,
    /// Pods that wait for a node, oldest first, grouped by template.
    pub pending: &'a [PendingPods<'a>],
    /// Ready nodes without pods, in order of launch.
    pub empty: &'a [EmptyNode],
    /// The placer that will place the pods.
    pub placer: &'a dyn Placer,
}

/// What a node scaler asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeDecision {
    /// Launch nodes of a pool.
    Launch {
        /// The pool's index.
        pool: usize,
        /// How many.
        count: u32,
        /// In which of the pool's zones; without it, zones take turns.
        zone: Option<usize>,
        /// Why.
        reason: Reason,
    },
    /// Remove a node; its pods, if any, are asked to stop first.
    Remove {
        /// Its position in the cluster view.
        place: usize,
        /// Why.
        reason: Reason,
    },
}

/// When a node scaler wants to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeScalerClock {
    /// Never.
    Never,
    /// Again and again.
    Every(Span),
    /// When pods wait for a node or a node has become empty, and when it says so itself.
    OnChange,
}

/// A node-scaling policy.
pub trait NodeScaler: Send + Sync + fmt::Debug {
    /// When it wants to run.
    fn clock(&self) -> NodeScalerClock;

    /// What to launch and remove; and when to look again at the latest, if not woken before.
    fn decide(
        &mut self,
        view: &NodeScalingView<'_>,
        stream: &mut Stream,
    ) -> (Vec<NodeDecision>, Option<Time>);

    /// A copy with the same private memory.
    fn clone_box(&self) -> Box<dyn NodeScaler>;
}

impl<P: NodeScaler + 'static> From<P> for Box<dyn NodeScaler> {
    fn from(policy: P) -> Self {
        Box::new(policy)
    }
}

impl Clone for Box<dyn NodeScaler> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
