//! Containers that need more memory than they may have are killed, at the very event that makes them need it.
//!
//! What a container uses depends on its age, on its slots in use and on the requests it has served. A guard says how far
//! each of these may go before somebody has to look: the station interrupts when too many slots are in use or too many
//! requests have been served, an event comes when the container is old enough. A look that finds nothing wrong sets the
//! next guard.

use super::PodEnd;
use crate::engine::Span;
use crate::model::cluster::{ContainerState, Pod, PodId, PodPhase};
use crate::model::memory_guard::MemoryGuard;
use crate::model::pod_template::{Container, ContainerKind};
use crate::policy::pod_scaling::pod_sizer::OomKill;
use crate::sim::event::{Control, PodTurn};
use crate::sim::restarts::EndCause;
use crate::sim::sizing::mains;
use crate::sim::world::World;

impl World {
    /// The main containers of a pod have started: what was served before has left nothing in their memory.
    pub(super) fn memory_begins(&mut self, id: PodId) {
        let station = self
            .cluster
            .pod(id)
            .and_then(|pod| Some((pod.workload, pod.station?)));
        let served =
            station.map(|(workload, station)| self.workloads[workload].serving.station(station).served);
        if let (Some(served), Some(pod)) = (served, self.cluster.pod_mut(id)) {
            pod.served_before = served;
        }
    }

    /// A pod's containers have started, it takes requests, or its size has changed: how far it may go before its memory is
    /// looked at.
    pub(in crate::sim) fn guard_memory(&mut self, id: PodId) {
        let now = self.now;
        let Some(pod) = self.cluster.pod(id).filter(|pod| !pod.silent) else {
            return;
        };
        let run = &self.workloads[pod.workload];
        let swap = self.swap_allowed(pod);
        let guard = MemoryGuard::of(
            &pod.class,
            run.slots(),
            run.busy_of(pod),
            &|one| swap.of(one),
            |place| run.standing(pod, place, now),
        );
        let (workload, station) = (pod.workload, pod.station);
        let of_gpu = self
            .slots_of_gpu_memory(id)
            .and_then(|slots| u32::try_from(slots).ok());
        let slots_most = guard.slots_most.into_iter().chain(of_gpu).min();
        if let Some(station) = station {
            let serving = &mut self.workloads[workload].serving;
            let is_guarded = serving.station(station).is_guarded();
            if slots_most.is_some() || guard.served_most.is_some() || is_guarded {
                serving.guard_replica(station, slots_most, guard.served_most);
            }
        }
        let at = guard.lasts.map(|lasts| now + lasts);
        match at {
            Some(at) if self.memory_looks.insert(id, at) != Some(at) => {
                self.plan(at, Control::Pod(id, PodTurn::Memory));
            }
            Some(_) => {}
            None => {
                self.memory_looks.remove(&id);
            }
        }
    }

    /// A pod's containers are as old as its guard lets them be.
    pub(in crate::sim) fn on_memory_look(&mut self, id: PodId) {
        if self.memory_looks.get(&id) == Some(&self.now) {
            self.memory_looks.remove(&id);
            self.look_at_memory(id);
        }
    }

    /// Kills a pod's containers if one needs more than it may have, of memory or of a GPU's, else sets the next guard.
    pub(in crate::sim) fn look_at_memory(&mut self, id: PodId) {
        let Some(pod) = self.cluster.pod(id).filter(|pod| !pod.silent) else {
            return;
        };
        let busy = self.workloads[pod.workload].busy_of(pod);
        let passed = self.memory_bound(pod).filter(|bound| bound.is_passed(busy));
        if let Some(bound) = passed {
            self.kill_for_memory(id, EndCause::OutOfMemory, Some(bound.container));
        } else if self.claims_gpu_memory(id, busy) {
            self.guard_memory(id);
        } else {
            self.kill_for_memory(id, EndCause::GpuMemory, None);
        }
    }

    /// The container of a pod at `over`, if it is known, needs more memory than it may have, by which it ends with `cause`.
    pub(super) fn kill_for_memory(&mut self, id: PodId, cause: EndCause, over: Option<usize>) {
        let now = self.now;
        let Some(pod) = self.cluster.pod_mut(id) else {
            return;
        };
        if pod.phase == PodPhase::Terminating {
            self.stop_replica(id, PodEnd::Killed);
            return;
        }
        // A sidecar is started again at once.
        if let Some(place) = over
            && pod.class.containers[place].kind == ContainerKind::Sidecar
        {
            pod.containers[place] = ContainerState::Running(now);
        }
        self.containers_end(id, cause, None);
    }

    /// Metrics of a workload are scraped: so are the peaks of what its pods use.
    pub(in crate::sim) fn note_memory_peaks(&mut self, workload: usize) {
        let run = &self.workloads[workload];
        if run.spec.template.memory_varies() {
            let pods: Vec<PodId> = run.pods.values().copied().collect();
            pods.into_iter().for_each(|pod| self.note_memory_peak(pod));
        }
    }

    /// What a pod uses now is the most it has used, if it is. Beyond their limits containers get nothing.
    pub(in crate::sim) fn note_memory_peak(&mut self, id: PodId) {
        let says = |pod: &&Pod| pod.class.says_memory_usage();
        let Some(pod) = self.cluster.pod(id).filter(says) else {
            return;
        };
        let used = self.memory_within_limits(pod);
        if used > pod.memory_peak_bytes
            && let Some(pod) = self.cluster.pod_mut(id)
        {
            pod.memory_peak_bytes = used;
        }
    }

    /// Memory that the containers of a pod have, bytes.
    pub(in crate::sim) fn memory_within_limits(&self, pod: &Pod) -> u64 {
        let swap = self.swap_allowed(pod);
        let run = &self.workloads[pod.workload];
        let each = run.memory_of(pod, self.now).map(|(place, used)| {
            let container = &pod.class.containers[place];
            match container.limits.memory_bytes {
                0 => used,
                limit => used.min(limit.saturating_add(swap.of(container))),
            }
        });
        each.fold(0, u64::saturating_add)
    }

    /// The main containers of a pod have ended after they had run for `ran`: a pod sizer learns of kills for memory.
    pub(super) fn tell_sizer_of_end(&mut self, id: PodId, cause: EndCause, ran: Span) {
        let now = self.now;
        let Some(pod) = self.cluster.pod(id) else { return };
        // The container that is over its limit; where none is, the first.
        let over = self.memory_bound_at_end(pod, ran);
        let run = &mut self.workloads[pod.workload];
        let Some(sizing) = &mut run.sizing else { return };
        sizing.last_ooms.remove(&pod.ordinal);
        if cause != EndCause::OutOfMemory {
            return;
        }
        let over = over.map(|bound| &pod.class.containers[bound.container]);
        let all: Vec<&Container> = mains(&pod.class).collect();
        let place = over.and_then(|over| all.iter().position(|&one| std::ptr::eq(one, over)));
        let container = place.unwrap_or(0);
        sizing.last_ooms.insert(pod.ordinal, (container, ran));
        sizing.ooms.push(OomKill {
            pod: pod.ordinal,
            container,
            at: now,
            memory_request_bytes: all[container].requests.memory_bytes,
        });
    }
}
