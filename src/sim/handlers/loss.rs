//! Machines that go or fall silent though nobody asked for it, and what becomes of the pods on them.

use crate::engine::Time;
use crate::model::cluster::{ContainerState, NodeId, NodePhase, Pod, PodId, PodPhase};
use crate::model::image::Source;
use crate::model::placement_rules::ZONE_LABEL;
use crate::policy::node_scaling::NodeEvent;
use crate::sim::event::{Control, NodeTurn, PodTurn};
use crate::sim::handlers::PodEnd;
use crate::sim::world::World;

impl World {
    /// A node goes for good: its pods are gone with all their work.
    pub(in crate::sim) fn machine_gone(&mut self, id: NodeId) {
        let Some(node) = self.cluster.node(id) else { return };
        let (pool, closed) = (node.view.pool, node.phase == NodePhase::Draining);
        let occurrence = self.faults.occurrence_of(id);
        let known = self.fleet.has_ended(id) || self.fleet.noticed.contains_key(&id);
        let mut workloads: Vec<usize> = Vec::new();
        for pod in self.pods_on(id) {
            let Some(workload) = self.cluster.pod(pod).map(|pod| pod.workload) else {
                continue;
            };
            workloads.push(workload);
            self.lose_pod(pod, occurrence);
        }
        workloads.sort_unstable();
        workloads.dedup();
        // One that was closed because of its notice is counted already.
        self.fleet.pools[pool].taken += u64::from(!closed);
        self.remove_node(id);
        for workload in workloads {
            self.wake_controller(workload);
        }
        if !known {
            self.tell_node_scaler(NodeEvent::Lost {
                node: id,
                pool,
                at: self.now,
            });
        }
    }

    /// Every pod of a node.
    pub(in crate::sim) fn pods_on(&self, id: NodeId) -> Vec<PodId> {
        let pods = self.cluster.node(id).map(|node| &node.pods);
        pods.into_iter().flatten().copied().collect()
    }

    /// The workloads of the pods on a node are affected by a fault that begins.
    pub(in crate::sim) fn affects_workloads_on(&mut self, id: NodeId, occurrence: Option<u32>) {
        for pod in self.pods_on(id) {
            let living = self.cluster.pod(pod);
            if let Some(pod) = living.filter(|pod| pod.phase != PodPhase::Terminating) {
                self.fault_affects(occurrence, pod.workload);
            }
        }
    }

    /// A pod goes with all its work.
    fn lose_pod(&mut self, id: PodId, occurrence: Option<u32>) {
        let Some((phase, workload)) = self.cluster.pod(id).map(|pod| (pod.phase, pod.workload)) else {
            return;
        };
        if phase != PodPhase::Terminating {
            let work = self.work_stops(id);
            self.faults.account.loses_work(occurrence, workload, work);
            self.faults.account.loses(occurrence, workload, 1, 0);
            self.leave(id, PodEnd::Lost);
        }
        self.end_pod(id, PodEnd::Lost);
    }

    /// The machine of these pods stops answering: what they were doing is lost, and nobody knows yet.
    pub(in crate::sim) fn pods_fall_silent(&mut self, id: NodeId, occurrence: Option<u32>) {
        let now = self.now;
        for pod_id in self.pods_on(id) {
            let Some(pod) = self.cluster.pod_mut(pod_id) else {
                continue;
            };
            pod.silent = true;
            self.probing.forget(pod_id);
            self.gpus.free(now, pod_id);
            let (workload, phase, station) = (pod.workload, pod.phase, pod.station);
            let work = self.work_stops(pod_id);
            self.faults.account.loses_work(occurrence, workload, work);
            if phase == PodPhase::Pulling {
                self.cancel_pulls(pod_id, Some(id));
            }
            let Some(station) = station else { continue };
            let run = &mut self.workloads[workload];
            let lost = run.serving.silence_replica(now, station);
            run.silent_ready += u64::from(phase == PodPhase::Ready);
            self.faults.account.loses(occurrence, workload, 0, lost);
        }
    }

    /// It is found out that the machine of these pods does not answer: they count as not ready, and get no more requests.
    pub(in crate::sim) fn pods_found_silent(&mut self, id: NodeId, occurrence: Option<u32>) {
        for pod in self.pods_on(id) {
            let Some(workload) = self.cluster.pod(pod).map(|pod| pod.workload) else {
                continue;
            };
            let lost = self.pod_not_ready(pod);
            self.faults.account.loses(occurrence, workload, 0, lost);
        }
    }

