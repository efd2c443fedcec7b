//! One sync of a Job: what ended is counted, what is missing created, what is too much deleted; and whether it is over.
//!
//! Source: `pkg/controller/job/job_controller.go`, `syncJob`, `manageJob`, `trackJobStatusAndRemoveFinalizers`. The
//! end is written in one step here; since 1.31 an interim condition comes first, and the last one when all pods are
//! gone.

use super::back_off::BackOffRecord;
use super::failure_policy::FailureAction;
use super::indexes::Indexes;
use super::removal::pods_to_remove;
use crate::engine::{Span, Time};
use crate::platform::kubernetes::deletion_order::Candidate;
use crate::platform::kubernetes::pod_phase::PodPhase;
use crate::platform::kubernetes::slow_start::PODS_MAX;

/// `spec` of a Job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobSpec {
    /// Pods at a time, at most.
    pub parallelism: i32,
    /// Pods that must succeed; without it one success ends the creation of pods.
    pub completions: Option<i32>,
    /// Whether each pod has an index of its own.
    pub indexed: bool,
    /// More failures than this fail the Job.
    pub backoff_limit: i32,
    /// The Job fails after so long.
    pub active_deadline: Option<Span>,
    /// Whether a pod is replaced only when it has ended, not when it was asked to stop (`podReplacementPolicy: Failed`,
    /// and always with a `podFailurePolicy`).
    pub replaces_only_failed: bool,
    /// Whether the kubelet restarts its containers (`restartPolicy: OnFailure`).
    pub restarts_on_failure: bool,
    /// Whether no pod may run.
    pub suspended: bool,
}

impl JobSpec {
    /// Whether an index is one of the Job's.
    pub(super) fn is_valid(&self, index: Option<i32>) -> bool {
        let completions = self.completions.unwrap_or(i32::MAX);
        index.is_some_and(|index| (0..completions).contains(&index))
    }
}

/// What is known of a Job from its last sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobStatus {
    /// Pods running or pending, as written last.
    pub active: i32,
    /// Pods that succeeded.
    pub succeeded: i32,
    /// Pods that failed.
    pub failed: i32,
    /// Indexes that succeeded.
    pub completed: Indexes,
    /// Failures since the last success.
    pub back_off: BackOffRecord,
}

/// A pod of the Job that was not counted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobPod {
    /// Its completion index.
    pub index: Option<i32>,
    /// How it stands among pods to be given up.
    pub state: Candidate,
    /// When it ended; of one that was asked to stop and still runs, when it was asked.
    pub ended: Time,
    /// Whether it was asked to stop.
    pub terminating: bool,
    /// Restarts of all of its containers together.
    pub restarts: u32,
    /// What the failure policy says of it, if it failed.
    pub verdict: Option<FailureAction>,
}

impl JobPod {
    /// Whether it is to run or runs, and nobody asked it to stop.
    pub(in crate::platform) const fn is_active(&self) -> bool {
        !self.state.phase.is_terminal() && !self.terminating
    }

    /// Whether it has failed, or counts as failed because it was asked to stop.
    pub(in crate::platform) fn has_failed(&self, spec: &JobSpec) -> bool {
        let going = self.terminating && !spec.replaces_only_failed;
        self.state.phase == PodPhase::Failed || (going && self.state.phase != PodPhase::Succeeded)
    }
}

/// How a Job ended or stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobCondition {
    /// Enough pods succeeded.
    Complete,
    /// It failed, for this reason.
    Failed(JobFailure),
    /// No pod may run.
    Suspended,
}

/// Why a Job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobFailure {
    /// Too many pods failed or containers restarted.
    BackoffLimitExceeded,
    /// It took too long.
    DeadlineExceeded,
    /// A pod failed in a way that its failure policy does not forgive.
    PodFailurePolicy,
    /// A container failed, and nobody starts it again: what no Job controller looks after.
    ContainerFailed,
}

impl JobFailure {
    /// The reason as Kubernetes writes it, as far as it is one of its.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::BackoffLimitExceeded => "BackoffLimitExceeded",
            Self::ContainerFailed => "ContainerFailed",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::PodFailurePolicy => "PodFailurePolicy",
        }
    }
}

