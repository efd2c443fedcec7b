//! Pods of Jobs at their work: they begin, are interrupted, come to an end, fail, and are started again where they are.

use crate::engine::Span;
use crate::model::cluster::{Pod, PodId, PodPhase};
use crate::model::pod_template::ContainerKind;
use crate::platform::kubernetes::job::failure_policy;
use crate::sim::batch::EndedPod;
use crate::sim::event::{Control, PodTurn};
use crate::sim::handlers::PodEnd;
use crate::sim::restarts::EndCause;
use crate::sim::world::World;
use crate::workload::batch::End;

/// The exit code of a container that was asked to stop (128 + SIGTERM).
const TERMINATED: i32 = 143;
/// The exit code of a container that was killed (128 + SIGKILL).
const KILLED: i32 = 137;

impl World {
    /// A pod's containers have started: if it is a Job's, it works.
    pub(in crate::sim) fn work_begins(&mut self, id: PodId) {
        let now = self.now;
        let pod = self.cluster.pod(id);
        let Some((workload, ordinal, restarts)) =
            pod.map(|pod| (pod.workload, pod.ordinal, pod.restarts.total()))
        else {
            return;
        };
        let Some(batch) = &mut self.workloads[workload].batch else {
            return;
        };
        let Some((number, pod)) = batch.pod_mut(ordinal) else {
            return;
        };
        let ends = pod.toil.begin(now);
        if let Some(job) = batch.jobs.get_mut(&number)
            && job.running.is_none()
        {
            job.running = Some(now);
            batch.books.job_runs(now.since(job.due));
        }
        self.plan(ends, Control::Pod(id, PodTurn::Worked));
        if restarts > 0 {
            // Restarts count against the Job's limit.
            self.job_changed(workload, number);
        }
    }

    /// A pod no longer does what it did: if it is a Job's, its work since the last checkpoint is lost.
    /// Returns how much that is.
    pub(in crate::sim) fn work_stops(&mut self, id: PodId) -> Span {
        let now = self.now;
        let Some((workload, ordinal)) = self.cluster.pod(id).map(|pod| (pod.workload, pod.ordinal)) else {
            return Span::ZERO;
        };
        let Some(batch) = &mut self.workloads[workload].batch else {
            return Span::ZERO;
        };
        let Some((number, pod)) = batch.pod_mut(ordinal) else {
            return Span::ZERO;
        };
        let (worked, lost) = pod.toil.stop(now);
        batch.worked(number, worked, lost);
        self.pacing.rests(now, id);
        lost
    }

    /// A pod of a Job comes to the end of its work.
    pub(in crate::sim) fn on_worked(&mut self, id: PodId) {
        let now = self.now;
        let Some(pod) = self
            .cluster
            .pod(id)
            .filter(|pod| pod.phase == PodPhase::Ready && !pod.silent)
        else {
            return;
        };
        let (workload, ordinal) = (pod.workload, pod.ordinal);
        let Some(batch) = &mut self.workloads[workload].batch else {
            return;
        };
        let restarts = batch.plan.job.restarts_on_failure;
        let end = batch.pod_mut(ordinal).and_then(|(_, pod)| pod.toil.end_at(now));
        match end {
            None => {}
            Some(End::Done) => self.leave(id, PodEnd::Completed),
            Some(End::Fails) if restarts => {
                self.containers_end(id, EndCause::Crash, None);
                self.work_anew(workload, ordinal);
            }
            Some(End::Fails) => self.leave(id, PodEnd::Failed),
        }
    }

    /// The containers of a Job's pod have failed and will start again where they are: chance says anew how that goes.
    fn work_anew(&mut self, workload: usize, ordinal: u64) {
        let key = self.key;
        let run = &mut self.workloads[workload];
        let (name, Some(batch)) = (&run.spec.name, &mut run.batch) else {
            return;
        };
        let plan = batch.plan.clone();
        let job = batch.job_of.get(&ordinal);
        let Some(job) = job.and_then(|job| batch.jobs.get_mut(job)) else {
            return;
        };
        let job_key = job.key;
        if let Some(pod) = job.pods.get_mut(&ordinal) {
            pod.toil.again(&plan.work, key, name, job_key);
        }
    }

    /// The containers of a pod have ended, by a fault's `occurrence` if there is one: whether that is the end of the pod, as
    /// it is of a Job's whose containers are not restarted.
    pub(in crate::sim) fn crash_ends_pod(&mut self, id: PodId, occurrence: Option<u32>) -> bool {
        let pod = self.cluster.pod(id);
        let alive = |pod: &&Pod| matches!(pod.phase, PodPhase::Starting | PodPhase::Ready) && !pod.silent;
        let Some(workload) = pod.filter(alive).map(|pod| pod.workload) else {
            return false;
        };
        let batch = self.workloads[workload].batch.as_ref();
        let ends = batch.is_some_and(|batch| !batch.plan.job.restarts_on_failure);
        if ends {
            if occurrence.is_some() {
                let work = self.work_stops(id);
                self.faults.account.loses_work(occurrence, workload, work);
            }
            self.faults.account.loses(occurrence, workload, 1, 0);
            self.faults.account.settled(occurrence);
            self.leave(id, PodEnd::Failed);
        }
        ends
    }

    /// A pod is gone: if it was a Job's, its controller will count it.
    pub(in crate::sim) fn job_pod_gone(&mut self, pod: &Pod, end: PodEnd) {
        let (now, workload, ordinal) = (self.now, pod.workload, pod.ordinal);
        if self.workloads[workload].batch.is_none() {
            return;
        }
        let succeeded = end == PodEnd::Completed;
        let fails = end == PodEnd::Failed;
        let Some(batch) = &mut self.workloads[workload].batch else {
            return;
        };
        let planned = batch
            .plan
            .work
            .failure
            .map_or(KILLED, |failure| failure.exit_code);
        let Some((number, at_work)) = batch.pod_mut(ordinal) else {
            return;
        };
        let worked = at_work.toil.is_working();
        // A failure that was not drawn for now is a crash from outside.
        let exit_code = match end {
            PodEnd::Failed if at_work.toil.end_at(now) == Some(End::Fails) => planned,
            PodEnd::Failed => KILLED,
            _ => TERMINATED,
        };
        let (spent, lost) = at_work.toil.stop(now);
        let (index, left) = (at_work.index, at_work.toil.left());
        let lost = if succeeded { Span::ZERO } else { lost };
        batch.worked(number, spent, lost);
        let main = pod
            .class
            .containers
            .iter()
            .find(|container| container.kind == ContainerKind::Main);
        let exits: Vec<(&str, i32)> = main
            .filter(|_| fails || (worked && end != PodEnd::Lost))
            .map(|container| (container.name.as_str(), exit_code))
            .into_iter()
            .collect();
        let verdict = failure_policy::action(&batch.plan.rules, &exits, !fails);
        batch.books.pod_ended(succeeded);
        batch.job_of.remove(&ordinal);
        if let Some(job) = batch.jobs.get_mut(&number) {
            job.pods.remove(&ordinal);
            if !succeeded {
                job.pieces.give_back(left);
            }
            job.ended.push(EndedPod {
                index,
                succeeded,
                at: now,
                restarts: pod.restarts.total(),
                verdict: verdict.filter(|_| !succeeded),
            });
        }
        self.job_changed(workload, number);
    }
}