    /// A ready pod no longer is; returns how many requests are lost with that.
    fn pod_not_ready(&mut self, id: PodId) -> u64 {
        let now = self.now;
        let ready = |pod: &&mut Pod| pod.phase == PodPhase::Ready;
        let Some(pod) = self.cluster.pod_mut(id).filter(ready) else {
            return 0;
        };
        pod.phase = PodPhase::Starting;
        pod.ready_changed = Some(now);
        pod.step_due = Time::NEVER;
        let (workload, station, silent) = (pod.workload, pod.station, pod.silent);
        self.work_stops(id);
        let run = &mut self.workloads[workload];
        run.ready.add(now, -1);
        run.starting.add(now, 1);
        run.silent_ready -= u64::from(silent);
        station.map_or(0, |station| {
            run.serving.silence_replica(now, station) + run.serving.hide_replica(now, station)
        })
    }

    /// The containers of a pod have ended; returns how many requests are lost with that.
    pub(super) fn pod_crashes(&mut self, id: PodId) -> u64 {
        let now = self.now;
        let Some(pod) = self.cluster.pod_mut(id) else {
            return 0;
        };
        pod.step_due = Time::NEVER;
        match pod.station {
            // It was taken from the service before, and was still at something.
            Some(station) if pod.phase == PodPhase::Starting => {
                let serving = &mut self.workloads[pod.workload].serving;
                serving.silence_replica(now, station) + serving.hide_replica(now, station)
            }
            _ => self.pod_not_ready(id),
        }
    }

    /// All containers of a pod start anew where they are, with their machine.
    pub(in crate::sim) fn restart_pod(&mut self, id: PodId) {
        let starting = |pod: &&mut Pod| pod.phase == PodPhase::Starting && !pod.silent;
        let Some(pod) = self.cluster.pod_mut(id).filter(starting) else {
            return;
        };
        pod.restarts.machine += 1;
        pod.containers.fill(ContainerState::Waiting);
        self.workloads[pod.workload].restarts.machine += 1;
        let occurrence = self.restarts.machine_restarts(id);
        self.faults.account.settled(occurrence);
        self.probing.forget(id);
        self.start_pod(id);
    }

