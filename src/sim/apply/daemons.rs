//! DaemonSets: every node that takes a pod of one has one, from the time it is ready until it is being emptied.
//!
//! The pod is bound as soon as its node is there, before anything else finds room; the DaemonSet controller names the
//! node, and the default priorities of such pods and the taints of young nodes have the same effect there.

use super::{Home, NewPod, Start};
use crate::engine::Time;
use crate::model::cluster::{ClusterView, Node, NodeId, NodePhase, Pod, PodId};
use crate::model::pod_template::PodTemplate;
use crate::platform::kubernetes::daemon_set::{self, NodePods, NodeWish};
use crate::policy::placement::{ClusterEvent, Incoming, filter};
use crate::sim::controller::{DaemonUpdate, Kind};
use crate::sim::versions::Versions;
use crate::sim::world::World;
use std::sync::Arc;

impl World {
    /// Gives every node that should have a pod of the workload one, and takes those away that should not be.
    pub(in crate::sim) fn reconcile_daemons(&mut self, workload: usize, start: Start) {
        let nodes: Vec<NodeId> = self.cluster.nodes().map(|(id, _)| id).collect();
        let admitted = nodes
            .into_iter()
            .all(|node| self.reconcile_daemon(workload, node, start));
        let is_service = self.is_service(workload);
        let admitted = admitted && (is_service || self.update_daemons(workload, start));
        self.count_daemons(workload);
        if admitted {
            self.all_pods_created(workload);
        }
        if is_service {
            self.update_service(workload);
            self.count_daemons(workload);
        } else {
            self.look_at_rollout(workload);
        }
    }

