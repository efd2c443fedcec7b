//! What must leave a node so that it is free, and what forbids that.

use super::Stays;
use crate::engine::{Span, Time};
use crate::model::cluster::{BoundPod, ClusterView, NodeView};
use crate::model::placement_rules::DisruptionBudget;
use crate::policy::node_scaling::cluster_autoscaler::drain::{
    Blocker, DrainRules, Fate, RemainingBudgets, covering,
};
use crate::policy::node_scaling::cluster_autoscaler::occupants::tenant;

/// Labels of nodes that run the control plane.
const CONTROL_PLANE: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

/// The least priority of pods without which a cluster or a node does not work (`system-cluster-critical`); nobody who tidies
/// up evicts them.
const SYSTEM_CRITICAL: i32 = 2_000_000_000;

/// Why a pod may not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// As Cluster Autoscaler's rules of draining have it.
    By(Blocker),
    /// It is under several budgets: the Eviction API refuses that.
    SeveralBudgets,
    /// Its priority is that of the system's own pods.
    SystemCritical,
}

impl Held {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::By(blocker) => blocker.name(),
            Self::SeveralBudgets => "SeveralBudgets",
            Self::SystemCritical => "SystemCritical",
        }
    }

    /// What it means, after the pod's name.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::By(Blocker::NotReplicated) => "has no controller that would make it anew",
            Self::By(Blocker::UnmovableKubeSystemPod) => "is the system's and has no budget",
            Self::By(Blocker::NotSafeToEvictAnnotation) => "says that it is not safe to evict",
            Self::By(Blocker::LocalStorageRequested) => "would lose local storage",
            Self::By(Blocker::NotEnoughPdb) => "is under a disruption budget that allows none to go",
            Self::SeveralBudgets => "is under several disruption budgets, which the Eviction API refuses",
            Self::SystemCritical => "has the priority of the system's own pods",
        }
    }
}

/// A node that could be freed, and what must leave it.
#[derive(Clone, Debug)]
pub(super) struct Inmates {
    pub(super) place: usize,
    /// The pods that need another node, by ticket, the largest first.
    pub(super) moving: Vec<(u64, BoundPod)>,
    /// What they reserve of the node, the largest share of any resource.
    pub(super) used_millionths: u64,
}

/// What must leave the node at `place`, or why it stays; `None` if there is none or it does not take pods yet.
pub(super) fn inmates(view: &dyn ClusterView, place: usize, now: Time) -> Option<Result<Inmates, Stays>> {
    let node = view.node(place).filter(|node| node.open)?;
    if CONTROL_PLANE.iter().any(|label| node.label(label).is_some()) {
        return Some(Err(Stays::ControlPlane));
    }
    let budgets = &view.objects().budgets;
    let mut moving = Vec::new();
    for (ticket, pod) in node.pods.iter() {
        match fate(pod, budgets, now) {
            Ok(true) => moving.push((ticket, pod.clone())),
            Ok(false) => {}
            Err(why) => return Some(Err(Stays::Held { ticket, why })),
        }
    }
    moving.sort_by_key(|(ticket, pod)| (std::cmp::Reverse(share_of(pod, node)), *ticket));
    Some(Ok(Inmates {
        place,
        used_millionths: moving.iter().map(|(_, pod)| share_of(pod, node)).sum(),
        moving,
    }))
}

/// Whether the pod needs another node; else it ends with its own.
fn fate(pod: &BoundPod, budgets: &[DisruptionBudget], now: Time) -> Result<bool, Held> {
    // A plan for people is made at any time of a cluster's life: no pod is held because it is young.
    let rules = DrainRules {
        system_pods: false,
        system_pods_for: Span::ZERO,
        ..DrainRules::default()
    };
    let covering = covering(budgets, &pod.class.namespace, &pod.class.labels);
    let remaining = RemainingBudgets::of(budgets);
    match rules.fate(&tenant(pod, now), &remaining, &covering) {
        Fate::Vanishes | Fate::EndsWithNode => Ok(false),
        Fate::Blocks(blocker) => Err(Held::By(blocker)),
        Fate::Moves if pod.terminating.is_some() => Ok(false),
        Fate::Moves if pod.class.rules.priority >= SYSTEM_CRITICAL => Err(Held::SystemCritical),
        Fate::Moves if covering.len() > 1 => Err(Held::SeveralBudgets),
        // An annotation that allows eviction does not overrule the Eviction API.
        Fate::Moves
            if covering
                .iter()
                .any(|&budget| budgets[budget].disruptions_allowed < 1) =>
        {
            Err(Held::By(Blocker::NotEnoughPdb))
        }
        Fate::Moves => Ok(true),
    }
}

fn share_of(pod: &BoundPod, node: &NodeView) -> u64 {
    let shares = pod.class.requests().shares_of(&node.allocatable);
    (shares.fold(0.0, f64::max) * 1e6) as u64
}
