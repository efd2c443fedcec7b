//! Jobs: pods are created and stopped as their controller wants, until a Job is complete or has failed.
//!
//! Knows: what a sync of the Job controller asks for. Must not know: how it decides (`platform/kubernetes/job/`).

use super::by_hand::UNTIL_UP;
use crate::engine::digest::Fact;
use crate::engine::{Span, Time};
use crate::model::cluster::{PodId, PodPhase};
use crate::model::units::counted;
use crate::platform::kubernetes::job::sync::{self, JobCondition, JobSync};
use crate::platform::kubernetes::slow_start;
use crate::platform::plain_job;
use crate::sim::batch::{Ended, JobPodRun, JobRun};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::event::Control;
use crate::sim::platform::Platform;
use crate::sim::world::{Row, World};
use crate::workload::batch::Toil;

/// What happens to pods within so long is looked at together (`syncJobBatchPeriod`, job_controller.go).
const BATCH_PERIOD: Span = Span::from_secs(1);

impl World {
    /// The controllers of a batch workload look at what is due.
    pub(in crate::sim) fn on_jobs(&mut self, workload: u32) {
        let (now, workload) = (self.now, workload as usize);
        self.start_due_jobs(workload);
        self.sync_cron_job(workload);
        while let Some(number) = self.workloads[workload]
            .batch
            .as_mut()
            .and_then(|batch| batch.next_sync(now))
        {
            self.sync_job(workload, number);
        }
    }

    /// Jobs whose time has come are created.
    fn start_due_jobs(&mut self, workload: usize) {
        loop {
            let Some(batch) = &mut self.workloads[workload].batch else {
                return;
            };
            let plan = batch.plan.clone();
            let place = batch.starts_done;
            let Some(&due) = plan.starts.get(place).filter(|&&due| due <= self.now) else {
                return;
            };
            batch.starts_done += 1;
            let name = &self.workloads[workload].spec.name;
            let name = if plan.starts.len() == 1 {
                name.clone()
            } else {
                format!("{name}-{place}")
            };
            self.start_job(workload, &name, place as u64, due, 0);
        }
    }

    /// A Job is created for the time `due`; `missed` starts before it were not made.
    pub(super) fn start_job(&mut self, workload: usize, name: &str, key: u64, due: Time, missed: u64) {
        let now = self.now;
        let Some(batch) = &mut self.workloads[workload].batch else {
            return;
        };
        let number = batch.jobs_ever;
        batch.jobs_ever += 1;
        batch.books.job_started(missed);
        let deadline = batch.plan.job.active_deadline;
        batch
            .jobs
            .insert(number, JobRun::new(name.to_owned(), key, due, now));
        self.digest
            .add(Fact::Arrived, now, job_subject(workload, number), key);
        if let Some(deadline) = deadline {
            self.plan(now + deadline, Control::Jobs(workload as u32));
        }
        let why = format!("it was due at {due}");
        self.log_job(workload, name, "start", "job_due", &why);
        self.look_at_job(workload, number, now);
    }

    /// A Job's controller looks at it at `at`, at the latest.
    pub(in crate::sim) fn look_at_job(&mut self, workload: usize, number: u32, at: Time) {
        let at = at + self.api_delay();
        let batch = self.workloads[workload].batch.as_mut();
        if batch.is_some_and(|batch| batch.sync_by(number, at)) {
            self.plan(at, Control::Jobs(workload as u32));
        }
    }

    /// Something happened to a pod of a Job: its controller looks soon.
    pub(in crate::sim) fn job_changed(&mut self, workload: usize, number: u32) {
        // Where no controller looks, whoever runs the containers goes on at once.
        let period = match self.scenario.platform {
            Platform::Kubernetes => BATCH_PERIOD,
            Platform::Docker { .. } | Platform::Swarm => Span::ZERO,
        };
        self.look_at_job(workload, number, self.now + period);
    }