    /// A silent pod has to leave: it is marked for deletion, and goes when somebody hears of its machine.
    pub(in crate::sim) fn evict_silent_pod(&mut self, id: PodId, occurrence: Option<u32>) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let workload = pod.workload;
        if pod.phase == PodPhase::Terminating {
            return;
        }
        self.faults.account.loses(occurrence, workload, 1, 0);
        self.leave(id, PodEnd::Lost);
        self.wake_controller(workload);
    }

    /// The machine of these pods answers again: what was marked for deletion goes, the others go on, from the start of
    /// their containers if the machine `restarts`.
    pub(in crate::sim) fn pods_answer_again(&mut self, id: NodeId, restarts: bool) {
        let now = self.now;
        for pod_id in self.pods_on(id) {
            let Some(pod) = self.cluster.pod_mut(pod_id) else {
                continue;
            };
            let was_silent = std::mem::take(&mut pod.silent);
            let (phase, workload, station) = (pod.phase, pod.workload, pod.station);
            let runs = matches!(phase, PodPhase::Ready | PodPhase::Starting);
            if restarts && runs && !self.workloads[workload].spec.rules.restart.comes_back_with_host() {
                self.workloads[workload].silent_ready -= u64::from(was_silent && phase == PodPhase::Ready);
                self.pod_not_ready(pod_id);
                self.ends_for_good(pod_id);
                continue;
            }
            match (phase, station) {
                (PodPhase::Terminating, _) => self.end_pod(pod_id, PodEnd::Lost),
                (PodPhase::Ready, Some(station)) => {
                    self.workloads[workload].silent_ready -= u64::from(was_silent);
                    if restarts && self.crash_ends_pod(pod_id, None) {
                        continue;
                    }
                    if restarts {
                        self.pod_not_ready(pod_id);
                        self.restart_pod(pod_id);
                    } else {
                        self.workloads[workload].serving.answer_again(now, station);
                        self.work_begins(pod_id);
                        self.answer_drained(workload);
                        self.plan_looks(pod_id);
                        self.guard_memory(pod_id);
                    }
                }
                (PodPhase::Starting, _) if restarts && self.crash_ends_pod(pod_id, None) => {}
                (PodPhase::Starting, _) if !restarts && self.restarts.waits(pod_id) => {
                    self.on_restart(pod_id);
                }
                (PodPhase::Starting, Some(_)) if !restarts => self.pod_ready(pod_id),
                (PodPhase::Starting, _) => self.restart_pod(pod_id),
                (PodPhase::Pulling, _) => self.pull_images(pod_id, id),
                (PodPhase::Pending | PodPhase::Ready, _) => {}
            }
        }
    }

    /// A silent node is known to be: it takes no pods.
    pub(in crate::sim) fn node_unreachable(&mut self, id: NodeId) {
        self.cluster.lose_contact(id);
    }

    /// A silent node is heard of: it takes pods, if it did not for that reason.
    pub(in crate::sim) fn node_heard_of(&mut self, id: NodeId) {
        let phase = self.cluster.node(id).map(|node| node.phase);
        if phase == Some(NodePhase::Unreachable) {
            self.cluster.reopen(self.now, id);
        }
    }

    /// The registry's speed has changed: so have those of all pulls.
    pub(in crate::sim) fn set_pull_rates(&mut self) {
        let nodes = self.cluster.nodes();
        let nodes: Vec<NodeId> = nodes.map(|(id, _)| id).collect();
        for id in nodes {
            self.set_pull_rate(id);
        }
    }

    /// The speed of a node's pulls becomes what the registry gives now.
    pub(in crate::sim) fn set_pull_rate(&mut self, id: NodeId) {
        if self.scenario.images.is_shared() {
            self.plan_sharing();
            return;
        }
        let (now, rate) = (self.now, self.registry_rate());
        // Progress up to now is at the speed there was.
        self.on_pull(id);
        if let Some(node) = self.cluster.node_mut(id) {
            node.puller.set_rate(now, Source::Registry, rate);
        }
        self.plan_pull(id);
    }

    /// Most that a node gets from the registry now, bytes a second.
    pub(super) fn registry_rate(&self) -> u64 {
        let link = self.fleet.pull_link() as f64;
        // A byte a second is as good as none, and keeps every transfer's end in sight.
        (link * self.registry_speed()).max(1.0) as u64
    }

    /// A pod's event of a fault has come.
    pub(in crate::sim) fn on_pod_turn(&mut self, id: PodId, turn: PodTurn) {
        match turn {
            PodTurn::Restart => self.on_restart(id),
            PodTurn::Crash => self.on_pod_crash(id),
            PodTurn::Worked => self.on_worked(id),
            PodTurn::Memory => self.on_memory_look(id),
            PodTurn::PullAgain => self.on_pull_again(id),
            PodTurn::Exit => self.on_exit(id),
            PodTurn::GivenUp => self.on_given_up(id),
            PodTurn::Look(kind) => self.on_look(id, kind),
            PodTurn::Stopped => self.on_stopped(id),
            PodTurn::HookOver => self.on_hook_over(id),
            PodTurn::Healthy => self.on_healthy(id),
            PodTurn::MayStart => self.on_may_start(id),
        }
    }

    /// A node's event of a fault has come.
    pub(in crate::sim) fn on_node_turn(&mut self, id: NodeId, turn: NodeTurn) {
        match turn {
            NodeTurn::Crash => self.on_crash(id),
            NodeTurn::FoundSilent => self.on_found_silent(id),
            NodeTurn::Tainted => self.on_tainted(id),
            NodeTurn::Evicts => self.on_evicts(id),
            NodeTurn::Back => self.on_back(id),
            NodeTurn::LooksAtMemory => self.on_look_at_memory(id),
            NodeTurn::LooksAtImages => self.on_look_at_images(id),
            NodeTurn::Collected => self.on_collected(id),
        }
    }

    /// A booted node joins later if its zone is not reached now, or the API server is slow.
    pub(in crate::sim) fn joins_later(&mut self, id: NodeId) -> bool {
        let zone = self.cluster.node(id).and_then(|node| node.view.label(ZONE_LABEL));
        let later = self.zone_is_out_until(zone).or_else(|| self.registers_until(id));
        if let Some(later) = later {
            self.plan(later, Control::NodeReady(id));
        }
        later.is_some()
    }
}
