//! The placer's queue of waiting pods is told what happens, and asked whose turn it is.

use super::placement::Start;
use crate::engine::Time;
use crate::model::cluster::{Cluster, ClusterView, NodeId, PodId};
use crate::policy::placement::{ClusterEvent, Refusal};
use crate::sim::event::Control;
use crate::sim::world::World;

impl World {
    /// The run begins: pods wait in the placer's queue from now on, if it keeps one.
    pub(in crate::sim) fn open_queue(&mut self) {
        self.pod_queue = self.placer.queue();
        let waiting: Vec<PodId> = self.cluster.pending().collect();
        waiting.into_iter().for_each(|id| self.queue_pod(id));
    }

    /// A pod waits from now on. One behind gates is not in the queue (`PreEnqueue` of the plugin SchedulingGates).
    pub(in crate::sim) fn queue_pod(&mut self, id: PodId) {
        if self.pod_queue.is_none() || self.is_gated(id, Start::FromNothing) {
            return;
        }
        if let (Some(queue), Some(pod)) = (&mut self.pod_queue, self.cluster.pod(id)) {
            queue.add(self.now, id, &pod.class);
        }
    }

    /// A pod that waited has gone.
    pub(in crate::sim) fn unqueue_pod(&mut self, id: PodId) {
        if let Some(queue) = &mut self.pod_queue {
            queue.remove(id);
        }
    }

    /// Something happened that may help a pod that waits.
    pub(in crate::sim) fn tell_queue<'a>(
        &'a mut self,
        event: impl FnOnce(&'a Cluster) -> Option<ClusterEvent<'a>>,
    ) {
        if let Some(queue) = &mut self.pod_queue
            && self.cluster.pending_count() > 0
            && let Some(event) = event(&self.cluster)
        {
            queue.tell(self.now, self.cluster.objects(), event);
        }
    }

    /// A node takes pods from now on.
    pub(in crate::sim) fn tell_queue_of_node(&mut self, id: NodeId) {
        self.tell_queue(|cluster| cluster.node(id).map(|node| ClusterEvent::NodeAdded(&node.view)));
    }

    /// The pod whose turn it is found no node; `promised`: it has been promised room.
    pub(super) fn back_to_queue(&mut self, refusal: &Refusal, promised: bool) {
        if let Some(queue) = &mut self.pod_queue {
            queue.refused(self.now, refusal, promised);
        }
    }

    /// Tries the pods whose turn it is, and plans the next turn that comes without an event.
    pub(in crate::sim) fn place_queued(&mut self) {
        self.place_planned = Time::NEVER;
        self.placed_at = Some(self.now);
        while let Some(id) = self.pod_queue.as_mut().and_then(|queue| queue.next(self.now)) {
            self.attempt(id, Start::FromNothing);
        }
        if self.cluster.pending_count() > 0 {
            self.wake_node_scaler();
        }
        self.plan_queue();
    }

    /// Plans a search for when somebody's turn comes next.
    pub(in crate::sim) fn plan_queue(&mut self) {
        let Some(queue) = &self.pod_queue else { return };
        let next = queue.next_time(self.now);
        if next < self.place_planned {
            self.place_planned = next;
            self.plan(next, Control::Place);
        }
    }
}
