//! A batch workload during a run: the Jobs that have not ended, and when their controllers look.

use super::books::Books;
use super::job_run::{JobPodRun, JobRun};
use super::plan::BatchPlan;
use crate::engine::{Span, Time};
use crate::model::cluster::Cluster;
use crate::platform::kubernetes::cron_job::CronJob;
use crate::sim::outcome::BatchOutcome;
use crate::sim::workload_run::WorkloadRun;
use crate::stats::Sampler;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most starts that are counted as missed between two others.
const MISSED_MAX: u64 = 1_000_000;

/// A batch workload under way.
#[derive(Clone, Debug)]
pub(in crate::sim) struct BatchRun {
    pub(in crate::sim) plan: Arc<BatchPlan>,
    pub(in crate::sim) work: Sampler,
    /// Jobs that have not ended, by their numbers in the order of creation.
    pub(in crate::sim) jobs: BTreeMap<u32, JobRun>,
    pub(in crate::sim) jobs_ever: u32,
    /// Starts that have come, of a workload without a CronJob.
    pub(in crate::sim) starts_done: usize,
    /// The Job of each pod that has not ended, by the pod's ordinal.
    pub(in crate::sim) job_of: BTreeMap<u64, u32>,
    /// When controllers look at which Job.
    syncs: BTreeSet<(Time, u32)>,
    pub(in crate::sim) cron: Option<CronRun>,
    pub(in crate::sim) books: Books,
}

/// A CronJob under way.
#[derive(Clone, Debug)]
pub(in crate::sim) struct CronRun {
    pub(in crate::sim) cron_job: CronJob,
    /// Time zero, Unix seconds.
    pub(in crate::sim) zero: Timestamp,
    /// When its controller looks next.
    pub(in crate::sim) look_at: Time,
}

impl BatchRun {
    pub(in crate::sim) fn new(plan: &Arc<BatchPlan>, start: jiff::civil::DateTime) -> Self {
        let zero = jiff::tz::TimeZone::UTC.to_timestamp(start).unwrap_or_default();
        let cron = plan.cron.as_ref().map(|cron| CronRun {
            cron_job: CronJob {
                schedule: cron.schedule,
                zone: cron.zone.clone(),
                concurrency: cron.concurrency,
                starting_deadline_secs: cron.starting_deadline_secs,
                suspended: cron.suspended,
                created: zero.as_second(),
                last_schedule: None,
            },
            zero,
            look_at: Time::ZERO,
        });
        Self {
            plan: plan.clone(),
            work: plan.work.work.compile(),
            jobs: BTreeMap::new(),
            jobs_ever: 0,
            starts_done: 0,
            job_of: BTreeMap::new(),
            syncs: BTreeSet::new(),
            cron,
            books: Books::new(&plan.bounds),
        }
    }

    /// The controller is to look at a Job at `at`, unless it looks earlier: whether that is news.
    pub(in crate::sim) fn sync_by(&mut self, number: u32, at: Time) -> bool {
        let Some(job) = self.jobs.get_mut(&number).filter(|job| job.sync_at > at) else {
            return false;
        };
        self.syncs.remove(&(job.sync_at, number));
        job.sync_at = at;
        self.syncs.insert((at, number))
    }

    /// The next Job whose time for a look has come; it is taken.
    pub(in crate::sim) fn next_sync(&mut self, now: Time) -> Option<u32> {
        let &(at, number) = self.syncs.first().filter(|(at, _)| *at <= now)?;
        self.syncs.remove(&(at, number));
        if let Some(job) = self.jobs.get_mut(&number) {
            job.sync_at = Time::NEVER;
        }
        Some(number)
    }

    /// The Job of the pod `ordinal`, and the pod as it is there.
    pub(in crate::sim) fn pod_mut(&mut self, ordinal: u64) -> Option<(u32, &mut JobPodRun)> {
        let number = *self.job_of.get(&ordinal)?;
        let pod = self.jobs.get_mut(&number)?.pods.get_mut(&ordinal)?;
        Some((number, pod))
    }

