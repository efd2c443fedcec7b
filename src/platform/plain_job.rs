//! Containers that work until they are done, where no Job controller looks after them.
//!
//! Knows: how many are to be started, and when one that failed is started again. Must not know: containers, or who starts
//! them.
//!
//! On Docker somebody, or the host's crontab, runs them: `docker run` for each, as many at a time as the job says
//! (`xargs -P` does that). Nobody starts again what failed, unless a person does. On Swarm they are the tasks of a service of
//! mode `replicated-job`: one that failed is replaced after the delay of the service's restart policy (swarmkit
//! `manager/orchestrator/jobs/replicated/reconciler.go` and `manager/orchestrator/restart/restart.go`; from memory).

use crate::engine::{Span, Time};
use crate::platform::kubernetes::job::sync::{JobCondition, JobFailure, JobPod, JobSpec, JobStatus, JobSync};
use crate::platform::kubernetes::pod_phase::PodPhase;
use crate::platform::kubernetes::slow_start::PODS_MAX;

/// Whether containers that failed are started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// They are not.
    Never,
    /// They are.
    After {
        /// From the last failure on.
        wait: Span,
        /// At most so many of one job; 0 for no end.
        times_max: u64,
    },
}

impl Again {
    fn wait(self, failed: i32) -> Option<Span> {
        match self {
            Self::Never => None,
            Self::After { wait, times_max } => {
                let ever = u64::try_from(failed).unwrap_or(0);
                (times_max == 0 || ever <= times_max).then_some(wait)
            }
        }
    }
}

/// What becomes of a job at `now`, and how many of the containers it starts had failed before. `pods` are those not counted
/// yet, as for the Job controller; of `spec` only `parallelism` and `completions` matter.
#[must_use]
pub fn sync(spec: &JobSpec, again: Again, status: &JobStatus, pods: &[JobPod], now: Time) -> (JobSync, i32) {
    let count = |wanted: &dyn Fn(&&JobPod) -> bool| pods.iter().filter(wanted).count() as i32;
    let active = count(&|pod| pod.is_active());
    let succeeded = count(&|pod| pod.state.phase == PodPhase::Succeeded);
    let failed: Vec<Time> = pods
        .iter()
        .filter(|pod| pod.has_failed(spec))
        .map(|pod| pod.ended)
        .collect();
    let mut done = JobSync::default();
    done.status.succeeded = status.succeeded + succeeded;
    done.status.failed = status.failed + failed.len() as i32;
    // Failures that nobody has started again yet.
    let record = &mut done.status.back_off;
    record.failures = status.back_off.failures + failed.len() as u32;
    record.last_failure = failed.iter().max().copied().or(status.back_off.last_failure);
    let down = record.failures as i32;
    let total = spec.completions.unwrap_or(spec.parallelism);
    let untried = (total - done.status.succeeded - down - active).max(0);
    let room = (spec.parallelism - active).clamp(0, PODS_MAX as i32);
    let wait = again.wait(done.status.failed).filter(|_| down > 0);
    let due = wait.and_then(|wait| Some(record.last_failure? + wait));
    let restarted = if due.is_some_and(|due| due <= now) {
        down.min(room)
    } else {
        0
    };
    record.failures -= restarted as u32;
    done.created = restarted + untried.min(room - restarted);
    done.status.active = active + done.created;
    done.retry_in = due.filter(|&due| due > now).map(|due| due.since(now));
    done.condition = match (done.status.active, untried) {
        (0, 0) if down == 0 => Some(JobCondition::Complete),
        (0, 0) if wait.is_none() => Some(JobCondition::Failed(JobFailure::ContainerFailed)),
        _ => None,
    };
    (done, restarted)
}

#[cfg(test)]
mod tests {
    use super::{Again, sync};
    use crate::engine::{Span, Time};
    use crate::platform::kubernetes::deletion_order::Candidate;
    use crate::platform::kubernetes::job::sync::{
        JobCondition, JobFailure, JobPod, JobSpec, JobStatus, JobSync,
    };
    use crate::platform::kubernetes::pod_phase::PodPhase;

