//! Pods on a node as Cluster Autoscaler sees them: what they count for, and what becomes of them without it.
//!
//! Knows: owners and annotations of pods. Must not know: which nodes could go.

use super::drain::{Tenant, covering};
use super::options::gpu_of;
use super::settings::ClusterAutoscalerSettings;
use super::utilization::{Kind, Leaving, Occupant, Utilization};
use crate::engine::Time;
use crate::model::cluster::{BoundPod, NodeView};
use crate::model::owner::Owner;
use crate::model::placement_rules::DisruptionBudget;
use crate::model::pod_template::PodTemplate;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The annotation that says whether a pod may be moved.
const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/// Who runs pods of `class`.
pub(super) fn kind(class: &PodTemplate) -> Kind {
    match class.owner {
        Owner::DaemonSet => Kind::Daemon,
        Owner::ReplicaSet | Owner::StatefulSet | Owner::Job | Owner::Nobody => Kind::Ordinary,
    }
}

/// The pod as the drain rules look at it at `now`.
pub(super) fn tenant(pod: &BoundPod, now: Time) -> Tenant<'_> {
    let class = &*pod.class;
    Tenant {
        namespace: &class.namespace,
        labels: &class.labels,
        kind: kind(class),
        replicated: class.owner != Owner::Nobody,
        safe_to_evict: match class.annotations.get(SAFE_TO_EVICT).map(String::as_str) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        },
        local_storage: false,
        finished: false,
        long_terminating: false,
        age: now.since(pod.started),
    }
}

/// How full the node is, as far as that can be told.
pub(super) fn utilization(node: &NodeView, settings: &ClusterAutoscalerSettings) -> Option<Utilization> {
    let leaving = Leaving {
        daemons: settings.ignore_daemonsets_utilization,
        mirrors: settings.ignore_mirror_pods_utilization,
    };
    let gpu = gpu_of(&node.allocatable);
    if !leaving.daemons {
        // All pods count alike: their sum is known.
        let all = Occupant {
            requests: node.reserved(),
            kind: Kind::Ordinary,
            long_terminating: false,
        };
        return Utilization::of(&node.allocatable, gpu, &[all], leaving);
    }
    let occupants: Vec<Occupant<'_>> = node
        .pods
        .iter()
        .map(|(_, pod)| Occupant {
            requests: pod.class.requests(),
            kind: kind(&pod.class),
            long_terminating: false,
        })
        .collect();
    Utilization::of(&node.allocatable, gpu, &occupants, leaving)
}

/// The budgets that cover pods, by their class.
pub(super) struct Covering<'a> {
    budgets: &'a [DisruptionBudget],
    known: BTreeMap<*const PodTemplate, Vec<usize>>,
}

impl<'a> Covering<'a> {
    pub(super) const fn new(budgets: &'a [DisruptionBudget]) -> Self {
        Self {
            budgets,
            known: BTreeMap::new(),
        }
    }

    /// The places of the budgets that cover pods of `class`.
    pub(super) fn of(&mut self, class: &Arc<PodTemplate>) -> &[usize] {
        let budgets = self.budgets;
        self.known
            .entry(Arc::as_ptr(class))
            .or_insert_with(|| covering(budgets, &class.namespace, &class.labels))
    }
}