    /// A pod that has not ended.
    pub(in crate::sim) fn pod(&self, ordinal: u64) -> Option<&JobPodRun> {
        let number = self.job_of.get(&ordinal)?;
        self.jobs.get(number)?.pods.get(&ordinal)
    }

    /// A pod of a Job has worked for `worked`, of which `lost` was for nothing.
    pub(in crate::sim) fn worked(&mut self, number: u32, worked: Span, lost: Span) {
        self.books.worked(worked, lost);
        if let Some(job) = self.jobs.get_mut(&number) {
            job.worked += u128::from(worked.nanos());
            job.lost += u128::from(lost.nanos());
        }
    }

    /// Whether every Job that is to come is complete.
    pub(in crate::sim) fn all_complete(&self) -> bool {
        self.jobs.is_empty() && self.starts_done == self.plan.starts.len() && self.books.all_well()
    }

    /// Pods that its Jobs want now.
    pub(in crate::sim) fn wanted(&self) -> u32 {
        self.jobs.values().map(|job| job.wanted(&self.plan.job)).sum()
    }

    /// Every living pod of the workload, and only those, is of one of its Jobs.
    pub(in crate::sim) fn broken_laws(&self, run: &WorkloadRun, cluster: &Cluster) -> Vec<String> {
        let name = &run.spec.name;
        let pods = self
            .jobs
            .iter()
            .flat_map(|(number, job)| job.pods.keys().map(move |pod| (*pod, *number)));
        let of_jobs: BTreeMap<u64, u32> = pods.collect();
        let mut broken = Vec::new();
        if of_jobs != self.job_of {
            broken.push(format!(
                "{name}: Jobs have the pods {of_jobs:?}, and pods are of the Jobs {:?}",
                self.job_of
            ));
        }
        for ordinal in run.pods.keys().filter(|ordinal| !of_jobs.contains_key(ordinal)) {
            broken.push(format!("{name}: the pod {ordinal} is of no Job"));
        }
        let there = |job: &&JobRun| job.pods.values().any(|pod| cluster.pod(pod.id).is_none());
        for job in self.jobs.values().filter(there) {
            broken.push(format!("{name}: the Job {} has a pod that is gone", job.name));
        }
        broken.extend(self.books.broken_law(name, self.jobs.len()));
        broken
    }

    /// Measuring starts anew.
    pub(in crate::sim) fn reset(&mut self) {
        self.books.reset(self.jobs.len());
    }

    /// What has come of its Jobs.
    pub(in crate::sim) fn outcome(&self, measured_from: Time, now: Time) -> BatchOutcome {
        let missed = self
            .cron
            .as_ref()
            .map_or(0, |cron| cron.missed(measured_from, cron.unix(now)));
        self.books.outcome(now, self.jobs.values(), missed)
    }
}

impl CronRun {
    /// The calendar's instant at a time of the run.
    pub(in crate::sim) fn instant(&self, time: Time) -> Timestamp {
        let nanos = self.zero.as_nanosecond() + i128::from(time.nanos());
        Timestamp::from_nanosecond(nanos).unwrap_or(Timestamp::MAX)
    }

    fn unix(&self, time: Time) -> i64 {
        self.instant(time).as_second()
    }

    /// The time of the run at a Unix time.
    pub(in crate::sim) fn time(&self, unix: i64) -> Time {
        let nanos = i128::from(unix) * 1_000_000_000 - self.zero.as_nanosecond();
        Time::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
    }

    /// Starts after the last one and before the Unix time `until` that nobody made, of those after `measured_from`.
    pub(in crate::sim) fn missed(&self, measured_from: Time, until: i64) -> u64 {
        let job = &self.cron_job;
        if job.suspended {
            return 0;
        }
        let after = job.last_schedule.unwrap_or(job.created);
        let mut next = after.max(self.unix(measured_from) - 1);
        let mut missed = 0;
        while missed < MISSED_MAX {
            let after = Timestamp::from_second(next).unwrap_or(Timestamp::MAX);
            match job.schedule.next(after, &job.zone) {
                Some(at) if at < until => next = at,
                _ => break,
            }
            missed += 1;
        }
        missed
    }
}