    /// A node has become ready: the DaemonSets look at it.
    pub(in crate::sim) fn bring_daemons(&mut self, node: NodeId) {
        for workload in 0..self.workloads.len() {
            if self.workloads[workload].daemons.is_some() {
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
        for pods in daemons.values_mut() {
            pods.retain(|pod| *pod != id);
        }
        daemons.retain(|_, pods| !pods.is_empty());
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
        let template = self.workloads[workload].current_template().clone();
        let Some(node) = self.cluster.node(node_id) else {
            return true;
        };
        let daemons = self.workloads[workload].daemons.as_ref();
        let has = daemons.and_then(|daemons| daemons.get(&node_id));
        match (wish(node, &template), has) {
            (NodeWish::Run, None) if !self.tasks.is_given_up(workload, node_id) => {
                return self.create_daemon(workload, node_id, start, Time::ZERO).is_some();
            }
            (NodeWish::Away, Some(pods)) => {
                for pod in pods.clone() {
                    self.terminate_pod(pod);
                }
            }
            _ => {}
        }
        true
    }

    /// A rolling update goes on, node by node in the order of their names' numbers; whether the API server took the new pods.
    fn update_daemons(&mut self, workload: usize, start: Start) -> bool {
        let run = &self.workloads[workload];
        let Kind::OnEveryNode(DaemonUpdate::RollingUpdate {
            max_surge,
            max_unavailable,
        }) = run.spec.controller.kind
        else {
            return true;
        };
        let Some(versions) = run.versions.as_ref().filter(|versions| versions.is_rolling()) else {
            return true;
        };
        let template = versions.version(versions.current()).template.clone();
        let nodes = self.cluster.nodes();
        let nodes = nodes.filter(|(_, node)| wish(node, &template) == NodeWish::Run);
        let nodes: Vec<NodeId> = nodes.map(|(id, _)| id).collect();
        let pods: Vec<NodePods> = nodes
            .iter()
            .map(|&node| self.daemons_on(workload, node))
            .collect();
        let step = daemon_set::update(max_surge, max_unavailable, &pods);
        let current = versions.name().to_owned();
        for node in step.old_deleted.into_iter().map(|place| nodes[place]) {
            let Some(old) = self.old_daemon_on(workload, node) else {
                continue;
            };
            let name = self.cluster.node(node).map_or("", |node| node.name());
            let why = format!("the pod on {name} gives way to version {current}");
            self.log_rollout(workload, "replace", None, "rolling", &why);
            self.terminate_pod(old);
        }
        for node in step.new_created.into_iter().map(|place| nodes[place]) {
            let name = self.cluster.node(node).map_or("", |node| node.name());
            let why = format!("{name} gets a pod of version {current} beside the old one");
            self.log_rollout(workload, "surge", None, "rolling", &why);
            if self.create_daemon(workload, node, start, Time::ZERO).is_none() {
                return false;
            }
        }
        true
    }

    /// How many nodes should have a pod of a workload, or keep the one they have.
    pub(super) fn nodes_with_daemons(&self, workload: usize) -> u32 {
        let run = &self.workloads[workload];
        let template = run.current_template();
        let has = |id: &NodeId| {
            run.daemons
                .as_ref()
                .is_some_and(|daemons| daemons.contains_key(id))
        };
        let nodes = self.cluster.nodes();
        let count = nodes.filter(|(id, node)| match wish(node, template) {
            NodeWish::Run => true,
            NodeWish::Keep => has(id),
            NodeWish::Away => false,
        });
        count.count() as u32
    }

    /// What a node has of the current version and of older ones; what was asked to stop is there no more.
    fn daemons_on(&self, workload: usize, node: NodeId) -> NodePods {
        let run = &self.workloads[workload];
        let current = run.versions.as_ref().map_or(0, Versions::current);
        let available = |pod: &Pod| {
            self.ready_for(pod)
                .is_some_and(|span| span >= run.spec.controller.min_ready)
        };
        let pods = run.daemons.as_ref().and_then(|daemons| daemons.get(&node));
        let pods = pods.into_iter().flatten();
        let pods = pods.filter_map(|&id| self.cluster.pod(id));
        let mut found = NodePods::default();
        for pod in pods.filter(|pod| !pod.is_terminating()) {
            let is = if pod.revision == current {
                &mut found.new
            } else {
                &mut found.old
            };
            *is = Some(available(pod));
        }
        found
    }

    fn old_daemon_on(&self, workload: usize, node: NodeId) -> Option<PodId> {
        let run = &self.workloads[workload];
        let current = run.versions.as_ref()?.current();
        let mut pods = run.daemons.as_ref()?.get(&node)?.iter().copied();
        pods.find(|&id| {
            let pod = self.cluster.pod(id);
            pod.is_some_and(|pod| pod.revision != current && !pod.is_terminating())
        })
    }

    /// Creates a pod for a node, if the API server takes it; its containers do not start before `not_before`.
    pub(super) fn create_daemon(
        &mut self,
        workload: usize,
        node_id: NodeId,
        start: Start,
        not_before: Time,
    ) -> Option<PodId> {
        let run = &self.workloads[workload];
        let revision = run.versions.as_ref().map_or(0, Versions::current);
        let name = run.pod_name(run.next_ordinal);
        let template = &self.class_of_next_pod(workload, revision, &name);
        let admitted = self.admit_next_pod(workload, template)?;
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
        let made = NewPod {
            class,
            revision,
            number: None,
            not_before,
        };
        let id = self.create_pod(workload, made, admitted);
        if let Some(daemons) = &mut self.workloads[workload].daemons {
            daemons.entry(node_id).or_default().push(id);
        }
        if fits {
            self.unqueue_pod(id);
            let home = Home::on(node_id);
            match start {
                Start::FromNothing => self.bind_pod(id, home, start),
                Start::DoneAlready => self.bind_running_pod(id, home),
            }
            self.tell_queue(|_| Some(ClusterEvent::PodAdded(template)));
        }
        Some(id)
    }

    fn takes(&self, node: &Node, template: &Arc<PodTemplate>) -> bool {
        let pod = Incoming::any_of(template, self.now);
        let free = !filter::taken_ports(&node.view, template);
        free && filter::feasible(&self.cluster.objects().volumes, &node.view, &pod).is_ok()
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