    /// All Jobs of a workload are looked at now.
    pub(super) fn reconcile_jobs(&mut self, workload: usize) {
        let batch = self.workloads[workload].batch.as_ref();
        let jobs: Vec<u32> = batch.map_or_else(Vec::new, |batch| batch.jobs.keys().copied().collect());
        for number in jobs {
            self.look_at_job(workload, number, self.now);
        }
    }

    /// One sync of the Job controller.
    fn sync_job(&mut self, workload: usize, number: u32) {
        let now = self.now;
        if self.host_is_down(workload).is_some() {
            return self.look_at_job(workload, number, now + UNTIL_UP);
        }
        let Some(batch) = &self.workloads[workload].batch else {
            return;
        };
        let Some(job) = batch.jobs.get(&number) else {
            return;
        };
        let spec = batch.plan.job;
        let (seen, living) = job.seen(now, |id| self.cluster.pod(id));
        let name = job.name.clone();
        let rule = self.workloads[workload].spec.rules.restart;
        let (done, restarted) = match self.scenario.platform {
            Platform::Kubernetes => (sync::sync(&spec, &job.status, job.created, &seen, now), 0),
            platform => {
                let again = rule.again(platform.starts_again());
                plain_job::sync(&spec, again, &job.status, &seen, now)
            }
        };
        let ended = seen.len() - living.len();
        let delete = done.deleted.iter().filter_map(|place| place.checked_sub(ended));
        let delete: Vec<PodId> = delete
            .filter_map(|place| job.pods.get(living.get(place)?))
            .map(|pod| pod.id)
            .collect();
        let deadline = spec
            .active_deadline
            .map(|deadline| job.created + deadline)
            .filter(|&deadline| deadline > now);
        self.count_pods(workload, number, &done);
        self.started_again_by_hand(workload, &name, restarted);
        for pod in delete {
            self.terminate_pod(pod);
        }
        match done.condition {
            Some(JobCondition::Complete) => return self.end_job(workload, number, Ended::Complete),
            Some(JobCondition::Failed(failure)) => {
                return self.end_job(workload, number, Ended::Failed(failure.reason()));
            }
            Some(JobCondition::Suspended) | None => {}
        }
        self.note_wanted(workload);
        self.create_job_pods(workload, number, &done);
        let retry = done.retry_in.map(|wait| now + wait);
        for at in [retry, deadline].into_iter().flatten() {
            self.look_at_job(workload, number, at);
        }
    }

    /// Takes over what a sync has counted.
    fn count_pods(&mut self, workload: usize, number: u32, done: &JobSync) {
        let (now, cluster) = (self.now, &self.cluster);
        let terminating = |id: PodId| {
            let pod = cluster.pod(id);
            pod.is_none_or(|pod| pod.phase == PodPhase::Terminating)
        };
        let Some(batch) = &mut self.workloads[workload].batch else {
            return;
        };
        let spec = batch.plan.job;
        let Some(job) = batch.jobs.get_mut(&number) else {
            return;
        };
        job.status = done.status.clone();
        for (ordinal, worked, lost) in job.counted(now, &spec, terminating) {
            batch.job_of.remove(&ordinal);
            batch.books.pod_ended(false);
            batch.worked(number, worked, lost);
        }
    }

    /// Creates the pods that a sync wants, in batches, as far as the API server takes them.
    fn create_job_pods(&mut self, workload: usize, number: u32, done: &JobSync) {
        if done.created <= 0 {
            return;
        }
        let mut indexes = done.created_indexes.iter().copied();
        let wanted = done.created as usize;
        let batches = slow_start::create(wanted, || self.create_job_pod(workload, number, indexes.next()));
        if batches.failed {
            return;
        }
        self.all_pods_created(workload);
        if batches.succeeded == slow_start::PODS_MAX {
            self.job_changed(workload, number);
        }
    }

