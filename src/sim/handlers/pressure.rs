//! Nodes run out of memory: the kubelet evicts a pod, or the kernel kills a container before it can.
//!
//! Where there is no kubelet, only the kernel acts; see `swap`.
//!
//! The system is taken to use what is reserved for it. So a node is short of memory (`memory.available` is below the
//! kubelet's hard threshold) when its pods use more than its allocatable, and has none left when they use the threshold
//! more than that.

use super::PodEnd;
use crate::engine::Span;
use crate::model::cluster::{NodeId, Pod, PodId, PodPhase};
use crate::model::pod_template::Container;
use crate::model::units::ByteQuantity;
use crate::platform::kubernetes::eviction_rank::{self, MemoryUse};
use crate::platform::kubernetes::probe::first_look;
use crate::platform::kubernetes::qos::{QosClass, is_node_critical, oom_score};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::event::{Control, NodeTurn};
use crate::sim::platform::Platform;
use crate::sim::restarts::EndCause;
use crate::sim::sizing::legible;
use crate::sim::world::World;

/// The eviction manager's look at the node's memory (`evictionMonitoringPeriod`).
const LOOK_EVERY: Span = Span::from_secs(10);
/// Where no kubelet is, the kernel is asked so often what it has swapped, and whether it has anything left: what it really
/// does at once is seen so much later at most.
const KERNEL_LOOKS_EVERY: Span = Span::from_secs(1);
/// `memory.available<100Mi`, the default hard threshold.
const THRESHOLD_BYTES: u64 = 100 << 20;

impl World {
    /// A pod has come to a node: if its pods may use more memory than there is, its kubelet's looks matter from now on.
    pub(super) fn watch_memory_of(&mut self, id: NodeId) {
        if self.fleet.unlimited || self.short_of_memory.contains(&id) || !self.may_be_short(id) {
            return;
        }
        self.short_of_memory.insert(id);
        let ready = self.cluster.node(id).and_then(|node| node.ready);
        let every = match self.scenario.platform {
            Platform::Kubernetes => LOOK_EVERY,
            Platform::Docker { .. } | Platform::Swarm => KERNEL_LOOKS_EVERY,
        };
        let next = first_look(ready.unwrap_or(self.now), every, self.now + Span::from_nanos(1));
        self.plan(next, Control::Node(id, NodeTurn::LooksAtMemory));
    }

    /// Whether the pods of a node may use more memory than it has for them.
    fn may_be_short(&self, id: NodeId) -> bool {
        let Some(node) = self.cluster.node(id) else {
            return false;
        };
        let most = node.pods.iter().filter_map(|&pod| self.cluster.pod(pod));
        let most = most.map(|pod| {
            let slots = self.workloads[pod.workload].slots();
            let containers = pod.class.running();
            containers.fold(0, |sum: u64, one| sum.saturating_add(most_of(one, slots)))
        });
        most.fold(0, u64::saturating_add) > node.view.allocatable.memory_bytes || self.may_swap(id)
    }

    /// The kubelet of a node looks at its memory.
    pub(in crate::sim) fn on_look_at_memory(&mut self, id: NodeId) {
        let Some(node) = self.cluster.node(id) else {
            self.short_of_memory.remove(&id);
            return;
        };
        let has = node.view.allocatable.memory_bytes;
        let is_silent = self.faults.is_silent(id);
        let kubelet = self.scenario.platform == Platform::Kubernetes;
        if kubelet && !is_silent {
            while self.memory_used_on(id) > has.saturating_add(THRESHOLD_BYTES) {
                let Some((victim, container)) = self.kernels_victim(id, has) else {
                    break;
                };
                self.kill_for_memory(victim, EndCause::OutOfMemory, Some(container));
            }
            let used = self.memory_used_on(id);
            if used > has {
                self.evict_for_memory(id, used, has);
            }
        } else if !is_silent {
            self.swap_or_kill(id, has);
        }
        if self.may_be_short(id) {
            let next = self.now + if kubelet { LOOK_EVERY } else { KERNEL_LOOKS_EVERY };
            self.plan(next, Control::Node(id, NodeTurn::LooksAtMemory));
        } else {
            self.short_of_memory.remove(&id);
        }
    }

    fn memory_used_on(&self, id: NodeId) -> u64 {
        let pods = self.pods_on(id);
        let pods = pods.iter().filter_map(|&pod| self.cluster.pod(pod));
        pods.map(|pod| self.memory_within_limits(pod))
            .fold(0, u64::saturating_add)
    }

