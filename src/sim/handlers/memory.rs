//! Containers that need more memory than they may have are killed.

use crate::engine::Span;
use crate::model::cluster::{PodId, PodPhase};
use crate::model::memory_bound::MemoryBound;
use crate::model::pod_template::Container;
use crate::policy::pod_scaling::pod_sizer::OomKill;
use crate::sim::handlers::PodEnd;
use crate::sim::restarts::EndCause;
use crate::sim::sizing::mains;
use crate::sim::world::World;

impl World {
    /// A pod takes requests, or its size has changed: how many of its slots its memory is for.
    pub(in crate::sim) fn guard_memory(&mut self, id: PodId) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let (workload, Some(station)) = (pod.workload, pod.station) else {
            return;
        };
        let run = &self.workloads[workload];
        let bound = MemoryBound::of(&pod.class, run.slots());
        let most = bound.map(|bound| bound.most.unwrap_or(0));
        let of_gpu = self
            .slots_of_gpu_memory(id)
            .and_then(|slots| u32::try_from(slots).ok());
        let most = most.into_iter().chain(of_gpu).min();
        let run = &mut self.workloads[workload];
        if most.is_some() || run.serving.station(station).busy_most != u64::MAX {
            run.serving.guard_replica(station, most);
        }
    }

    /// More of a pod's slots are in use than its memory is for; of its GPUs' memory there may be more for it.
    pub(in crate::sim) fn on_overfull(&mut self, id: PodId) {
        let Some(cause) = self.overfull_of(id) else {
            self.guard_memory(id);
            return;
        };
        let terminates = |phase| phase == PodPhase::Terminating;
        if self.cluster.pod(id).is_some_and(|pod| terminates(pod.phase)) {
            self.stop_replica(id, PodEnd::Killed);
        } else {
            self.containers_end(id, cause, None);
        }
    }

    /// What a pod with more slots in use than before has too little of; nothing if it gets the GPU memory it needs.
    fn overfull_of(&mut self, id: PodId) -> Option<EndCause> {
        let pod = self.cluster.pod(id)?;
        let run = &self.workloads[pod.workload];
        let busy = pod
            .station
            .map_or(0, |station| run.serving.station(station).busy.level());
        let bound = MemoryBound::of(&pod.class, run.slots());
        if bound.is_some_and(|bound| busy > bound.most.map_or(0, u64::from)) {
            return Some(EndCause::OutOfMemory);
        }
        (!self.claims_gpu_memory(id, busy)).then_some(EndCause::GpuMemory)
    }

    /// The main containers of a pod have ended after they had run for `ran`: a pod sizer learns of kills for memory.
    pub(super) fn tell_sizer_of_end(&mut self, id: PodId, cause: EndCause, ran: Span) {
        let now = self.now;
        let Some(pod) = self.cluster.pod(id) else { return };
        let run = &mut self.workloads[pod.workload];
        let slots = run.spec.serving.slots;
        let Some(sizing) = &mut run.sizing else { return };
        sizing.last_ooms.remove(&pod.ordinal);
        if cause != EndCause::OutOfMemory {
            return;
        }
        // The container that is over its limit; where none is, the first.
        let over = MemoryBound::of(&pod.class, slots).map(|bound| &pod.class.containers[bound.container]);
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