/// What a sync does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobSync {
    /// Pods to create: how many, or of an Indexed Job their indexes.
    pub created: i32,
    /// Indexes of the pods to create; empty unless the Job is Indexed.
    pub created_indexes: Vec<i32>,
    /// Places of the pods to delete.
    pub deleted: Vec<usize>,
    /// The status written.
    pub status: JobStatus,
    /// Its end, or that it is suspended.
    pub condition: Option<JobCondition>,
    /// Pods are to be created after so long.
    pub retry_in: Option<Span>,
}

/// One sync of a Job that has not ended, at `now`. `started` is when its clock began to run, `pods` are those not
/// counted yet; each that has ended is counted by this sync and must not be shown again.
#[must_use]
pub fn sync(spec: &JobSpec, status: &JobStatus, started: Time, pods: &[JobPod], now: Time) -> JobSync {
    let places = |wanted: &dyn Fn(&JobPod) -> bool| -> Vec<usize> {
        (0..pods.len()).filter(|&place| wanted(&pods[place])).collect()
    };
    let counted = |pod: &JobPod| !spec.indexed || spec.is_valid(pod.index);
    let active = places(&|pod| pod.is_active());
    let succeeded = places(&|pod| pod.state.phase == PodPhase::Succeeded && counted(pod));
    let failed = places(&|pod| pod.has_failed(spec) && counted(pod));
    let forgiven = |&place: &usize| pods[place].verdict.is_some_and(|verdict| !verdict.counts());

    let mut done = JobSync::default();
    done.status.completed = status.completed.clone();
    if spec.indexed {
        for &place in &succeeded {
            done.status
                .completed
                .insert(pods[place].index.unwrap_or_default());
        }
        done.status.succeeded = done.status.completed.len();
    } else {
        done.status.succeeded = status.succeeded + succeeded.len() as i32;
    }
    let ends = |places: &[usize]| -> Vec<Time> { places.iter().map(|&place| pods[place].ended).collect() };
    done.status.back_off = status.back_off.after(&ends(&failed), &ends(&succeeded));
    let failed_in_all = status.failed + failed.iter().filter(|place| !forgiven(place)).count() as i32;

    let failure = failure(spec, pods, failed_in_all, started, now);
    if failure.is_some() {
        done.deleted.clone_from(&active);
        done.condition = failure.map(JobCondition::Failed);
    } else {
        manage(spec, pods, &active, now, &mut done);
        done.condition = condition(spec, &done.status);
    }
    // When it is over, all that did not succeed counts as failed.
    let over = matches!(
        done.condition,
        Some(JobCondition::Complete | JobCondition::Failed(_))
    );
    let lost = places(&|pod| {
        let ended_badly = pod.has_failed(spec) || (over && pod.state.phase != PodPhase::Succeeded);
        ended_badly && counted(pod)
    });
    done.status.failed = status.failed + lost.iter().filter(|place| !forgiven(place)).count() as i32;
    done
}

fn failure(spec: &JobSpec, pods: &[JobPod], failed: i32, started: Time, now: Time) -> Option<JobFailure> {
    if pods.iter().any(|pod| pod.verdict == Some(FailureAction::FailJob)) {
        return Some(JobFailure::PodFailurePolicy);
    }
    let running = |pod: &&JobPod| matches!(pod.state.phase, PodPhase::Pending | PodPhase::Running);
    let restarts: i64 = pods
        .iter()
        .filter(running)
        .map(|pod| i64::from(pod.restarts))
        .sum();
    let restarts_max = i64::from(spec.backoff_limit.max(1));
    if failed > spec.backoff_limit || (spec.restarts_on_failure && restarts >= restarts_max) {
        return Some(JobFailure::BackoffLimitExceeded);
    }
    let late = |deadline: Span| !spec.suspended && now.since(started) >= deadline;
    spec.active_deadline
        .is_some_and(late)
        .then_some(JobFailure::DeadlineExceeded)
}

