//! What makes the pods of a workload and makes them anew, beyond how many are wanted.

use crate::engine::{Span, Time};
use crate::model::pod_template::PodTemplate;
use crate::platform::kubernetes::fenceposts;
use crate::platform::kubernetes::rollout::Strategy;
use crate::stats::Distribution;
use std::sync::Arc;

/// How the pods of a workload are made and replaced.
#[derive(Clone, Debug)]
pub struct Controller {
    /// Whether every node that takes one has a pod, instead of a number of replicas (a DaemonSet).
    pub on_every_node: bool,
    /// How the pods of one template give way to those of another (a Deployment).
    pub strategy: Strategy,
    /// A pod is available when it has been ready for so long.
    pub min_ready: Span,
    /// A rollout that makes no progress for so long has failed; it goes on trying.
    pub progress_deadline: Span,
    /// Changes of the template, in the order of their times.
    pub rollouts: Vec<Rollout>,
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

impl Default for Controller {
    /// A Deployment whose template never changes, with Kubernetes' defaults.
    fn default() -> Self {
        Self {
            on_every_node: false,
            strategy: Strategy::RollingUpdate {
                max_surge: fenceposts::DEFAULT,
                max_unavailable: fenceposts::DEFAULT,
            },
            min_ready: Span::ZERO,
            progress_deadline: Span::from_secs(600),
            rollouts: Vec::new(),
        }
    }
}
