//! Which event may cure which plugin's refusal (each plugin's queueing hints, beside its filter).
//!
//! Where Kubernetes looks closer, more is woken here than there: a pod that goes wakes whom either's anti-affinity kept
//! apart (there only the waiting pod's own terms count), a new node wakes every pod that anti-affinity refused, and a pod
//! that shrinks wakes whom any resource was short for. A pod that is woken in vain counts one more attempt.

use super::plugins::Plugins;
use crate::model::cluster::{ApiObjects, NodeFacts, NodeView};
use crate::model::placement_rules::WhenUnsatisfiable;
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::ClusterEvent;
use crate::policy::placement::kube_scheduler::configuration::{FitArgs, SpreadArgs, Version};
use crate::policy::placement::kube_scheduler::inter_pod_filter::{matches_all, means};
use crate::policy::placement::kube_scheduler::spread_constraints::{constraints, has_every_key};
use crate::policy::placement::kube_scheduler::{KubeScheduler, Plugin};
use crate::policy::placement::kube_scheduler::{
    node_affinity, node_name, node_resources_fit, node_unschedulable, taint_toleration,
};

/// What hints ask the profile about.
#[derive(Clone, Debug)]
pub(super) struct Hints {
    version: Version,
    fit: FitArgs,
    spread: SpreadArgs,
}

impl Hints {
    pub(super) fn of(scheduler: &KubeScheduler) -> Self {
        Self {
            version: scheduler.version,
            fit: scheduler.node_resources_fit.clone(),
            spread: scheduler.pod_topology_spread.clone(),
        }
    }

    /// The plugins that listen to such events at all.
    pub(super) fn listeners(event: ClusterEvent<'_>) -> Plugins {
        use Plugin::{
            InterPodAffinity, NodePorts, NodeResourcesFit, NodeVolumeLimits, PodTopologySpread,
            VolumeBinding, VolumeRestrictions,
        };
        let near = Plugins::of(&[PodTopologySpread, InterPodAffinity]);
        let with_volumes = |class: &PodTemplate, plugins: &[Plugin]| match class.volumes.is_empty() {
            true => Plugins::default(),
            false => Plugins::of(plugins),
        };
        match event {
            ClusterEvent::NodeAdded(_) => Plugins::ALL,
            ClusterEvent::NodeRemoved(_) => Plugins::of(&[PodTopologySpread]),
            ClusterEvent::PodAdded(class) => near.with(with_volumes(class, &[VolumeBinding])),
            ClusterEvent::PodRemoved(class) => near
                .with(Plugins::of(&[NodePorts, NodeResourcesFit]))
                .with(with_volumes(class, &[VolumeRestrictions, NodeVolumeLimits])),
            ClusterEvent::PodShrunk => Plugins::of(&[NodeResourcesFit]),
            ClusterEvent::VolumeDetached => Plugins::of(&[NodeVolumeLimits]),
        }
    }

    /// Whether `event` may cure what one of the plugins said to pods of `class`.
    pub(super) fn may_help(
        &self,
        objects: &ApiObjects,
        class: &PodTemplate,
        rejectors: Plugins,
        event: ClusterEvent<'_>,
    ) -> bool {
        let listening = rejectors.both(Self::listeners(event));
        listening.iter().any(|plugin| match event {
            ClusterEvent::NodeAdded(node) => self.new_node_helps(plugin, class, node, objects),
            ClusterEvent::NodeRemoved(node) => {
                let own = constraints(&self.spread, objects, class, WhenUnsatisfiable::DoNotSchedule);
                has_every_key(node, &own)
            }
            ClusterEvent::PodAdded(other) => match plugin {
                Plugin::PodTopologySpread => self.counts(objects, class, other),
                Plugin::InterPodAffinity => {
                    !class.rules.pod_affinity.required.is_empty() && matches_all(objects, class, other)
                }
                Plugin::VolumeBinding => share_a_claim(class, other),
                _ => true,
            },
            ClusterEvent::PodRemoved(other) => match plugin {
                Plugin::PodTopologySpread => self.counts(objects, class, other),
                Plugin::InterPodAffinity => kept_away(objects, class, other),
                Plugin::NodePorts => {
                    let theirs = &other.rules.host_ports;
                    let mut ours = class.rules.host_ports.iter();
                    ours.any(|port| theirs.iter().any(|other| port.conflicts(other)))
                }
                Plugin::VolumeRestrictions => share_a_claim(class, other),
                _ => true,
            },
            ClusterEvent::PodShrunk | ClusterEvent::VolumeDetached => true,
        })
    }

    fn new_node_helps(
        &self,
        plugin: Plugin,
        class: &PodTemplate,
        node: &NodeView,
        objects: &ApiObjects,
    ) -> bool {
        match plugin {
            Plugin::NodeUnschedulable => node_unschedulable::filter(class, node).is_ok(),
            Plugin::NodeName => node_name::filter(class, node).is_ok(),
            Plugin::TaintToleration => taint_toleration::filter(self.version, class, node).is_ok(),
            Plugin::NodeAffinity => node_affinity::filter(class, node).is_ok(),
            Plugin::NodeResourcesFit => {
                // As an empty machine: who is on it already is the filter's business.
                let bare = NodeView::new(NodeFacts::default(), node.allocatable.clone());
                node_resources_fit::filter(&self.fit, class, &bare).is_ok()
            }
            Plugin::PodTopologySpread => {
                let own = constraints(&self.spread, objects, class, WhenUnsatisfiable::DoNotSchedule);
                has_every_key(node, &own)
            }
            Plugin::InterPodAffinity => {
                let wanted = &class.rules.pod_affinity.required;
                let labels = &node.facts.labels;
                wanted.is_empty() || wanted.iter().any(|term| labels.contains_key(&term.topology_key))
            }
            _ => true,
        }
    }

    /// Whether a pod made from `other` counts for a constraint that pods of `class` must keep.
    fn counts(&self, objects: &ApiObjects, class: &PodTemplate, other: &PodTemplate) -> bool {
        let own = constraints(&self.spread, objects, class, WhenUnsatisfiable::DoNotSchedule);
        own.iter().any(|constraint| constraint.counts(class, other))
    }
}

/// Whether pods of the two classes use one volume.
fn share_a_claim(class: &PodTemplate, other: &PodTemplate) -> bool {
    let mut claims = class.volumes.shared.iter();
    claims.any(|claim| other.volumes.shared.contains(claim))
}

/// Whether pods of the two classes must keep apart, whichever of them says so.
fn kept_away(objects: &ApiObjects, class: &PodTemplate, other: &PodTemplate) -> bool {
    let avoids = |one: &PodTemplate, another: &PodTemplate| {
        let mut terms = one.rules.pod_anti_affinity.required.iter();
        terms.any(|term| means(objects, term, one, another))
    };
    avoids(class, other) || avoids(other, class)
}