    const SPEC: JobSpec = JobSpec {
        parallelism: 2,
        completions: Some(3),
        indexed: false,
        backoff_limit: 6,
        active_deadline: None,
        replaces_only_failed: true,
        restarts_on_failure: false,
        suspended: false,
    };

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn pod(phase: PodPhase, ended: u64) -> JobPod {
        JobPod {
            index: None,
            state: Candidate {
                assigned: true,
                phase,
                ready_for: None,
                deletion_cost: 0,
                doubled_up: 0,
                restarts: 0,
                sidecar_restarts: 0,
                age: Span::from_secs(60),
                uid: 0,
            },
            ended: at(ended),
            terminating: false,
            restarts: 0,
            verdict: None,
        }
    }

    fn look(again: Again, status: &JobStatus, pods: &[JobPod], now: u64) -> (JobSync, i32) {
        sync(&SPEC, again, status, pods, at(now))
    }

    /// Where nobody starts anything again, the others go on, and the job has failed when all of them have ended.
    #[test]
    fn one_failure_does_not_stop_the_others_and_is_the_end_of_the_job() {
        let (first, _) = look(Again::Never, &JobStatus::default(), &[], 0);
        assert_eq!((first.created, first.condition), (2, None));
        let pods = [pod(PodPhase::Failed, 10), pod(PodPhase::Running, 0)];
        let (second, _) = look(Again::Never, &first.status, &pods, 10);
        assert_eq!(
            (second.created, second.condition),
            (1, None),
            "the third has its turn"
        );
        let pods = [pod(PodPhase::Succeeded, 20), pod(PodPhase::Succeeded, 20)];
        let (third, _) = look(Again::Never, &second.status, &pods, 20);
        let failed = Some(JobCondition::Failed(JobFailure::ContainerFailed));
        assert_eq!((third.created, third.condition), (0, failed));
    }

    /// A person who starts things again does so once the time is over, not before, and then the job can be complete.
    #[test]
    fn what_failed_is_started_again_after_its_wait() {
        let again = Again::After {
            wait: Span::from_secs(600),
            times_max: 0,
        };
        let (first, _) = look(again, &JobStatus::default(), &[], 0);
        let pods = [pod(PodPhase::Failed, 10), pod(PodPhase::Succeeded, 10)];
        let (second, restarted) = look(again, &first.status, &pods, 10);
        assert_eq!((second.created, restarted), (1, 0));
        assert_eq!(second.retry_in, Some(Span::from_secs(600)));
        let pods = [pod(PodPhase::Succeeded, 100)];
        let (waiting, _) = look(again, &second.status, &pods, 100);
        assert_eq!((waiting.created, waiting.condition), (0, None));
        let (third, restarted) = look(again, &waiting.status, &[], 610);
        assert_eq!((third.created, restarted, third.retry_in), (1, 1, None));
        let pods = [pod(PodPhase::Succeeded, 700)];
        let (last, _) = look(again, &third.status, &pods, 700);
        assert_eq!(last.condition, Some(JobCondition::Complete));
    }

    /// `max_attempts` is an end: a job that has used them up has failed.
    #[test]
    fn attempts_come_to_an_end() {
        let again = Again::After {
            wait: Span::from_secs(5),
            times_max: 1,
        };
        let (first, _) = look(again, &JobStatus::default(), &[], 0);
        let both = [pod(PodPhase::Failed, 10), pod(PodPhase::Failed, 10)];
        let (second, restarted) = look(again, &first.status, &both, 10);
        assert_eq!(
            (second.created, restarted),
            (1, 0),
            "two failures are more than one"
        );
        let pods = [pod(PodPhase::Succeeded, 20)];
        let (third, _) = look(again, &second.status, &pods, 20);
        let failed = Some(JobCondition::Failed(JobFailure::ContainerFailed));
        assert_eq!(third.condition, failed);
    }
}
