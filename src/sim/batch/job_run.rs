//! One Job during a run.

use crate::engine::{Span, Time};
use crate::model::cluster::{Pod, PodId, PodPhase};
use crate::platform::kubernetes::deletion_order::Candidate;
use crate::platform::kubernetes::job::failure_policy::FailureAction;
use crate::platform::kubernetes::job::sync::{JobPod, JobSpec, JobStatus};
use crate::platform::kubernetes::pod_phase::PodPhase as ApiPhase;
use crate::sim::apply::api_phase;
use crate::workload::batch::{Pieces, Toil};
use std::collections::BTreeMap;

/// A pod of a Job that has not ended, or has not been counted as lost.
#[derive(Clone, Debug)]
pub(in crate::sim) struct JobPodRun {
    pub(in crate::sim) id: PodId,
    /// Its completion index, of an Indexed Job.
    pub(in crate::sim) index: Option<i32>,
    pub(in crate::sim) toil: Toil,
}

/// A pod that has ended and was not counted yet.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct EndedPod {
    pub(in crate::sim) index: Option<i32>,
    pub(in crate::sim) succeeded: bool,
    pub(in crate::sim) at: Time,
    pub(in crate::sim) restarts: u32,
    pub(in crate::sim) verdict: Option<FailureAction>,
}

/// A Job that has not ended.
#[derive(Clone, Debug)]
pub(in crate::sim) struct JobRun {
    pub(in crate::sim) name: String,
    /// Names its random streams: the time it is for of a CronJob's, else its number.
    pub(in crate::sim) key: u64,
    /// The time it is for.
    pub(in crate::sim) due: Time,
    pub(in crate::sim) created: Time,
    /// When its first pod worked.
    pub(in crate::sim) running: Option<Time>,
    pub(in crate::sim) status: JobStatus,
    pub(in crate::sim) pieces: Pieces,
    /// By the pods' ordinals.
    pub(in crate::sim) pods: BTreeMap<u64, JobPodRun>,
    pub(in crate::sim) ended: Vec<EndedPod>,
    /// When its controller looks next, as far as that is planned.
    pub(in crate::sim) sync_at: Time,
    /// Pods created for it.
    pub(in crate::sim) pods_made: u64,
    /// Time its pods have worked, and of that, time for nothing; ns.
    pub(in crate::sim) worked: u128,
    pub(in crate::sim) lost: u128,
}

impl JobRun {
    pub(in crate::sim) fn new(name: String, key: u64, due: Time, created: Time) -> Self {
        Self {
            name,
            key,
            due,
            created,
            running: None,
            status: JobStatus::default(),
            pieces: Pieces::default(),
            pods: BTreeMap::new(),
            ended: Vec::new(),
            sync_at: Time::NEVER,
            pods_made: 0,
            worked: 0,
            lost: 0,
        }
    }

    /// Pods that it wants now.
    pub(in crate::sim) fn wanted(&self, spec: &JobSpec) -> u32 {
        let wanted = match spec.completions {
            _ if spec.suspended => 0,
            Some(completions) => spec.parallelism.min(completions - self.status.succeeded),
            None if self.status.succeeded > 0 => self.pods.len() as i32,
            None => spec.parallelism,
        };
        u32::try_from(wanted).unwrap_or(0)
    }

    /// Its pods as its controller sees them, those that have ended first; and the ordinals of the others, in order.
    pub(in crate::sim) fn seen<'a>(
        &self,
        now: Time,
        pod: impl Fn(PodId) -> Option<&'a Pod>,
    ) -> (Vec<JobPod>, Vec<u64>) {
        let mut seen: Vec<JobPod> = self.ended.iter().map(EndedPod::seen).collect();
        let mut ordinals = Vec::new();
        for (&ordinal, run) in &self.pods {
            let Some(pod) = pod(run.id) else { continue };
            seen.push(living(now, pod, run.index));
            ordinals.push(ordinal);
        }
        (seen, ordinals)
    }

    /// What was seen at a sync has been counted; `terminating` pods too, unless only ended ones are replaced.
    /// Returns those by their ordinals, with the time that each has worked for nothing since it began.
    pub(in crate::sim) fn counted(
        &mut self,
        now: Time,
        spec: &JobSpec,
        terminating: impl Fn(PodId) -> bool,
    ) -> Vec<(u64, Span, Span)> {
        self.ended.clear();
        if spec.replaces_only_failed {
            return Vec::new();
        }
        let gone = self.pods.iter().filter(|(_, run)| terminating(run.id));
        let gone: Vec<u64> = gone.map(|(&ordinal, _)| ordinal).collect();
        let mut counted = Vec::new();
        for ordinal in gone {
            if let Some(mut run) = self.pods.remove(&ordinal) {
                let (worked, lost) = run.toil.stop(now);
                self.pieces.give_back(run.toil.left());
                counted.push((ordinal, worked, lost));
            }
        }
        counted
    }
}

impl EndedPod {
    const fn seen(&self) -> JobPod {
        JobPod {
            index: self.index,
            state: state(
                true,
                if self.succeeded {
                    ApiPhase::Succeeded
                } else {
                    ApiPhase::Failed
                },
                self.restarts,
            ),
            ended: self.at,
            terminating: false,
            restarts: self.restarts,
            verdict: self.verdict,
        }
    }
}

fn living(now: Time, pod: &Pod, index: Option<i32>) -> JobPod {
    JobPod {
        index,
        state: Candidate {
            ready_for: pod.ready.map(|ready| now.since(ready)),
            age: now.since(pod.created),
            uid: pod.ordinal.into(),
            ..state(pod.node.is_some(), api_phase(pod), pod.restarts.total())
        },
        ended: pod.terminating.unwrap_or(now),
        terminating: pod.phase == PodPhase::Terminating,
        restarts: pod.restarts.total(),
        verdict: None,
    }
}

const fn state(assigned: bool, phase: ApiPhase, restarts: u32) -> Candidate {
    Candidate {
        assigned,
        phase,
        ready_for: None,
        deletion_cost: 0,
        doubled_up: 0,
        restarts,
        sidecar_restarts: 0,
        age: Span::ZERO,
        uid: 0,
    }
}
