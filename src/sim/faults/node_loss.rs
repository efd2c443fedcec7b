//! A machine falls silent, is found out, loses its pods, comes back or is gone.

use super::Silent;
use crate::engine::Time;
use crate::model::cluster::{Node, NodeId, NodePhase, PodId};
use crate::model::labels::{Taint, TaintEffect, Toleration};
use crate::model::placement_rules::ZONE_LABEL;
use crate::platform::by_hand::Step;
use crate::platform::kubernetes::taint_eviction::{
    DEFAULT_TOLERATION, EvictionTimer, TimedToleration, on_taints,
};
use crate::platform::kubernetes::zone_disruption::{Passage, ZoneNodes};
use crate::policy::node_scaling::NodeEvent;
use crate::sim::event::{Control, NodeTurn};
use crate::sim::platform::Platform;
use crate::sim::world::World;
use std::collections::BTreeMap;

/// The taint of a node that is not heard of.
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// How a machine falls silent.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Fall {
    /// It never answers again.
    pub(in crate::sim) gone: bool,
    /// Its containers start anew when it is back.
    pub(in crate::sim) restarts: bool,
    /// When it answers again; never if it is gone.
    pub(in crate::sim) back: Time,
    /// Its place in the account.
    pub(in crate::sim) occurrence: Option<u32>,
}

impl World {
    /// A machine stops answering. What its pods were doing is lost; nobody knows yet.
    pub(in crate::sim) fn machine_falls_silent(&mut self, id: NodeId, fall: Fall) {
        let now = self.now;
        let Some(node) = self.cluster.node(id) else { return };
        if self.fleet.failing.contains_key(&id) {
            return;
        }
        if let Some(silent) = self.faults.silent.get_mut(&id) {
            if fall.gone && !silent.gone {
                (silent.gone, silent.back) = (true, Time::NEVER);
                let found = silent.found;
                self.fleet.machine_ended(now, id, &self.cluster);
                if found {
                    self.plan_collection(id);
                }
            } else if !silent.gone && fall.back > silent.back {
                silent.back = fall.back;
                self.plan(fall.back, Control::Node(id, NodeTurn::Back));
            }
            return;
        }
        let Some(ready) = node.ready else {
            // It has not joined the cluster: there is nothing to find out.
            if fall.gone {
                self.machine_gone(id);
            }
            return;
        };
        let pool = &self.fleet.pools[node.view.pool].spec.name;
        let monitor = &self.faults.monitor;
        let found_at = match self.scenario.platform {
            Platform::Kubernetes => monitor.finds_out(pool, node.ordinal, ready, now),
            Platform::Swarm => monitor.finds_down(pool, node.ordinal, ready, now),
            // There is nobody to find out.
            Platform::Docker { .. } => Time::NEVER,
        };
        self.faults.account.node_hit(fall.occurrence);
        self.faults.silent.insert(
            id,
            Silent {
                occurrence: fall.occurrence,
                gone: fall.gone,
                restarts: fall.restarts,
                back: fall.back,
                found_at,
                found: false,
                taint_at: Time::NEVER,
                tainted: false,
                timers: BTreeMap::new(),
            },
        );
        self.pods_fall_silent(id, fall.occurrence);
        if fall.gone {
            self.fleet.machine_ended(now, id, &self.cluster);
            self.tell_of_loss(id);
        }
        if found_at != Time::NEVER {
            self.plan(found_at, Control::Node(id, NodeTurn::FoundSilent));
        }
        if fall.back != Time::NEVER {
            self.plan(fall.back, Control::Node(id, NodeTurn::Back));
        }
    }

