//! How much memory the containers of a pod use, and may use, at one moment.
//!
//! Knows: ages of containers, requests served and slots in use. Must not know: what happens to who uses too much.

use super::platform::Platform;
use super::workload_run::WorkloadRun;
use super::world::World;
use crate::engine::{Span, Time};
use crate::model::cluster::{Cluster, ContainerState, Pod, PodPhase};
use crate::model::memory_bound::MemoryBound;
use crate::model::pod_template::{Container, ContainerKind, Standing};
use crate::platform::docker::memory::MemorySwap;

/// How much swap the containers of a pod may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct SwapAllowed {
    host_bytes: u64,
    rule: MemorySwap,
}

impl SwapAllowed {
    /// What `container` may use beyond its limit of memory, bytes.
    pub(super) fn of(self, container: &Container) -> u64 {
        let allowed = self.rule.swap_bytes(container.limits.memory_bytes);
        allowed.min(self.host_bytes)
    }
}

/// Requests that a pod has served since its main containers have started.
pub(super) fn served_since_start(pod: &Pod, served: u64) -> u64 {
    served.saturating_sub(pod.served_before)
}

impl WorkloadRun {
    /// Slots of a pod in use.
    pub(super) fn busy_of(&self, pod: &Pod) -> u64 {
        pod.station
            .map_or(0, |station| self.serving.station(station).busy.level())
    }

    /// Requests that a pod has served since its main containers have started.
    pub(super) fn served_by(&self, pod: &Pod) -> u64 {
        let served = pod.station.map(|station| self.serving.station(station).served);
        served_since_start(pod, served.unwrap_or(0))
    }

    /// How far the container at `place` has come; nothing if it does not run.
    pub(super) fn standing(&self, pod: &Pod, place: usize, now: Time) -> Option<Standing> {
        match pod.containers.get(place)? {
            ContainerState::Running(since) => Some(Standing {
                age: now.since(*since),
                served: self.served_by(pod),
            }),
            ContainerState::Waiting | ContainerState::Ended(_) => None,
        }
    }

    /// Memory that each running container of a pod needs now, with its place in the pod.
    pub(super) fn memory_of<'a>(
        &'a self,
        pod: &'a Pod,
        now: Time,
    ) -> impl Iterator<Item = (usize, u64)> + 'a {
        let busy = self.busy_of(pod);
        let containers = pod.class.containers.iter().enumerate();
        let runs_on = containers.filter(|(_, one)| one.kind != ContainerKind::Init);
        runs_on.filter_map(move |(place, one)| {
            let standing = self.standing(pod, place, now)?;
            Some((place, one.usage.memory(standing, busy)))
        })
    }

    /// Memory that the pods which take requests use without any, bytes.
    pub(super) fn memory_without_requests(&self, cluster: &Cluster, now: Time) -> f64 {
        let pods = self.pods.values().filter_map(|&id| cluster.pod(id));
        let ready = pods.filter(|pod| pod.phase == PodPhase::Ready);
        let each = ready.flat_map(|pod| {
            let containers = pod.class.containers.iter().enumerate();
            let runs_on = containers.filter(|(_, one)| one.kind != ContainerKind::Init);
            runs_on.filter_map(move |(place, one)| {
                let standing = self.standing(pod, place, now)?;
                Some(one.usage.memory_without_requests(standing) as f64)
            })
        });
        each.sum()
    }
}

impl World {
    /// Swap of the machine that a pod is on, bytes. A kubelet gives none to pods (`memorySwap.swapBehavior: NoSwap`, the
    /// default).
    pub(super) fn swap_of_host(&self, pod: &Pod) -> u64 {
        if self.scenario.platform == Platform::Kubernetes {
            return 0;
        }
        let node = pod.node.and_then(|node| self.cluster.node(node));
        node.map_or(0, |node| self.fleet.pools[node.view.pool].spec.shape.swap_bytes)
    }

    /// How much swap the containers of a pod may use beyond their limits of memory.
    pub(super) fn swap_allowed(&self, pod: &Pod) -> SwapAllowed {
        SwapAllowed {
            host_bytes: self.swap_of_host(pod),
            rule: self.workloads[pod.workload].spec.rules.memory_swap,
        }
    }

    /// The bound that the memory limits of a pod's containers are now.
    pub(super) fn memory_bound(&self, pod: &Pod) -> Option<MemoryBound> {
        let run = &self.workloads[pod.workload];
        let swap = self.swap_allowed(pod);
        MemoryBound::of(&pod.class, run.slots(), &|one| swap.of(one), |place| {
            run.standing(pod, place, self.now)
        })
    }

    /// The bound at the end of the main containers of a pod, which had run for `ran`.
    pub(super) fn memory_bound_at_end(&self, pod: &Pod, ran: Span) -> Option<MemoryBound> {
        let run = &self.workloads[pod.workload];
        let swap = self.swap_allowed(pod);
        MemoryBound::of(&pod.class, run.slots(), &|one| swap.of(one), |place| {
            let is_main = pod.class.containers[place].kind == ContainerKind::Main;
            let of_main = is_main.then(|| Standing {
                age: ran,
                served: run.served_by(pod),
            });
            of_main.or_else(|| run.standing(pod, place, self.now))
        })
    }
}
