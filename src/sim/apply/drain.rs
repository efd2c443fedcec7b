//! Nodes are emptied: closed, their pods evicted as budgets allow, then removed; or opened again if that takes too long.

use crate::engine::{Span, Time};
use crate::model::cluster::{NodeId, NodePhase, Pod, PodId};
use crate::model::owner::Owner;
use crate::policy::node_scaling::{DrainPlan, NodeEvent};
use crate::policy::reason::{Reason, ReasonKind, Value};
use crate::sim::event::Control;
use crate::sim::faults::Fall;
use crate::sim::world::World;

static GAVE_UP: ReasonKind = ReasonKind {
    code: "drain_gave_up",
    sentence: "{pods} pods could not be evicted in {span}: a disruption budget holds {pod}",
};

/// A pod that is still there so long after its grace counts as stuck, and is waited for no longer.
const STUCK_AFTER: Span = Span::from_secs(60);

/// A drain under way.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Drain {
    pub(in crate::sim) plan: DrainPlan,
    /// When evictions began.
    began: Option<Time>,
}

impl World {
    /// Begins to drain a node that has been found fit to go.
    pub(in crate::sim) fn begin_drain(&mut self, id: NodeId, plan: DrainPlan) {
        self.close_node(id);
        self.drains.insert(id, Drain { plan, began: None });
        self.plan(self.now + plan.after, Control::Drain(id));
    }

    /// A drain goes on: what may go is evicted, and what may not is tried again.
    pub(in crate::sim) fn on_drain(&mut self, id: NodeId) {
        let (now, Some(drain)) = (self.now, self.drains.get(&id).copied()) else {
            return;
        };
        let began = drain.began.unwrap_or(now);
        self.drains.insert(
            id,
            Drain {
                began: Some(began),
                ..drain
            },
        );
        let mut held: Vec<PodId> = Vec::new();
        let forced = drain.plan.force_after.map(|span| began + span);
        let is_forced = forced.is_some_and(|at| at <= now);
        for pod in self.pods_to_move(id) {
            if is_forced {
                self.stop_pod(pod);
            } else if !self.evict_pod(pod) {
                held.push(pod);
            }
        }
        let Some(&first) = held.first() else {
            if self.faults.is_silent(id) {
                self.give_up_silent(id);
            } else {
                self.go_if_emptied(id);
            }
            return;
        };
        let gives_up = drain
            .plan
            .give_up_after
            .is_some_and(|span| now.since(began) >= span);
        if gives_up && self.forces_upgrade(id, now.since(began)) {
            self.drains.remove(&id);
        } else if gives_up {
            self.give_up_drain(id, first, held.len(), now.since(began));
        } else {
            let retry = now + drain.plan.retry_every;
            self.plan(forced.map_or(retry, |at| retry.min(at)), Control::Drain(id));
        }
    }

    /// Asks all pods of a node to stop, whatever their budgets say; then their workloads make others.
    pub(in crate::sim) fn stop_pods_on(&mut self, id: NodeId) {
        let mut workloads: Vec<usize> = Vec::new();
        for pod in self.pods_on(id) {
            workloads.extend(self.cluster.pod(pod).map(|pod| pod.workload));
            self.terminate_pod(pod);
        }
        workloads.sort_unstable();
        workloads.dedup();
        for workload in workloads {
            self.reconcile(workload);
        }
    }

    /// The longest grace that pods of a node get, where it is being drained with such a limit.
    pub(in crate::sim) fn grace_max_on(&self, id: NodeId) -> Option<Span> {
        self.drains.get(&id).and_then(|drain| drain.plan.grace_max)
    }

    /// A pod of a draining node has gone: what is left of DaemonSets goes after the last of the others, and the node after
    /// the last of all.
    pub(in crate::sim) fn go_if_emptied(&mut self, id: NodeId) {
        let Some(node) = self
            .cluster
            .node(id)
            .filter(|node| node.phase == NodePhase::Draining)
        else {
            return;
        };
        let pods: Vec<PodId> = node.pods.iter().copied().collect();
        if pods.is_empty() {
            self.drains.remove(&id);
            self.remove_node(id);
        } else if self.daemons_only(&pods) {
            for pod in pods {
                self.terminate_pod(pod);
            }
        }
    }

    /// Nothing on a silent machine will ever say that it has stopped: the machine goes when the grace of all is over.
    fn give_up_silent(&mut self, id: NodeId) {
        let pods = self.pods_to_move(id);
        let pods = pods.iter().filter_map(|&pod| self.cluster.pod(pod));
        let over = |pod: &Pod| {
            pod.terminating
                .map(|at| at + pod.class.termination_grace + STUCK_AFTER)
        };
        match pods.filter_map(over).max() {
            Some(at) if at > self.now => self.plan(at, Control::Drain(id)),
            _ => {
                self.drains.remove(&id);
                let gone = Fall {
                    gone: true,
                    restarts: false,
                    back: Time::NEVER,
                    occurrence: None,
                };
                self.machine_falls_silent(id, gone);
            }
        }
    }

    /// The pods of a node that are to run elsewhere, in the order in which they came to it.
    fn pods_to_move(&self, id: NodeId) -> Vec<PodId> {
        let Some(node) = self.cluster.node(id) else {
            return Vec::new();
        };
        let pods = node.view.pods.iter();
        pods.filter(|(_, pod)| pod.class.owner != Owner::DaemonSet)
            .filter_map(|(_, pod)| pod.id)
            .collect()
    }

    fn daemons_only(&self, pods: &[PodId]) -> bool {
        let mut known = pods.iter().filter_map(|&pod| self.cluster.pod(pod));
        known.all(|pod| pod.class.owner == Owner::DaemonSet)
    }

    fn give_up_drain(&mut self, id: NodeId, pod: PodId, pods: usize, span: Span) {
        self.drains.remove(&id);
        self.reopen_node(id);
        self.tell_node_scaler(NodeEvent::DrainFailed {
            node: id,
            at: self.now,
        });
        let name = self
            .cluster
            .pod(pod)
            .map_or_else(String::new, |pod| self.workloads[pod.workload].name_of(pod));
        let reason = Reason::new(&GAVE_UP)
            .with("pods", Value::Count(pods as u64))
            .with("span", Value::Span(span))
            .with("pod", Value::Name(name.into()));
        if let Some(node) = self.cluster.node(id) {
            let name = node.name().to_owned();
            self.log_nodes(&name, "give_up", None, "done", &reason);
        }
        self.plan_placement();
    }
}