    /// The container that the kernel kills on a node with so many bytes, as its pod and its place in it: that with the
    /// highest badness, which is what it uses, swap included, and what the kubelet or Docker has said of it
    /// (`oom_badness` in the kernel's mm/oom_kill.c, where the page tables count too).
    pub(super) fn kernels_victim(&self, id: NodeId, node_memory: u64) -> Option<(PodId, usize)> {
        let node_memory = i64::try_from(node_memory).unwrap_or(i64::MAX);
        let mut worst: Option<(i128, PodId, usize)> = None;
        for pod_id in self.pods_on(id) {
            let Some(pod) = self.cluster.pod(pod_id).filter(|pod| stays(pod)) else {
                continue;
            };
            // One that waits to be started again has nothing left to give.
            if self.restarts.waits(pod_id) {
                continue;
            }
            let (class, rules) = (QosClass::of_pod(&pod.class), &pod.class.rules);
            let critical = is_node_critical(rules.priority, &rules.priority_class);
            let run = &self.workloads[pod.workload];
            for (place, used) in run.memory_of(pod, self.now).filter(|(_, used)| *used > 0) {
                let one = &pod.class.containers[place];
                let asked = i64::try_from(one.requests.memory_bytes).unwrap_or(i64::MAX);
                let score = match self.scenario.platform {
                    Platform::Kubernetes => oom_score(class, critical, asked, node_memory),
                    Platform::Docker { .. } | Platform::Swarm => run.spec.rules.oom_score_adj.into(),
                };
                let badness = i128::from(used) * 1000 + i128::from(score) * i128::from(node_memory);
                if worst.is_none_or(|(most, ..)| badness > most) {
                    worst = Some((badness, pod_id, place));
                }
            }
        }
        worst.map(|(_, pod, place)| (pod, place))
    }

    /// The kubelet evicts one pod, the first by its ranking: it is gone at once, and its workload makes another.
    fn evict_for_memory(&mut self, id: NodeId, used: u64, has: u64) {
        let pods: Vec<PodId> = self
            .pods_on(id)
            .into_iter()
            .filter(|&pod| {
                self.cluster.pod(pod).is_some_and(|pod| {
                    let rules = &pod.class.rules;
                    stays(pod) && !is_node_critical(rules.priority, &rules.priority_class)
                })
            })
            .collect();
        let uses: Vec<MemoryUse> = pods
            .iter()
            .filter_map(|&pod| self.cluster.pod(pod))
            .map(|pod| MemoryUse {
                working_set: Some(self.memory_within_limits(pod)),
                request: pod.class.requests().memory_bytes,
                priority: pod.class.rules.priority,
            })
            .collect();
        let Some(&place) = eviction_rank::memory(&uses).first() else {
            return;
        };
        let (victim, of_victim) = (pods[place], uses[place]);
        let Some(workload) = self.cluster.pod(victim).map(|pod| pod.workload) else {
            return;
        };
        let node = self.cluster.node(id).map_or("", |node| node.name()).to_owned();
        let bytes = |amount: u64| ByteQuantity::new(legible(amount));
        let why = format!(
            "pods of {node} use {} of memory and it has {} for them: this one is the first to go, it uses {} and asked \
             for {}",
            bytes(used),
            bytes(has),
            bytes(of_victim.working_set.unwrap_or(0)),
            bytes(of_victim.request),
        );
        self.log_eviction(victim, &why);
        self.leave(victim, PodEnd::Evicted);
        self.end_pod(victim, PodEnd::Evicted);
        self.wake_controller(workload);
    }

    fn log_eviction(&mut self, id: PodId, why: &str) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let decision = Decision {
            question: "eviction",
            policy: "kubelet",
            by: None,
            subject: &self.workloads[pod.workload].name_of(pod),
            action: "evict",
            from: None,
            to: None,
            result: "done",
            reason_code: "memory_pressure",
            reason: Why::Text(why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}

/// Whether a pod is one that the kubelet or the kernel may choose: its containers run, and nobody has asked it to stop.
fn stays(pod: &Pod) -> bool {
    matches!(pod.phase, PodPhase::Starting | PodPhase::Ready) && !pod.silent
}

/// The most memory that a container may come to use.
fn most_of(container: &Container, slots: Option<u32>) -> u64 {
    let most = container.usage.memory_most(slots);
    match container.limits.memory_bytes {
        0 => most,
        limit => most.min(limit),
    }
}
