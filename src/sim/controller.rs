//! What makes the pods of a workload and makes them anew, beyond how many are wanted.

use crate::engine::{Span, Time};
use crate::model::placement_rules::Allowed;
use crate::model::pod_template::PodTemplate;
use crate::platform::kubernetes::fenceposts;
use crate::platform::kubernetes::rollout::Strategy;
use crate::platform::kubernetes::stateful_set::UpdateStrategy;
use crate::stats::Distribution;
use std::sync::Arc;

/// How the pods of a workload are made and replaced.
#[derive(Clone, Debug)]
pub struct Controller {
    /// Who makes them.
    pub kind: Kind,
    /// A pod is available when it has been ready for so long.
    pub min_ready: Span,
    /// A rollout that makes no progress for so long has failed, or is said to stall where the platform has no deadline; it
    /// goes on trying.
    pub progress_deadline: Span,
    /// Changes of the template, in the order of their times.
    pub rollouts: Vec<Rollout>,
}

/// Who makes the pods of a workload, and how those of one template give way to those of another.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A number of replicas that are alike: a Deployment, a ReplicaSet, or whatever else does not tell them apart.
    Alike(Strategy),
    /// A number of replicas that have numbers: a StatefulSet.
    Numbered(Numbered),
    /// A pod on every node that takes one: a DaemonSet.
    OnEveryNode(DaemonUpdate),
}

/// How the pods of a StatefulSet are made and replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    /// Whether pods come and go all at once, and not one after another.
    pub parallel: bool,
    /// How pods change template.
    pub update: UpdateStrategy,
    /// Pods that somebody deletes by hand, in the order of time.
    pub deletions: Vec<Deletion>,
}

/// Somebody deletes pods by hand, and their StatefulSet makes them anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// When.
    pub at: Time,
    /// The pods' numbers.
    pub ordinals: Vec<u32>,
}

/// How the pods of a DaemonSet change template.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DaemonUpdate {
    /// With their nodes.
    OnDelete,
    /// Node by node.
    RollingUpdate {
        /// How many nodes may have a new pod beside the old one.
        max_surge: Allowed,
        /// How many nodes may be without an available pod.
        max_unavailable: Allowed,
    },
}

/// From some time on pods are made from another template.
#[derive(Clone, Debug)]
pub struct Rollout {
    /// When.
    pub at: Time,
    /// What users call it.
    pub version: String,
    /// What its pods are made of.
    pub template: Arc<PodTemplate>,
    /// Its pods start and never become ready.
    pub never_ready: bool,
    /// Its containers exit of their own accord.
    pub crashes: Option<Crashes>,
}

/// How containers of a version crash.
#[derive(Clone, Debug)]
pub struct Crashes {
    /// From their start to their end, seconds.
    pub after: Distribution,
    /// The share of starts that end so, 0 to 1.
    pub probability: f64,
}

impl Controller {
    /// Whether every node that takes one has a pod, instead of a number of replicas.
    #[must_use]
    pub const fn is_on_every_node(&self) -> bool {
        matches!(self.kind, Kind::OnEveryNode(_))
    }

    /// How its numbered pods are made and replaced, if they have numbers.
    #[must_use]
    pub const fn numbered(&self) -> Option<&Numbered> {
        match &self.kind {
            Kind::Numbered(numbered) => Some(numbered),
            Kind::Alike(_) | Kind::OnEveryNode(_) => None,
        }
    }
}

impl Default for Controller {
    /// A Deployment whose template never changes, with Kubernetes' defaults.
    fn default() -> Self {
        Self {
            kind: Kind::Alike(Strategy::RollingUpdate {
                max_surge: fenceposts::DEFAULT,
                max_unavailable: fenceposts::DEFAULT,
            }),
            min_ready: Span::ZERO,
            progress_deadline: Span::from_secs(600),
            rollouts: Vec::new(),
        }
    }
}

impl Default for Numbered {
    /// In order, from the highest number down, one at a time: Kubernetes' defaults.
    fn default() -> Self {
        Self {
            parallel: false,
            update: UpdateStrategy::RollingUpdate {
                partition: Some(0),
                max_unavailable: None,
            },
            deletions: Vec::new(),
        }
    }
}

impl Default for DaemonUpdate {
    /// One node at a time is without: Kubernetes' default.
    fn default() -> Self {
        Self::RollingUpdate {
            max_surge: Allowed::Count(0),
            max_unavailable: Allowed::Count(1),
        }
    }
}
