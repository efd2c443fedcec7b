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
        let run = &mut self.workloads[workload];
        let bound = MemoryBound::of(&pod.class, run.slots());
        let most = bound.map(|bound| bound.most.unwrap_or(0));
        if most.is_some() || run.serving.station(station).busy_most != u64::MAX {
            run.serving.guard_replica(station, most);
        }
    }

    /// More of a pod's slots are in use than its memory is for.
    pub(in crate::sim) fn on_overfull(&mut self, id: PodId) {
        let terminates = |phase| phase == PodPhase::Terminating;
        if self.cluster.pod(id).is_some_and(|pod| terminates(pod.phase)) {
            self.stop_replica(id, PodEnd::Killed);
        } else {
            self.containers_end(id, EndCause::OutOfMemory, None);
        }
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
