//! Which pods of a node that is to go must move, and which forbid it (`cluster-autoscaler/simulator/drainability/`).
//!
//! Knows: what a pod is and what its disruption budgets still allow. Must not know: whether there is room for it
//! elsewhere.

use super::utilization::Kind;
use crate::engine::Span;
use crate::model::labels::Labels;
use crate::model::placement_rules::DisruptionBudget;

/// The namespace of the system's pods.
const SYSTEM_NAMESPACE: &str = "kube-system";

/// A pod on a node that is to go.
#[derive(Clone, Copy, Debug)]
pub struct Tenant<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its labels.
    pub labels: &'a Labels,
    /// Who runs it.
    pub kind: Kind,
    /// Whether a controller would make it anew.
    pub replicated: bool,
    /// What the annotation `cluster-autoscaler.kubernetes.io/safe-to-evict` says, if it is there.
    pub safe_to_evict: Option<bool>,
    /// Whether it has a volume that is lost with the node.
    pub local_storage: bool,
    /// Whether it has run to its end.
    pub finished: bool,
    /// Whether it should have gone long ago.
    pub long_terminating: bool,
    /// How long ago it was created.
    pub age: Span,
}

/// What becomes of a pod when its node goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It needs no other place.
    Vanishes,
    /// It is evicted, and its controller makes another one on each other node anyway.
    EndsWithNode,
    /// It needs room elsewhere.
    Moves,
    /// The node may not go because of it.
    Blocks(Blocker),
}

/// Why a pod forbids that its node goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// No controller would make it anew.
    NotReplicated,
    /// It is a pod of the system without a disruption budget.
    UnmovableKubeSystemPod,
    /// Its annotation says that it is not safe to evict.
    NotSafeToEvictAnnotation,
    /// It would lose local storage.
    LocalStorageRequested,
    /// A disruption budget allows no more.
    NotEnoughPdb,
}

impl Blocker {
    /// Its name in Cluster Autoscaler.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotReplicated => "NotReplicated",
            Self::UnmovableKubeSystemPod => "UnmovableKubeSystemPod",
            Self::NotSafeToEvictAnnotation => "NotSafeToEvictAnnotation",
            Self::LocalStorageRequested => "LocalStorageRequested",
            Self::NotEnoughPdb => "NotEnoughPdb",
        }
    }
}

/// Which rules block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainRules {
    /// Whether pods of the system block (`skip-nodes-with-system-pods`).
    pub system_pods: bool,
    /// For how long from their creation on (`blocking-system-pod-distruption-timeout`).
    pub system_pods_for: Span,
    /// Whether local storage blocks (`skip-nodes-with-local-storage`).
    pub local_storage: bool,
}

impl Default for DrainRules {
    fn default() -> Self {
        Self {
            system_pods: true,
            system_pods_for: Span::from_secs(3600),
            local_storage: true,
        }
    }
}

impl DrainRules {
    /// What becomes of `pod`, of which `budgets` says what those that cover it still allow.
    #[must_use]
    pub fn fate(&self, pod: &Tenant<'_>, budgets: &RemainingBudgets, covering: &[usize]) -> Fate {
        // The order is that of `rules.Default`: the first rule that says something decides.
        if pod.kind == Kind::Mirror || pod.long_terminating {
            return Fate::Vanishes;
        }
        if pod.kind == Kind::Daemon {
            return Fate::EndsWithNode;
        }
        if pod.safe_to_evict == Some(true) {
            return Fate::Moves;
        }
        if pod.finished {
            return Fate::Vanishes;
        }
        let system = pod.namespace == SYSTEM_NAMESPACE && covering.is_empty();
        let blocker = if !pod.replicated {
            Blocker::NotReplicated
        } else if self.system_pods && system && pod.age < self.system_pods_for {
            Blocker::UnmovableKubeSystemPod
        } else if pod.safe_to_evict == Some(false) {
            Blocker::NotSafeToEvictAnnotation
        } else if self.local_storage && pod.local_storage {
            Blocker::LocalStorageRequested
        } else if covering.iter().any(|&budget| budgets.0[budget] < 1) {
            Blocker::NotEnoughPdb
        } else {
            return Fate::Moves;
        };
        Fate::Blocks(blocker)
    }
}

/// The budgets that cover pods in `namespace` with `labels`, by their places. Here an empty selector covers all pods.
#[must_use]
pub fn covering(budgets: &[DisruptionBudget], namespace: &str, labels: &Labels) -> Vec<usize> {
    let covers = |budget: &DisruptionBudget| budget.namespace == namespace && budget.selector.matches(labels);
    let places = budgets.iter().enumerate();
    places
        .filter(|(_, budget)| covers(budget))
        .map(|(place, _)| place)
        .collect()
}

/// How many pods each budget still allows to go, as nodes are taken away one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemainingBudgets(Vec<i32>);

impl RemainingBudgets {
    /// As the budgets say now.
    #[must_use]
    pub fn of(budgets: &[DisruptionBudget]) -> Self {
        Self(budgets.iter().map(|budget| budget.disruptions_allowed).collect())
    }

    /// A pod that these budgets cover goes.
    pub fn charge(&mut self, covering: &[usize]) {
        for &budget in covering {
            self.0[budget] = (self.0[budget] - 1).max(0);
        }
    }
}
