//! Hosts without a kubelet: the kernel swaps what their memory and the limits of containers do not hold, and kills who fits
//! nowhere. What a pod has in swap makes its work slower.

use crate::model::cluster::{NodeId, Pod, PodId, PodPhase};
use crate::model::pace::Speed;
use crate::model::swapping::{Need, swapped};
use crate::sim::pacing::SlowCause;
use crate::sim::restarts::EndCause;
use crate::sim::world::World;
use std::collections::BTreeMap;

impl World {
    /// Swap of a machine, bytes, and what its use costs.
    fn swap_on(&self, id: NodeId) -> (u64, u64) {
        let pool = self.cluster.node(id).map(|node| node.view.pool);
        pool.map_or((0, 0), |pool| {
            let shape = &self.fleet.pools[pool].spec.shape;
            (shape.swap_bytes, shape.swap_slowdown_milli)
        })
    }

    /// Whether a container on a machine may come to use swap because of its own limit.
    pub(super) fn may_swap(&self, id: NodeId) -> bool {
        let pods = self.pods_on(id);
        let mut pods = pods.iter().filter_map(|&pod| self.cluster.pod(pod));
        pods.any(|pod| {
            let slots = self.workloads[pod.workload].slots();
            let mut limited = pod.class.running().filter(|one| one.limits.memory_bytes > 0);
            self.swap_of_host(pod) > 0
                && limited.any(|one| one.usage.memory_most(slots) > one.limits.memory_bytes)
        })
    }

    /// The kernel of a machine with so much memory for containers swaps what does not fit into it, and kills until the rest
    /// does.
    pub(super) fn swap_or_kill(&mut self, id: NodeId, memory: u64) {
        let (swap, slowdown) = self.swap_on(id);
        loop {
            let (of, needs) = self.needs_on(id);
            let found = swapped(&needs, memory, swap);
            // Its own cgroup kills a container that is over its limit; else the whole host looks for one.
            let victim = match found.stuck {
                _ if found.left_over == 0 => None,
                Some(place) => Some(of[place]),
                None => self.kernels_victim(id, memory),
            };
            if let Some((pod, container)) = victim {
                self.kill_for_memory(pod, EndCause::OutOfMemory, Some(container));
                continue;
            }
            if swap > 0 {
                // Those whose containers do not run have nothing there.
                let here = self.pods_on(id).into_iter();
                let mut pods: BTreeMap<PodId, (u64, u64)> = here.map(|pod| (pod, (0, 0))).collect();
                for (((pod, _), need), out) in of.iter().zip(&needs).zip(&found.each) {
                    let (all, in_swap) = pods.entry(*pod).or_default();
                    *all = all.saturating_add(need.needed);
                    *in_swap += out;
                }
                for (pod, (all, in_swap)) in pods {
                    self.note_swap(pod, in_swap, all, slowdown);
                }
            }
            return;
        }
    }

    /// What the containers on a machine need and may have, each with its pod and its place in it.
    fn needs_on(&self, id: NodeId) -> (Vec<(PodId, usize)>, Vec<Need>) {
        let (mut of, mut needs) = (Vec::new(), Vec::new());
        for pod_id in self.pods_on(id) {
            let Some(pod) = self.cluster.pod(pod_id).filter(|pod| can_be_killed(pod)) else {
                continue;
            };
            if self.restarts.waits(pod_id) {
                continue;
            }
            let allowed = self.swap_allowed(pod);
            for (place, used) in self.workloads[pod.workload].memory_of(pod, self.now) {
                let container = &pod.class.containers[place];
                let limit = match container.limits.memory_bytes {
                    0 => u64::MAX,
                    limit => limit,
                };
                let swap = allowed.of(container);
                of.push((pod_id, place));
                needs.push(Need {
                    needed: used.min(limit.saturating_add(swap)),
                    limit,
                    swap,
                });
            }
        }
        (of, needs)
    }

    /// So many bytes of all that a pod needs are in swap from now on: its work goes on at 1 / (1 + slowdown · share) of its
    /// speed.
    fn note_swap(&mut self, id: PodId, in_swap: u64, all: u64, slowdown_milli: u64) {
        if !self.swap_book.note(id, self.now, in_swap) {
            return;
        }
        let whole = all.saturating_mul(1000);
        let more = slowdown_milli.saturating_mul(in_swap);
        self.slow_pod(
            id,
            SlowCause::Swap,
            Speed::ratio(whole, whole.saturating_add(more)),
        );
    }

    /// The containers of a pod have ended: nothing of it is in swap.
    pub(super) fn nothing_swapped(&mut self, id: PodId) {
        if self.swap_book.note(id, self.now, 0) {
            self.slow_pod(id, SlowCause::Swap, Speed::FULL);
        }
    }
}

/// Whether a pod's containers run and get something from their host. One that was asked to stop has its memory still.
fn can_be_killed(pod: &Pod) -> bool {
    matches!(
        pod.phase,
        PodPhase::Starting | PodPhase::Ready | PodPhase::Terminating
    ) && !pod.silent
}
