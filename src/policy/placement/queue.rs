//! When is a waiting pod tried? A placer may keep a queue of the pods that wait, which is told what happens in the
//! cluster and says whose turn it is. Without one every waiting pod is looked at whenever anything changes.

use super::Refusal;
use crate::engine::Time;
use crate::model::cluster::{ApiObjects, NodeView, PodId};
use crate::model::pod_template::PodTemplate;
use std::fmt;
use std::sync::Arc;

/// Something that may make room for a pod that waits.
#[derive(Clone, Copy, Debug)]
pub enum ClusterEvent<'a> {
    /// A node takes pods from now on.
    NodeAdded(&'a NodeView),
    /// A node has gone.
    NodeRemoved(&'a NodeView),
    /// A pod of this class was bound.
    PodAdded(&'a Arc<PodTemplate>),
    /// A pod of this class that was bound, or was promised room, has gone.
    PodRemoved(&'a Arc<PodTemplate>),
    /// A bound pod reserves less than before.
    PodShrunk,
    /// A volume has left a node.
    VolumeDetached,
}

/// The pods that wait for a node, in the order in which they are tried. Pure state: it sees what it is told.
pub trait PodQueue: Send + Sync + fmt::Debug {
    /// A pod waits from now on.
    fn add(&mut self, now: Time, id: PodId, class: &Arc<PodTemplate>);

    /// A pod that waits is not there any more.
    fn remove(&mut self, id: PodId);

    /// Something happened.
    fn tell(&mut self, now: Time, objects: &ApiObjects, event: ClusterEvent<'_>);

    /// Takes out the pod whose turn it is now, if any. [`Self::refused`] brings it back; who does not come back has got
    /// a node.
    fn next(&mut self, now: Time) -> Option<PodId>;

    /// The pod taken out last found no node; `promised`: it has been promised room that others are leaving.
    fn refused(&mut self, now: Time, refusal: &Refusal, promised: bool);

    /// When somebody's turn comes next if nothing happens: `now` or later, [`Time::NEVER`] if nobody waits.
    fn next_time(&self, now: Time) -> Time;

    /// Why a pod that waits is not tried now, for people; `None` if it is about to be.
    fn waits_because(&self, now: Time, id: PodId) -> Option<String>;

    /// A copy.
    fn clone_box(&self) -> Box<dyn PodQueue>;
}

impl Clone for Box<dyn PodQueue> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