/// Deletes or creates pods, never both.
fn manage(spec: &JobSpec, pods: &[JobPod], active: &[usize], now: Time, done: &mut JobSync) {
    let running = active.len() as i32;
    done.status.active = running;
    let wanted = match spec.completions {
        _ if spec.suspended => 0,
        None if done.status.succeeded > 0 => running,
        None => spec.parallelism,
        Some(completions) => (completions - done.status.succeeded).min(spec.parallelism).max(0),
    };
    let surplus = (running - wanted).max(0) as usize;
    done.deleted = if spec.suspended {
        active.to_vec()
    } else {
        pods_to_remove(spec, pods, active, surplus)
    };
    if !spec.suspended {
        done.deleted.truncate(PODS_MAX);
    }
    if !done.deleted.is_empty() || spec.suspended {
        done.status.active = running - done.deleted.len() as i32;
        return;
    }
    let going = |pod: &&JobPod| pod.terminating && !pod.state.phase.is_terminal();
    let held = if spec.replaces_only_failed {
        pods.iter().filter(going).count() as i32
    } else {
        0
    };
    let missing = wanted - held - running;
    if missing <= 0 {
        return;
    }
    let wait = done.status.back_off.remaining(now);
    if !wait.is_zero() {
        // As written there, though pods may run.
        done.status.active = 0;
        done.retry_in = Some(wait);
        return;
    }
    done.created = missing.min(PODS_MAX as i32);
    if spec.indexed {
        let taken: Vec<_> = pods
            .iter()
            .filter(|pod| pod.is_active() || (spec.replaces_only_failed && going(pod)))
            .filter_map(|pod| pod.index)
            .collect();
        let free = (0..spec.completions.unwrap_or(0))
            .filter(|index| !taken.contains(index) && !done.status.completed.contains(*index));
        done.created_indexes = free.take(done.created as usize).collect();
        done.created = done.created_indexes.len() as i32;
    }
    done.status.active = running + done.created;
}

fn condition(spec: &JobSpec, status: &JobStatus) -> Option<JobCondition> {
    let enough = spec.completions.map_or(status.succeeded > 0, |completions| {
        status.succeeded >= completions
    });
    if enough && status.active == 0 {
        Some(JobCondition::Complete)
    } else {
        spec.suspended.then_some(JobCondition::Suspended)
    }
}

#[cfg(test)]
mod tests {
    use super::{Candidate, FailureAction, JobCondition, JobFailure, JobPod, JobSpec, JobStatus, sync};
    use crate::engine::{Span, Time};
    use crate::platform::kubernetes::pod_phase::PodPhase;

    const SPEC: JobSpec = JobSpec {
        parallelism: 2,
        completions: Some(4),
        indexed: false,
        backoff_limit: 0,
        active_deadline: None,
        replaces_only_failed: true,
        restarts_on_failure: false,
        suspended: false,
    };

    fn failed(verdict: Option<FailureAction>) -> JobPod {
        JobPod {
            index: None,
            state: Candidate {
                assigned: true,
                phase: PodPhase::Failed,
                ready_for: None,
                deletion_cost: 0,
                doubled_up: 0,
                restarts: 0,
                sidecar_restarts: 0,
                age: Span::from_secs(60),
                uid: 0,
            },
            ended: Time::ZERO,
            terminating: false,
            restarts: 0,
            verdict,
        }
    }

    /// A pod lost with its node must not use up the retries of a Job that ignores such losses.
    #[test]
    fn a_pod_that_the_failure_policy_ignores_does_not_count() {
        let now = Time::ZERO + Span::from_secs(700);
        let one = |verdict| sync(&SPEC, &JobStatus::default(), Time::ZERO, &[failed(verdict)], now);
        let ignored = one(Some(FailureAction::Ignore));
        assert_eq!(
            (ignored.status.failed, ignored.created, ignored.condition),
            (0, 2, None)
        );
        let end = |failure| Some(JobCondition::Failed(failure));
        assert_eq!(one(None).condition, end(JobFailure::BackoffLimitExceeded));
        let fatal = one(Some(FailureAction::FailJob));
        assert_eq!(fatal.condition, end(JobFailure::PodFailurePolicy));
    }

    /// A failure holds back the next pod, but not longer than the back-off says.
    #[test]
    fn pods_come_when_the_back_off_is_over() {
        let spec = JobSpec {
            backoff_limit: 6,
            ..SPEC
        };
        let at = |secs| {
            let now = Time::ZERO + Span::from_secs(secs);
            sync(&spec, &JobStatus::default(), Time::ZERO, &[failed(None)], now)
        };
        assert_eq!((at(9).created, at(9).retry_in), (0, Some(Span::from_secs(1))));
        assert_eq!((at(10).created, at(10).retry_in), (2, None));
    }
}
