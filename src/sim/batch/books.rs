//! What has come of a workload's Jobs since measuring started.

use super::job_run::JobRun;
use crate::engine::{Span, Time};
use crate::sim::outcome::{BatchOutcome, FailedJobs, InTime};
use crate::sim::summary::quantiles;
use crate::stats::Histogram;
use std::collections::BTreeMap;

/// How a Job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Ended {
    /// It is complete.
    Complete,
    /// It failed, for this reason.
    Failed(&'static str),
    /// Its CronJob has deleted it to start another.
    Replaced,
}

impl Ended {
    /// Its name in `jobs.csv`.
    pub(in crate::sim) const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Failed(_) => "failed",
            Self::Replaced => "replaced",
        }
    }

    /// Why it failed.
    pub(in crate::sim) const fn reason(self) -> &'static str {
        match self {
            Self::Failed(reason) => reason,
            Self::Complete | Self::Replaced => "",
        }
    }
}

/// How many Jobs ended within a bound, of those of which that can be said.
#[derive(Clone, Copy, Debug)]
struct Bound {
    within: Span,
    in_time: u64,
    ended: u64,
}

/// The account of a workload's Jobs.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Books {
    /// Jobs that were there when measuring started.
    before: u64,
    started: u64,
    succeeded: u64,
    failed: BTreeMap<&'static str, u64>,
    replaced: u64,
    starts_missed: u64,
    pods: u64,
    pods_succeeded: u64,
    pods_failed: u64,
    worked: u128,
    lost: u128,
    duration: Histogram,
    wait: Histogram,
    bounds: Vec<Bound>,
}

impl Books {
    pub(super) fn new(bounds: &[Span]) -> Self {
        let bound = |&within: &Span| Bound {
            within,
            in_time: 0,
            ended: 0,
        };
        Self {
            before: 0,
            started: 0,
            succeeded: 0,
            failed: BTreeMap::new(),
            replaced: 0,
            starts_missed: 0,
            pods: 0,
            pods_succeeded: 0,
            pods_failed: 0,
            worked: 0,
            lost: 0,
            duration: Histogram::fine(),
            wait: Histogram::fine(),
            bounds: bounds.iter().map(bound).collect(),
        }
    }

    /// No Job is lost: those that have ended and the `open` ones are those that were created.
    pub(super) fn broken_law(&self, name: &str, open: usize) -> Option<String> {
        let created = self.before + self.started;
        let ended = self.succeeded + self.failed.values().sum::<u64>() + self.replaced;
        (created != ended + open as u64)
            .then(|| format!("{name}: {created} Jobs were created, {ended} have ended and {open} are there"))
    }

    /// Measuring starts anew, while so many Jobs are there.
    pub(super) fn reset(&mut self, open: usize) {
        let bounds: Vec<Span> = self.bounds.iter().map(|bound| bound.within).collect();
        *self = Self {
            before: open as u64,
            ..Self::new(&bounds)
        };
    }

    pub(in crate::sim) const fn job_started(&mut self, missed_before: u64) {
        self.started += 1;
        self.starts_missed += missed_before;
    }

    /// A start was missed, and nobody makes up for it.
    pub(in crate::sim) const fn start_missed(&mut self) {
        self.starts_missed += 1;
    }

    pub(in crate::sim) const fn pods_created(&mut self, pods: u64) {
        self.pods += pods;
    }

    /// Whether Jobs have ended, and all of them well.
    pub(in crate::sim) fn all_well(&self) -> bool {
        self.succeeded > 0 && self.failed.is_empty()
    }

    pub(in crate::sim) const fn pod_ended(&mut self, succeeded: bool) {
        self.pods_succeeded += succeeded as u64;
        self.pods_failed += !succeeded as u64;
    }

    pub(in crate::sim) fn worked(&mut self, worked: Span, lost: Span) {
        self.worked += u128::from(worked.nanos());
        self.lost += u128::from(lost.nanos());
    }

    /// A Job's first pod works.
    pub(in crate::sim) fn job_runs(&mut self, wait: Span) {
        self.wait.record_one(wait.nanos());
    }

    /// A Job has ended.
    pub(in crate::sim) fn job_ended(&mut self, job: &JobRun, how: Ended, now: Time) {
        let took = now.since(job.due);
        match how {
            Ended::Complete => {
                self.succeeded += 1;
                self.duration.record_one(took.nanos());
            }
            Ended::Failed(reason) => *self.failed.entry(reason).or_default() += 1,
            Ended::Replaced => self.replaced += 1,
        }
        for bound in &mut self.bounds {
            bound.ended += 1;
            bound.in_time += u64::from(how == Ended::Complete && took <= bound.within);
        }
    }

    /// For the outcome. `open` are the Jobs that have not ended, `missed` the starts that were missed since the last one.
    pub(super) fn outcome<'a>(
        &self,
        now: Time,
        open: impl Iterator<Item = &'a JobRun>,
        missed: u64,
    ) -> BatchOutcome {
        let ages: Vec<Span> = open.map(|job| now.since(job.due)).collect();
        let failures = self.failed.iter().map(|(reason, &jobs)| FailedJobs {
            reason: (*reason).to_owned(),
            jobs,
        });
        let in_time = self.bounds.iter().map(|bound| {
            let late = ages.iter().filter(|&&age| age > bound.within).count() as u64;
            InTime {
                within_s: bound.within.secs_f64(),
                jobs: bound.ended + late,
                in_time: bound.in_time,
            }
        });
        BatchOutcome {
            started: self.started,
            succeeded: self.succeeded,
            failed: self.failed.values().sum(),
            replaced: self.replaced,
            unfinished: ages.len() as u64,
            failures: failures.collect(),
            starts_missed: self.starts_missed + missed,
            pods: self.pods,
            pods_succeeded: self.pods_succeeded,
            pods_failed: self.pods_failed,
            duration: quantiles(&self.duration),
            wait: quantiles(&self.wait),
            work_s: seconds(self.worked),
            work_lost_s: seconds(self.lost),
            in_time: in_time.collect(),
        }
    }
}

/// Nanoseconds as seconds.
fn seconds(nanos: u128) -> f64 {
    nanos as f64 / 1e9
}