    /// The node controller finds out.
    pub(in crate::sim) fn on_found_silent(&mut self, id: NodeId) {
        let now = self.now;
        let Some(silent) = self.faults.silent.get_mut(&id) else {
            return;
        };
        if silent.found || silent.found_at != now {
            return;
        }
        silent.found = true;
        let (gone, occurrence) = (silent.gone, silent.occurrence);
        self.faults.account.detected(now, occurrence);
        self.node_unreachable(id);
        self.pods_found_silent(id, occurrence);
        if self.scenario.platform == Platform::Swarm {
            return self.replace_tasks_of(id, gone, occurrence);
        }
        let leaves = self
            .cluster
            .node(id)
            .is_some_and(|node| node.phase == NodePhase::Draining);
        if gone || leaves {
            self.plan_collection(id);
        } else {
            self.look_at_zones();
            self.tell_of_loss(id);
        }
    }

    /// A node of a Swarm is down: other tasks take the place of its own, made at once and started after the restart delay,
    /// which is waived for drained nodes only (swarmkit `restart.go`). It keeps those until it is back.
    fn replace_tasks_of(&mut self, id: NodeId, gone: bool, occurrence: Option<u32>) {
        for pod in self.pods_on(id) {
            if self.is_task(pod) {
                self.task_is_lost(pod, occurrence);
            } else {
                self.evict_silent_pod(pod, occurrence);
            }
        }
        if gone {
            self.machine_gone(id);
        }
    }

    fn tell_of_loss(&mut self, node: NodeId) {
        if let Some(pool) = self.cluster.node(node).map(|node| node.view.pool) {
            let at = self.now;
            self.tell_node_scaler(NodeEvent::Lost { node, pool, at });
        }
    }

    fn plan_collection(&mut self, id: NodeId) {
        let at = self.faults.monitor.collects(self.now);
        self.plan(at, Control::Node(id, NodeTurn::Collected));
    }

    /// The node of a machine that is gone was deleted, and its pods are collected.
    pub(in crate::sim) fn on_collected(&mut self, id: NodeId) {
        let closed = |node: &Node| node.phase == NodePhase::Draining;
        let leaves = self.cluster.node(id).is_some_and(closed);
        let found = |silent: &Silent| silent.found && (silent.gone || leaves);
        if self.faults.silent.get(&id).is_some_and(found) {
            self.machine_gone(id);
        }
    }

    /// How many nodes of each zone do not answer decides how fast they are tainted.
    fn look_at_zones(&mut self) {
        let mut zones: BTreeMap<String, ZoneNodes> = BTreeMap::new();
        for (id, node) in self.cluster.nodes().filter(|(_, node)| node.ready.is_some()) {
            let zone = zones
                .entry(node.view.label(ZONE_LABEL).unwrap_or_default().to_owned())
                .or_insert(ZoneNodes {
                    nodes: 0,
                    not_ready: 0,
                });
            zone.nodes += 1;
            zone.not_ready += usize::from(self.faults.silent.get(&id).is_some_and(|silent| silent.found));
        }
        if self.faults.monitor.zones_are(&zones) == Passage::IntoSilence {
            for silent in self.faults.silent.values_mut() {
                (silent.tainted, silent.taint_at) = (false, Time::NEVER);
                silent.timers.clear();
            }
        }
        let waiting = self.faults.silent.iter();
        let waiting: Vec<(NodeId, Time)> = waiting
            .filter(|(_, silent)| silent.found && !silent.gone && !silent.tainted)
            .map(|(&id, silent)| (id, silent.taint_at))
            .collect();
        for (id, planned) in waiting {
            let Some(node) = self.cluster.node(id) else {
                continue;
            };
            let zone = node.view.label(ZONE_LABEL).unwrap_or_default().to_owned();
            let may = self.faults.monitor.evicts(&zone);
            if may && planned != Time::NEVER {
                continue;
            }
            let at = self
                .faults
                .monitor
                .may_taint(&zone, self.now)
                .unwrap_or(Time::NEVER);
            if let Some(silent) = self.faults.silent.get_mut(&id) {
                silent.taint_at = at;
            }
            if at != Time::NEVER {
                self.plan(at, Control::Node(id, NodeTurn::Tainted));
            }
        }
    }

