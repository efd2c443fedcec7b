//! Volumes come to the nodes of their pods, and leave them.

use crate::engine::Span;
use crate::model::cluster::{ClusterView, NodeId, PodId, PodPhase};
use crate::model::placement_rules::ZONE_LABEL;
use crate::model::volume::{Access, ClaimId};
use crate::policy::placement::ClusterEvent;
use crate::sim::apply::Start;
use crate::sim::event::Control;
use crate::sim::world::World;

impl World {
    /// A pod is on a node now: its volumes are made, if they waited for it, and come there. Those of a pod that was there
    /// before the run are there already.
    pub(in crate::sim) fn bring_volumes(&mut self, id: PodId, node_id: NodeId, start: Start) {
        let Some(node) = self.cluster.node(node_id) else {
            return;
        };
        let (name, zone) = (
            node.name().to_owned(),
            node.view.label(ZONE_LABEL).map(str::to_owned),
        );
        let volumes = self.cluster.volumes_mut();
        volumes.pod_bound(id, &name, zone.as_deref());
        for claim in volumes.of_pod(id).to_vec() {
            self.want_volume(claim, id, node_id, start);
        }
        self.go_on_with_volumes(id);
    }

    /// A pod wants a volume on its node.
    fn want_volume(&mut self, claim: ClaimId, id: PodId, node_id: NodeId, start: Start) {
        let (now, volumes) = (self.now, &self.cluster.objects().volumes);
        let Some(asked) = volumes.claims.get(claim) else {
            return;
        };
        let exclusive = asked.spec.access != Access::Many;
        let attached = match start {
            Start::DoneAlready => now,
            Start::FromNothing => now + self.volume_time(claim, id, true),
        };
        let ready = self.attachments.wanted(claim, id, node_id, exclusive, attached);
        if let Some(node) = self.cluster.node_mut(node_id) {
            node.view.leaving_volumes.retain(|&leaving| leaving != claim);
        }
        if let Some(pod) = self.cluster.pod_mut(id) {
            match ready {
                Some(ready) => pod.volumes_ready = pod.volumes_ready.max(ready),
                None => pod.volumes_left += 1,
            }
        }
    }

    /// How long a volume takes to come to a pod's node, or to leave it.
    fn volume_time(&self, claim: ClaimId, id: PodId, attach: bool) -> Span {
        let claim = &self.cluster.objects().volumes.claims[claim];
        let (to_attach, to_detach) = &self.volume_times[claim.spec.class];
        let (sampler, what) = if attach {
            (to_attach, "attach")
        } else {
            (to_detach, "detach")
        };
        let pod = self.cluster.pod(id);
        let (workload, ordinal) = pod.map_or(("", 0), |pod| {
            (self.workloads[pod.workload].spec.name.as_str(), pod.ordinal)
        });
        let name = format!("{what}/{}/{}/{workload}", claim.namespace, claim.name);
        sampler.sample_span(&mut self.key.entity_stream(&name, ordinal))
    }

    /// A pod whose volumes are all attached pulls its images.
    fn go_on_with_volumes(&mut self, id: PodId) {
        let Some((left, ready, node)) = self
            .cluster
            .pod(id)
            .map(|pod| (pod.volumes_left, pod.volumes_ready, pod.node))
        else {
            return;
        };
        let Some(node) = node.filter(|_| left == 0) else {
            return;
        };
        if ready > self.now {
            self.plan(ready, Control::VolumesReady(id));
        } else {
            self.pull_images(id, node);
        }
    }

    /// A pod's volumes are attached.
    pub(in crate::sim) fn on_volumes_ready(&mut self, id: PodId) {
        let waits = |phase| phase == PodPhase::Pulling;
        if let Some(node) = self
            .cluster
            .pod(id)
            .filter(|pod| waits(pod.phase))
            .and_then(|pod| pod.node)
        {
            self.pull_images(id, node);
        }
    }

    /// A pod goes: its volumes leave its node unless others there use them.
    pub(in crate::sim) fn give_up_volumes(&mut self, id: PodId) {
        let claims = self.cluster.objects().volumes.of_pod(id).to_vec();
        for claim in claims {
            let detached = self.now + self.volume_time(claim, id, false);
            let Some(node) = self.attachments.given_up(claim, id, detached) else {
                continue;
            };
            if let Some(node) = self.cluster.node_mut(node) {
                node.view.leaving_volumes.push(claim);
            }
            self.plan(detached, Control::Detach(claim as u32));
        }
        self.cluster.volumes_mut().pod_gone(id);
    }

    /// A volume leaves its node: pods that wait for it get it.
    pub(in crate::sim) fn on_detach(&mut self, claim: u32) {
        let claim = claim as ClaimId;
        let (left, waiting) = self.attachments.detached(claim, self.now);
        for node in left {
            if let Some(node) = self.cluster.node_mut(node) {
                node.view.leaving_volumes.retain(|&leaving| leaving != claim);
            }
            if self.cluster.pending_count() > 0 {
                self.tell_queue(|_| Some(ClusterEvent::VolumeDetached));
                self.plan_placement();
            }
        }
        for (id, node) in waiting {
            let Some(pod) = self.cluster.pod_mut(id) else {
                continue;
            };
            pod.volumes_left = pod.volumes_left.saturating_sub(1);
            self.want_volume(claim, id, node, Start::FromNothing);
            self.go_on_with_volumes(id);
        }
    }
}
