//! Pods on a node as Cluster Autoscaler sees them: what they count for, and what becomes of them without it.
//!
//! Knows: owners and annotations of pods. Must not know: which nodes could go.

use super::drain::{Tenant, covering};
use super::options::gpu_of;
use super::settings::ClusterAutoscalerSettings;
use super::utilization::{Kind, Leaving, Occupant, Utilization};
use crate::engine::{Span, Time};
use crate::model::cluster::{BoundPod, NodeView};
use crate::model::owner::Owner;
use crate::model::placement_rules::DisruptionBudget;
use crate::model::pod_template::PodTemplate;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The annotation that says whether a pod may be moved.
const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";
/// The annotation that names volumes on the node, by comma, that may be lost.
const SAFE_TO_EVICT_VOLUMES: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
/// The annotation of pods that count as a DaemonSet's, whoever made them.
const DAEMON_POD: &str = "cluster-autoscaler.kubernetes.io/daemonset-pod";
/// The annotation of mirrors of static pods.
const MIRROR: &str = "kubernetes.io/config.mirror";
/// A pod that has been stopping for so long beyond its grace counts as gone.
const LONG_TERMINATING: Span = Span::from_secs(30);

/// Who runs pods of `class`.
pub(super) fn kind(class: &PodTemplate) -> Kind {
    if class.annotations.contains_key(MIRROR) {
        return Kind::Mirror;
    }
    let is_daemon = class.annotations.get(DAEMON_POD).map(String::as_str) == Some("true");
    match class.owner {
        Owner::DaemonSet => Kind::Daemon,
        _ if is_daemon => Kind::Daemon,
        Owner::ReplicaSet | Owner::StatefulSet | Owner::Job | Owner::Nobody => Kind::Ordinary,
    }
}

/// Whether pods of `class` have a volume on their node that no annotation says may be lost.
fn has_local_storage(class: &PodTemplate) -> bool {
    let safe = class
        .annotations
        .get(SAFE_TO_EVICT_VOLUMES)
        .map_or("", String::as_str);
    let is_safe = |volume: &String| safe.split(',').any(|name| name == volume);
    class.volumes.on_node.iter().any(|volume| !is_safe(volume))
}

/// From when on a pod counts as gone though it is still there, if it was asked to stop.
pub(super) fn gone_from(pod: &BoundPod) -> Option<Time> {
    let grace = pod.class.termination_grace;
    // Deletion is stamped with the end of the grace, to which the real one adds the grace again.
    Some(pod.terminating? + grace + grace + LONG_TERMINATING)
}

fn is_long_terminating(pod: &BoundPod, now: Time) -> bool {
    gone_from(pod).is_some_and(|from| from < now)
}

/// The pod as the drain rules look at it at `now`.
pub(in crate::policy::node_scaling) fn tenant(pod: &BoundPod, now: Time) -> Tenant<'_> {
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
        local_storage: has_local_storage(class),
        finished: false,
        long_terminating: is_long_terminating(pod, now),
        age: now.since(pod.started),
    }
}

/// How full the node is, as far as that can be told.
pub(super) fn utilization(
    node: &NodeView,
    settings: &ClusterAutoscalerSettings,
    now: Time,
) -> Option<Utilization> {
    let leaving = Leaving {
        daemons: settings.ignore_daemonsets_utilization,
        mirrors: settings.ignore_mirror_pods_utilization,
    };
    let gpu = gpu_of(&node.allocatable);
    let stopping = node.pods.classes().iter().any(|count| count.terminating > 0);
    if !leaving.daemons && !leaving.mirrors && !stopping {
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
            long_terminating: is_long_terminating(pod, now),
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
