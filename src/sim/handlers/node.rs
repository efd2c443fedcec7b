//! Nodes boot, images arrive.

use crate::engine::Time;
use crate::model::cluster::{NodeId, NodePhase, PodId};
use crate::sim::event::Control;
use crate::sim::fleet::node_subject;
use crate::sim::world::World;

impl World {
    /// A node has booted.
    pub(in crate::sim) fn on_node_ready(&mut self, id: NodeId) {
        let Some(node) = self
            .cluster
            .node(id)
            .filter(|node| node.phase == NodePhase::Booting)
        else {
            return;
        };
        let subject = node_subject(node.view.pool, node.ordinal);
        if self.joins_later(id) {
            return;
        }
        self.open_node(id);
        self.changed(subject, 1);
        self.begin_image_care(id);
        self.bring_daemons(id);
        self.tell_queue_of_node(id);
        self.plan_placement();
        if let Some(pool) = self.cluster.node(id).map(|node| node.view.pool) {
            self.upgrades_go_on(pool);
        }
        self.wake_node_scaler();
    }

    /// A pull on a node has made progress.
    pub(in crate::sim) fn on_pull(&mut self, id: NodeId) {
        let now = self.now;
        let Some(node) = self.cluster.node_mut(id) else {
            return;
        };
        if node.pull_planned == now {
            node.pull_planned = Time::NEVER;
        }
        let mut finished = Vec::new();
        node.puller.advance(now, &mut finished);
        self.plan_pull(id);
        for token in finished {
            if let Some(pod) = self.pulls.remove(&token) {
                self.image_pulled(pod);
            } else if let Some((_, name, image)) = self.registry.ahead.remove(&token) {
                self.keep_image(id, &name, &image);
            }
        }
    }

    /// Plans the next progress of a node's pulls, unless an earlier look is planned.
    pub(in crate::sim) fn plan_pull(&mut self, id: NodeId) {
        self.note_downloads(id);
        let Some(node) = self.cluster.node_mut(id) else {
            return;
        };
        let next = node.puller.next_event();
        if next < node.pull_planned {
            node.pull_planned = next;
            self.plan(next, Control::Pull(id));
        }
    }

    /// One of a pod's images is there.
    fn image_pulled(&mut self, id: PodId) {
        let Some(pod) = self.cluster.pod_mut(id) else {
            return;
        };
        pod.images_left = pod.images_left.saturating_sub(1);
        if pod.images_left == 0 {
            self.start_pod(id);
        }
    }
}
