//! DaemonSets: every node that takes a pod of one has one, from the time it is ready until it is being emptied.
//!
//! The pod is bound as soon as its node is there, before anything else finds room; the DaemonSet controller names the
//! node, and the default priorities of such pods and the taints of young nodes have the same effect there.

use super::Start;
use crate::model::cluster::{ClusterView, Node, NodeId, NodePhase, PodId};
use crate::model::pod_template::PodTemplate;
use crate::platform::kubernetes::daemon_set::{self, NodeWish};
use crate::policy::placement::{ClusterEvent, Incoming, filter};
use crate::sim::world::World;
use std::sync::Arc;

impl World {
    /// Gives every node that should have a pod of the workload one, and takes those away that should not be.
    pub(in crate::sim) fn reconcile_daemons(&mut self, workload: usize, start: Start) {
        let nodes: Vec<NodeId> = self.cluster.nodes().map(|(id, _)| id).collect();
        let admitted = nodes
            .into_iter()
            .all(|node| self.reconcile_daemon(workload, node, start));
        self.count_daemons(workload);
        if admitted {
            self.all_pods_created(workload);
        }
    }

    /// A node has become ready: the DaemonSets look at it.
    pub(in crate::sim) fn bring_daemons(&mut self, node: NodeId) {
        for workload in 0..self.workloads.len() {
            if self.scenario.workloads[workload].controller.on_every_node {
                self.reconcile_daemon(workload, node, Start::FromNothing);
                self.count_daemons(workload);
            }
        }
    }

    /// A pod of a DaemonSet goes: its node, if it stays, gets another.
    pub(in crate::sim) fn daemon_gone(&mut self, workload: usize, id: PodId) {
        let now = self.now;
        let run = &mut self.workloads[workload];
        let Some(daemons) = &mut run.daemons else { return };
        daemons.retain(|_, pod| *pod != id);
        let pod = self.cluster.pod(id);
        let node = pod
            .and_then(|pod| pod.node)
            .and_then(|node| self.cluster.node(node));
        if node.is_none_or(|node| node.phase != NodePhase::Ready) {
            return;
        }
        let run = &mut self.workloads[workload];
        if let Some(at) = run.creation.wake(now) {
            self.plan_creation(at, workload);
        }
    }

    /// Returns whether the API server took the pod that was missing, if one was.
    fn reconcile_daemon(&mut self, workload: usize, node_id: NodeId, start: Start) -> bool {
        let template = self.workloads[workload].spec.template.clone();
        let Some(node) = self.cluster.node(node_id) else {
            return true;
        };
        let daemons = &self.workloads[workload].daemons;
        let has = daemons
            .as_ref()
            .and_then(|daemons| daemons.get(&node_id))
            .copied();
        match (wish(node, &template), has) {
            (NodeWish::Run, None) => return self.create_daemon(workload, &template, node_id, start),
            (NodeWish::Away, Some(pod)) => self.terminate_pod(pod),
            _ => {}
        }
        true
    }

    fn create_daemon(
        &mut self,
        workload: usize,
        template: &Arc<PodTemplate>,
        node_id: NodeId,
        start: Start,
    ) -> bool {
        let Some(admitted) = self.admit_next_pod(workload, template) else {
            return false;
        };
        let fits = self
            .cluster
            .node(node_id)
            .is_some_and(|node| self.takes(node, template));
        let class = if fits {
            template.clone()
        } else {
            // It waits for room on this node, and on no other.
            let mut bound_to = PodTemplate::clone(template);
            bound_to.rules.node_name = self.cluster.node(node_id).map(|node| node.name().to_owned());
            Arc::new(bound_to)
        };
        let id = self.create_pod(workload, class, admitted);
        if let Some(daemons) = &mut self.workloads[workload].daemons {
            daemons.insert(node_id, id);
        }
        if fits {
            self.unqueue_pod(id);
            match start {
                Start::FromNothing => self.bind_pod(id, node_id, start),
                Start::DoneAlready => self.bind_running_pod(id, node_id),
            }
            self.tell_queue(|_| Some(ClusterEvent::PodAdded(template)));
        }
        true
    }

    fn takes(&self, node: &Node, template: &Arc<PodTemplate>) -> bool {
        let pod = Incoming::any_of(template, self.now);
        let ports = &template.rules.host_ports;
        let taken = node
            .view
            .pods
            .iter()
            .flat_map(|(_, pod)| &pod.class.rules.host_ports);
        let mut taken = taken.filter(|taken| ports.iter().any(|port| port.conflicts(taken)));
        filter::feasible(&self.cluster.objects().volumes, &node.view, &pod).is_ok() && taken.next().is_none()
    }

    fn count_daemons(&mut self, workload: usize) {
        let now = self.now;
        let run = &mut self.workloads[workload];
        run.desired = run.pods.len() as u32;
        run.wanted.set(now, run.desired.into());
    }
}

/// Whether a node is to have a pod of this template.
fn wish(node: &Node, template: &PodTemplate) -> NodeWish {
    if node.phase != NodePhase::Ready {
        return NodeWish::Keep;
    }
    let facts = &node.view.facts;
    let selected = template.selects(&facts.name, &facts.labels);
    daemon_set::wish(selected, &facts.taints, node.view.cordoned, &template.tolerations)
}
