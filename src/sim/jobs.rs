//! Jobs: replicas that end of their own accord when their work is done, each job with one pod at a time.
//!
//! Knows: how many were started, are done, and have lost a pod. Must not know: who starts them, or what they do.
//!
//! A job of which a pod goes before its work is done gets another at once, as Kubernetes' Job controller gives it one
//! (`podReplacementPolicy: TerminatingOrFailed`); how often is not limited here.

use super::handlers::PodEnd;
use super::outcome::JobCounts;
use super::world::World;
use crate::model::cluster::PodPhase;
use crate::model::probe::ProbeKind;

/// A workload's jobs since measuring started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Jobs {
    /// There when measuring started.
    before: u64,
    started: u64,
    done: u64,
    pods_failed: u64,
}

impl Jobs {
    /// So many more were asked for.
    pub(super) fn start(&mut self, jobs: u32) {
        self.started += u64::from(jobs);
    }

    /// A pod of one of them has ended.
    pub(super) fn pod_gone(&mut self, end: PodEnd) {
        self.pods_failed += u64::from(end != PodEnd::Completed);
    }

    /// Measuring starts anew while `unfinished` jobs are there.
    pub(super) fn reset(&mut self, unfinished: u32) {
        *self = Self {
            before: unfinished.into(),
            ..Self::default()
        };
    }

    /// How many have not finished, by the books.
    pub(super) const fn unfinished(&self) -> u64 {
        (self.before + self.started).saturating_sub(self.done)
    }

    /// For the outcome; `waiting` jobs have a pod that does not run yet, or none.
    pub(super) const fn counts(&self, waiting: u64) -> JobCounts {
        JobCounts {
            started: self.started,
            done: self.done,
            pods_failed: self.pods_failed,
            unfinished: self.unfinished(),
            waiting,
        }
    }
}

impl World {
    /// Replicas of a workload have drained or are done: their pods go.
    pub(super) fn answer_drained(&mut self, workload: usize) {
        for station in self.workloads[workload].serving.take_drained() {
            let Some(pod) = self.workloads[workload].station_owner[station] else {
                continue;
            };
            let of_pod = self.workloads[workload].serving.station(station);
            if of_pod.is_overfull() || of_pod.has_served_too_many() {
                self.look_at_memory(pod);
                continue;
            }
            if self
                .cluster
                .pod(pod)
                .is_some_and(|pod| pod.phase == PodPhase::Terminating)
            {
                self.stop_drained(pod);
                continue;
            }
            // It has ended already, and was listed more than once.
            if self.restarts.waits(pod) {
                continue;
            }
            if self.probing.stopping(pod).is_some() {
                let cause = self.cause_of(pod, ProbeKind::Liveness);
                self.containers_end(pod, cause, None);
                continue;
            }
            let now = self.now;
            let run = &mut self.workloads[workload];
            run.jobs.done += 1;
            run.desired = run.desired.saturating_sub(1);
            run.wanted.set(now, run.desired.into());
            self.leave(pod, PodEnd::Completed);
        }
    }
}
