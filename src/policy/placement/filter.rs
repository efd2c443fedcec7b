//! Which nodes could take a pod, and why the others could not.

use crate::model::cluster::NodeView;
use crate::model::labels::{Taint, untolerated};
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Shortage;
use crate::model::volume::{UnplacedClaim, VolumeConflict, Volumes, claims_unplaced, conflicts};
use crate::policy::placement::Incoming;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Why a node cannot take a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// It is booting, draining or otherwise closed.
    Closed,
    /// Somebody has closed it to new pods (`spec.unschedulable`).
    Unschedulable,
    /// It is not one the pod's node selector and needed node affinity allow.
    NodeSelector,
    /// It has a taint the pod does not tolerate.
    Taint(String),
    /// It has as many of the pod's like as one may have.
    MaxPerNode,
    /// It has too little of something.
    Insufficient(Shortage),
    /// No GPU of it has so much left as the pod's share.
    GpuShare,
    /// A volume of the pod keeps it off.
    Volume(VolumeConflict),
    /// A port of it that the pod takes is taken.
    HostPort,
    /// A claim of the pod keeps it off every node.
    Claim(String),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("not ready"),
            Self::Unschedulable => f.write_str("unschedulable"),
            Self::NodeSelector => f.write_str("didn't match the pod's node selector"),
            Self::Taint(taint) => write!(f, "had untolerated taint {{{taint}}}"),
            Self::MaxPerNode => f.write_str("had the most replicas a node may have"),
            Self::Insufficient(what) => write!(f, "insufficient {what}"),
            Self::GpuShare => f.write_str("had no GPU with enough left"),
            Self::Volume(conflict) => f.write_str(match conflict {
                VolumeConflict::InUse => "has a pod using a volume that is for one pod",
                VolumeConflict::TooMany => "exceed max volume count",
                VolumeConflict::OtherZone => "had volume node affinity conflict",
                VolumeConflict::NotMadeThere => "didn't find available persistent volumes to bind",
            }),
            Self::HostPort => f.write_str("didn't have free ports for the requested pod ports"),
            Self::Claim(why) => f.write_str(why),
        }
    }
}

/// How many nodes were rejected for which reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejections(BTreeMap<Rejection, u32>);

impl Rejections {
    /// One more node.
    pub fn add(&mut self, rejection: Rejection) {
        *self.0.entry(rejection).or_default() += 1;
    }

    /// Nodes rejected in all.
    #[must_use]
    pub fn nodes(&self) -> u32 {
        self.0.values().sum()
    }
}

impl fmt::Display for Rejections {
    /// As kube-scheduler words it: `0/5 nodes are available: 3 insufficient cpu, 2 not ready`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0/{} nodes are available", self.nodes())?;
        for (index, (rejection, count)) in self.0.iter().enumerate() {
            write!(f, "{} {count} {rejection}", if index == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// Pods on `node` of the same workload as those of `class`: what other versions and sizes of it are called is the same.
pub(super) fn alike(node: &NodeView, class: &Arc<PodTemplate>) -> u32 {
    let classes = node.pods.classes().iter();
    classes
        .filter(|count| are_alike(&count.class, class))
        .map(|count| count.pods)
        .sum()
}

/// Those of them that were not asked to stop.
pub(super) fn alike_active(node: &NodeView, class: &Arc<PodTemplate>) -> u32 {
    let classes = node.pods.classes().iter();
    classes
        .filter(|count| are_alike(&count.class, class))
        .map(|count| count.pods - count.terminating)
        .sum()
}

fn are_alike(one: &Arc<PodTemplate>, other: &Arc<PodTemplate>) -> bool {
    Arc::ptr_eq(one, other) || (one.namespace == other.namespace && one.labels == other.labels)
}

/// Whether a pod on `node` has a port of it that one made from `class` takes.
#[must_use]
pub fn taken_ports(node: &NodeView, class: &PodTemplate) -> bool {
    let ports = &class.rules.host_ports;
    let conflicts = |other: &PodTemplate| {
        let taken = &other.rules.host_ports;
        taken
            .iter()
            .any(|taken| ports.iter().any(|port| port.conflicts(taken)))
    };
    !ports.is_empty() && node.pods.classes().iter().any(|count| conflicts(&count.class))
}

/// Whether `node`, where there are these `volumes`, could take `pod`.
///
/// # Errors
/// The first reason why it could not.
pub fn feasible(volumes: &Volumes, node: &NodeView, pod: &Incoming<'_>) -> Result<(), Rejection> {
    let template = pod.class;
    if !node.open {
        return Err(Rejection::Closed);
    }
    if node.cordoned && !template.tolerates_unschedulable() {
        return Err(Rejection::Unschedulable);
    }
    if !template.selects(&node.facts.name, &node.facts.labels) {
        return Err(Rejection::NodeSelector);
    }
    if let Some(Taint { key, value, .. }) = untolerated(&node.facts.taints, &template.tolerations) {
        return Err(Rejection::Taint(if value.is_empty() {
            key.clone()
        } else {
            format!("{key}: {value}")
        }));
    }
    let most = template.rules.max_per_node;
    if most.is_some_and(|most| alike_active(node, template) >= most) {
        return Err(Rejection::MaxPerNode);
    }
    if let Some(shortage) = template.requests().shortage_in(&node.free) {
        return Err(Rejection::Insufficient(shortage));
    }
    let shared = template.gpus().is_share();
    if shared
        && !node
            .devices()
            .is_some_and(|devices| template.gpus().fits(devices.idle()))
    {
        return Err(Rejection::GpuShare);
    }
    if template.volumes.is_empty() {
        return Ok(());
    }
    match claims_unplaced(volumes, pod.id, template) {
        Some(UnplacedClaim::Missing(name)) => {
            return Err(Rejection::Claim(format!("claim {name} not found")));
        }
        Some(UnplacedClaim::Unbound) => return Err(Rejection::Claim("unbound immediate claims".to_owned())),
        None => {}
    }
    match conflicts(volumes, pod.id, template, node).first() {
        Some(&conflict) => Err(Rejection::Volume(conflict)),
        None => Ok(()),
    }
}