    fn create_job_pod(&mut self, workload: usize, number: u32, index: Option<i32>) -> bool {
        let ordinal = self.workloads[workload].next_ordinal;
        let Some(id) = self.create_replica(workload, 0, Time::ZERO) else {
            return false;
        };
        let key = self.key;
        let run = &mut self.workloads[workload];
        let (name, Some(batch)) = (&run.spec.name, &mut run.batch) else {
            return false;
        };
        let Some(job) = batch.jobs.get_mut(&number) else {
            return false;
        };
        let piece = match index {
            Some(index) => job.pieces.take_number(index.unsigned_abs()),
            None => job.pieces.take(),
        };
        let toil = Toil::new(&batch.plan.work, &batch.work, piece, key, name, job.key);
        let pod = JobPodRun { id, index, toil };
        job.pods.insert(ordinal, pod);
        job.pods_made += 1;
        batch.job_of.insert(ordinal, number);
        batch.books.pods_created(1);
        true
    }

    /// A Job has ended: what it has left goes, and its CronJob hears of it.
    pub(super) fn end_job(&mut self, workload: usize, number: u32, how: Ended) {
        let now = self.now;
        let Some(batch) = &mut self.workloads[workload].batch else {
            return;
        };
        let pods = batch.jobs.get(&number).map_or_else(Vec::new, |job| {
            job.pods.values().map(|pod| pod.id).collect::<Vec<PodId>>()
        });
        for pod in pods {
            self.terminate_pod(pod);
        }
        let Some(batch) = &mut self.workloads[workload].batch else {
            return;
        };
        let Some(job) = batch.jobs.remove(&number) else {
            return;
        };
        for ordinal in job.pods.keys() {
            batch.job_of.remove(ordinal);
        }
        batch.books.job_ended(&job, how, now);
        let fact = match how {
            Ended::Complete => Fact::Completed,
            Ended::Failed(_) | Ended::Replaced => Fact::Failed,
        };
        self.digest.add(fact, now, job_subject(workload, number), job.key);
        let (cron, none_left) = (batch.cron.is_some(), batch.jobs.is_empty());
        self.note_wanted(workload);
        if none_left {
            self.all_pods_created(workload);
            self.look_at_gates();
        }
        let took = now.since(job.created);
        let (action, code, why) = match how {
            Ended::Complete => (
                "complete",
                "job_complete",
                format!(
                    "{} succeeded in {took}",
                    counted(job.status.succeeded as u64, "pod has", "pods have")
                ),
            ),
            Ended::Failed(reason) => (
                "fail",
                "job_failed",
                format!(
                    "{reason} after {took}: {} failed",
                    counted(job.status.failed as u64, "pod has", "pods have")
                ),
            ),
            Ended::Replaced => (
                "delete",
                "job_replaced",
                format!("it still runs after {took}, and another takes its place"),
            ),
        };
        self.log_job(workload, &job.name, action, code, &why);
        self.tell(|world| Row::Job(world.job_row(workload, &job, Some((how, now)))));
        if cron && how != Ended::Replaced {
            self.look_at_cron_job(workload, now);
        }
    }

    /// What a workload's Jobs want in all is what it is said to want.
    fn note_wanted(&mut self, workload: usize) {
        let run = &mut self.workloads[workload];
        let Some(batch) = &run.batch else { return };
        run.desired = batch.wanted();
        run.wanted.set(self.now, run.desired.into());
    }

    /// Writes down what happens to a Job.
    pub(super) fn log_job(
        &mut self,
        workload: usize,
        job: &str,
        action: &'static str,
        reason_code: &'static str,
        why: &str,
    ) {
        let run = &self.workloads[workload];
        let cron = run.batch.as_ref().is_some_and(|batch| batch.cron.is_some());
        let why = format!("Job {job}: {why}");
        let decision = Decision {
            question: "job",
            policy: if cron { "cron_job" } else { "job" },
            by: None,
            subject: &run.spec.name,
            action,
            from: None,
            to: None,
            result: "done",
            reason_code,
            reason: Why::Text(&why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}

/// The number a Job's facts are recorded under.
const fn job_subject(workload: usize, number: u32) -> u64 {
    1 << 61 | (workload as u64) << 32 | number as u64
}
