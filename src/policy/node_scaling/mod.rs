//! Which machines?
//!
//! A node scaler sees the pools, the nodes and the pods that wait for one; it asks its what-ifs through the very
//! placer that will place the pods, on an overlay of the cluster.

pub mod cluster_autoscaler;
pub mod consolidation;
mod just_enough;
pub mod karpenter;
mod no_scaler;
pub mod outlook;
mod static_nodes;

pub use just_enough::JustEnough;
pub use karpenter::Karpenter;
pub use no_scaler::NoScaler;
pub use static_nodes::StaticNodes;

use self::outlook::{Doubt, Outlook};
use crate::engine::{Span, Stream, Time};
use crate::model::cluster::{ClusterView, NodeId, NodePhase, NodeView, PodId};
use crate::model::labels::{Labels, Taint};
use crate::model::pod_template::PodTemplate;
use crate::model::pool::PoolSpec;
use crate::policy::placement::Placer;
use crate::policy::reason::Reason;
use std::fmt;
use std::sync::Arc;

/// A pool and how many nodes it has.
#[derive(Clone, Copy, Debug)]
pub struct PoolView<'a> {
    /// What the pool is.
    pub spec: &'a PoolSpec,
    /// Nodes it has, booting and draining ones included.
    pub nodes: u32,
    /// Those of them that are there to stay: all but the draining ones.
    pub staying: u32,
    /// What a new node of it would look like, in the zone whose turn it is.
    pub fresh: &'a NodeView,
}

/// Pods of one template, and with volumes in the same places, that wait for a node.
#[derive(Clone, Copy, Debug)]
pub struct PendingPods<'a> {
    /// Their workload's index: what owns them.
    pub workload: usize,
    /// Their template.
    pub template: &'a Arc<PodTemplate>,
    /// How many.
    pub count: u32,
    /// One of them, where their volumes tell them from others of their template.
    pub like: Option<PodId>,
    /// When the first of them was created.
    pub oldest: Time,
    /// When the last was.
    pub newest: Time,
}

/// What is known of a node beside what placement sees of it.
#[derive(Clone, Copy, Debug)]
pub struct NodeInfo {
    /// Which: the same from look to look, as its position is not.
    pub id: NodeId,
    /// Its position in the cluster view.
    pub place: usize,
    /// Its pool.
    pub pool: usize,
    /// The claim that asked for it, if one did.
    pub claim: Option<u64>,
    /// Where it is in its life.
    pub phase: NodePhase,
    /// When it was asked for.
    pub launched: Time,
    /// When it first took pods.
    pub ready: Option<Time>,
    /// Since when it is ready without any pod.
    pub empty_since: Option<Time>,
    /// When a pod last came to it or went from it.
    pub pods_changed: Time,
}

/// What happened to nodes since the last look.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeEvent {
    /// A node that was asked for did not come.
    LaunchFailed {
        /// Its pool.
        pool: usize,
        /// The zone it was to come to.
        zone: usize,
        /// The claim that asked for it, if one did.
        claim: Option<u64>,
        /// When that was known.
        at: Time,
        /// What the cloud said.
        why: LaunchFailure,
    },
    /// The provider has said that it takes a machine back.
    Interrupted {
        /// Which node.
        node: NodeId,
        /// When it said so.
        at: Time,
        /// When the machine goes.
        gone_at: Time,
    },
    /// A machine went, or stopped answering, though nobody asked for it.
    Lost {
        /// Which node; it may be gone.
        node: NodeId,
        /// Its pool.
        pool: usize,
        /// When that was known.
        at: Time,
    },
    /// A drain was given up; the node takes pods again.
    DrainFailed {
        /// Which node.
        node: NodeId,
        /// When it was given up.
        at: Time,
    },
}

/// Why a node does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchFailure {
    /// The pool has as many nodes as it may.
    AtMax,
    /// The pool has no such zone.
    NoSuchZone,
    /// The provider has no such machine there.
    OutOfStock,
    /// The provider's quota is used up.
    OverQuota,
    /// The machine did not come up.
    DidNotStart,
}

/// What a node scaler may know.
pub struct NodeScalingView<'a> {
    /// Now.
    pub now: Time,
    /// The civil date and time at the start of the run, for schedules.
    pub start: jiff::civil::DateTime,
    /// Every pool.
    pub pools: &'a [PoolView<'a>],
    /// Every node, and, brought up to date, the disruption budgets.
    pub cluster: &'a dyn ClusterView,
    /// What else is known of the nodes, in the order of their launch.
    pub nodes: &'a [NodeInfo],
    /// Pods that wait for a node, oldest first, grouped by template.
    pub pending: &'a [PendingPods<'a>],
    /// Templates of the DaemonSets: each has a pod on every node that takes it.
    pub daemons: &'a [&'a Arc<PodTemplate>],
    /// What happened to nodes since the last look, in the order it happened.
    pub events: &'a [NodeEvent],
    /// The placer that will place the pods.
    pub placer: &'a dyn Placer,
    /// What workloads and pods are called, for reasons.
    pub names: Option<&'a dyn Names>,
}

