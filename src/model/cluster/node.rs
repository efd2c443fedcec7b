//! A node: launched, booting, ready, perhaps draining, gone.

use super::pod::PodId;
use super::view::NodeView;
use crate::engine::{Id, Time};
use crate::model::image::{ImageDisk, Puller};
use crate::model::owner::Owner;
use crate::stats::Gauge;
use std::collections::BTreeSet;

/// Names a node.
pub type NodeId = Id<Node>;

/// Where a node is in its life; a node that is gone is no longer in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodePhase {
    /// Launched, not there yet.
    Booting,
    /// Takes pods.
    Ready,
    /// Has not been heard of for too long: takes no pods until it is.
    Unreachable,
    /// Takes no more pods and leaves when its last one has.
    Draining,
}

/// A machine of the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    /// The how-manieth node of its pool it is, from 0.
    pub ordinal: u64,
    /// What placement sees of it.
    pub view: NodeView,
    /// Where it is in its life.
    pub phase: NodePhase,
    /// When it was launched.
    pub launched: Time,
    /// When it became ready.
    pub ready: Option<Time>,
    /// Since when it is ready without any pod but those of DaemonSets.
    pub empty_since: Option<Time>,
    /// The claim of a node scaler that asked for it, if one did.
    pub claim: Option<u64>,
    /// When a pod last came to it or went from it.
    pub pods_changed: Time,
    /// Pods bound to it.
    pub pods: BTreeSet<PodId>,
    /// Pods it has had.
    pub pods_ever: u64,
    /// Its image pulls and cache.
    pub puller: Puller,
    /// The images on its disk, where disks fill up.
    pub images: ImageDisk,
    /// When its next pull event is planned.
    pub pull_planned: Time,
    /// Reserved CPU over time, thousandths.
    pub cpu_reserved: Gauge,
}

impl Node {
    /// `pool-ordinal`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.view.facts.name
    }

    /// Whether it has no pods but those of DaemonSets, which would go with it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let mut pods = self.view.pods.iter();
        pods.all(|(_, pod)| pod.class.owner == Owner::DaemonSet)
    }
}