    /// A silent node gets its taint: the timers of its pods start.
    pub(in crate::sim) fn on_tainted(&mut self, id: NodeId) {
        let now = self.now;
        let Some(node) = self.cluster.node(id) else { return };
        let due = |silent: &&mut Silent| silent.taint_at == now && !silent.tainted;
        let Some(silent) = self.faults.silent.get_mut(&id).filter(due) else {
            return;
        };
        silent.tainted = true;
        let taint = Taint {
            key: UNREACHABLE.to_owned(),
            value: String::new(),
            effect: TaintEffect::NoExecute,
        };
        for &pod in &node.pods {
            let Some(class) = self.cluster.pod(pod).map(|pod| &pod.class) else {
                continue;
            };
            let tolerations = class.tolerations.iter().cloned();
            let mut timed: Vec<TimedToleration> = tolerations
                .map(|toleration| TimedToleration {
                    lasts: toleration.lasts,
                    toleration,
                })
                .collect();
            if !timed.iter().any(|timed| timed.toleration.tolerates(&taint)) {
                timed.push(TimedToleration {
                    toleration: Toleration {
                        key: Some(taint.key.clone()),
                        value: None,
                        effect: Some(TaintEffect::NoExecute),
                        lasts: Some(DEFAULT_TOLERATION),
                    },
                    lasts: Some(DEFAULT_TOLERATION),
                });
            }
            let timer = on_taints(EvictionTimer::None, std::slice::from_ref(&taint), &timed, now);
            silent.timers.insert(pod, timer);
        }
        self.plan_evictions(id);
    }

    /// Plans when the next pod of a tainted node has to leave.
    fn plan_evictions(&mut self, id: NodeId) {
        let now = self.now;
        let timers = self
            .faults
            .silent
            .get(&id)
            .into_iter()
            .flat_map(|silent| silent.timers.values());
        let next = timers.filter_map(|timer| match *timer {
            EvictionTimer::None => None,
            EvictionTimer::Running { at, .. } => Some(at),
            EvictionTimer::Due => Some(now),
        });
        if let Some(at) = next.min() {
            self.plan(at, Control::Node(id, NodeTurn::Evicts));
        }
    }

    /// Pods of a silent node whose time is over are marked for deletion: others take their place.
    pub(in crate::sim) fn on_evicts(&mut self, id: NodeId) {
        let now = self.now;
        let Some(silent) = self.faults.silent.get_mut(&id).filter(|silent| silent.tainted) else {
            return;
        };
        let over = |timer: &EvictionTimer| match *timer {
            EvictionTimer::None => false,
            EvictionTimer::Running { at, .. } => at <= now,
            EvictionTimer::Due => true,
        };
        let due: Vec<PodId> = silent
            .timers
            .iter()
            .filter(|(_, timer)| over(timer))
            .map(|(&pod, _)| pod)
            .collect();
        silent.timers.retain(|_, timer| !over(timer));
        let occurrence = silent.occurrence;
        for pod in due {
            self.evict_silent_pod(pod, occurrence);
        }
        self.plan_evictions(id);
    }

    /// A machine that had crashed is up again, because somebody saw to that.
    fn machine_mended(&mut self, id: NodeId) {
        let Some(node) = self.cluster.node(id) else { return };
        let name = node.name().to_owned();
        self.done_by_hand(
            Step::MendMachine,
            &name,
            None,
            "it had crashed, and is mended or replaced",
        );
    }

    /// A silent machine answers again.
    pub(in crate::sim) fn on_back(&mut self, id: NodeId) {
        let now = self.now;
        let due = |silent: &Silent| silent.back == now && !silent.gone;
        if !self.faults.silent.get(&id).is_some_and(due) {
            return;
        }
        let Some(silent) = self.faults.silent.remove(&id) else {
            return;
        };
        if silent.restarts {
            self.machine_mended(id);
        }
        self.node_heard_of(id);
        self.pods_answer_again(id, silent.restarts);
        self.faults.account.settled(silent.occurrence);
        self.plan_next_crash_of(id);
        if silent.found {
            if self.scenario.platform == Platform::Kubernetes {
                self.look_at_zones();
            }
            self.tell_queue_of_node(id);
            self.plan_placement();
            self.wake_node_scaler();
        }
    }
}