/// What workloads and pods are called.
pub trait Names {
    /// The workload's name, by its index.
    fn workload(&self, index: usize) -> Option<&str>;

    /// The pod's name.
    fn pod(&self, id: PodId) -> Option<String>;
}

impl NodeScalingView<'_> {
    /// What a workload is called; "a workload" where that is not known.
    #[must_use]
    pub fn workload_name(&self, index: usize) -> &str {
        let name = self.names.and_then(|names| names.workload(index));
        name.unwrap_or("a workload")
    }

    /// What a pod is called; "a pod" where that is not known.
    #[must_use]
    pub fn pod_name(&self, id: PodId) -> String {
        let name = self.names.and_then(|names| names.pod(id));
        name.unwrap_or_else(|| "a pod".to_owned())
    }

    /// Ready nodes without pods, in the order of their launch.
    pub fn empty(&self) -> impl DoubleEndedIterator<Item = (&NodeInfo, Time)> {
        let ready = self.nodes.iter().filter(|node| node.phase == NodePhase::Ready);
        ready.filter_map(|node| Some((node, node.empty_since?)))
    }
}

/// Where a node may come from: a pool, and one of its zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offering {
    /// The pool's index.
    pub pool: usize,
    /// The zone's index in the pool; zero without zones.
    pub zone: usize,
}

/// One node, from whichever of several offerings has it.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeClaim {
    /// By this the node scaler knows its node again.
    pub claim: u64,
    /// Offerings in the order in which they are tried; the first that has a node gives it.
    pub offerings: Vec<Offering>,
    /// Labels the node has beside its pool's.
    pub labels: Labels,
    /// Taints it has beside its pool's.
    pub taints: Vec<Taint>,
}

/// How a node is emptied before it goes: pods are evicted through the API, which disruption budgets may forbid; those of
/// DaemonSets stay to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainPlan {
    /// From closing the node to the first evictions.
    pub after: Span,
    /// Between attempts at evictions that were forbidden.
    pub retry_every: Span,
    /// How long attempts go on after the first; then the node takes pods again. `None` for as long as it takes.
    pub give_up_after: Option<Span>,
    /// The longest grace any pod gets; `None` for what each asks for.
    pub grace_max: Option<Span>,
    /// How long after the first evictions pods are stopped whatever their budgets say; `None` for never.
    pub force_after: Option<Span>,
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
    /// Launch one node, of whichever pool can.
    Claim {
        /// Which.
        claim: Box<NodeClaim>,
        /// Why.
        reason: Reason,
    },
    /// Close a node to all pods but those that tolerate that (`spec.unschedulable`), or open it again.
    Cordon {
        /// Its position in the cluster view.
        place: usize,
        /// Whether it is to be closed.
        closed: bool,
        /// Why.
        reason: Reason,
    },
    /// Empty a node politely, and remove it.
    Drain {
        /// Its position in the cluster view.
        place: usize,
        /// How.
        plan: DrainPlan,
        /// Why.
        reason: Reason,
    },
    /// Remove a node; its pods, if any, are asked to stop first, whatever their budgets say.
    Remove {
        /// Its position in the cluster view.
        place: usize,
        /// Why.
        reason: Reason,
    },
    /// Do nothing about something, and say why: a pod for which no node comes, a node that stays.
    Hold {
        /// What it is about: a node's name, a workload's, a pool's.
        subject: Arc<str>,
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
    /// When a node was lost or its launch failed.
    OnLoss,
    /// When pods wait for a node, a node has become empty or was lost, or its launch failed, and when it says so itself.
    OnChange,
}

/// A node-scaling policy.
pub trait NodeScaler: Send + Sync + fmt::Debug {
    /// When it wants to run.
    fn clock(&self) -> NodeScalerClock;

    /// How often it looks of its own accord, if it does; one that is poked may do so beside.
    fn period(&self) -> Option<Span> {
        match self.clock() {
            NodeScalerClock::Every(every) => Some(every),
            NodeScalerClock::Never | NodeScalerClock::OnLoss | NodeScalerClock::OnChange => None,
        }
    }

    /// Its first look of its own accord is at `first`. Without this, one that is poked draws it by chance within its period;
    /// one that is asked at every turn of its clock is first asked then.
    fn start_at(&mut self, first: Time) {
        let _ = first;
    }

    /// Whether it knows that several pods can share a GPU: the real autoscalers do not.
    fn knows_gpu_shares(&self) -> bool {
        true
    }

    /// What of a cluster it can tell before the run that it will not work as it is written.
    fn doubts(&self, outlook: &Outlook<'_>) -> Vec<Doubt> {
        let _ = outlook;
        Vec::new()
    }

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
