//! StatefulSets: pods with numbers, made and stopped in the order of those.
//!
//! A pod comes only when the one that had its number before has gone, which for one on a machine that nobody hears of is
//! when that is: two pods of one number never run side by side.

use super::NewPod;
use super::scale_down;
use crate::engine::Time;
use crate::model::cluster::{Pod, PodId, PodPhase};
use crate::platform::by_hand::Step;
use crate::platform::kubernetes::stateful_set::{self, Pass, Revision, StatefulPod, StatefulSet};
use crate::policy::admission::Refusal;
use crate::sim::controller::Numbered;
use crate::sim::versions::Versions;
use crate::sim::world::World;

/// A pass that changes something is followed by another; they come to rest long before this.
const PASSES_MAX: usize = 1000;

impl World {
    /// Brings the pods of a workload that numbers them to what is desired, as far as its order and the API server allow.
    pub(super) fn reconcile_numbered(&mut self, workload: usize) {
        self.make_passes(workload, false);
        self.look_at_rollout(workload);
    }

    /// Before the run begins: makes all pods of a workload that numbers them, in whatever order that was.
    pub(in crate::sim) fn number_all(&mut self, workload: usize) {
        self.make_passes(workload, true);
    }

    /// Before the run begins: of an ordered set, what comes after the first pod that found no room was not there.
    pub(in crate::sim) fn number_no_further(&mut self, workload: usize) {
        let run = &self.workloads[workload];
        let in_order = run
            .spec
            .controller
            .numbered()
            .is_some_and(|numbered| !numbered.parallel);
        let Some(numbers) = run.numbers.as_ref().filter(|_| in_order) else {
            return;
        };
        let waits = |id: &PodId| self.cluster.pod(*id).is_some_and(|pod| pod.node.is_none());
        let mut waiting = numbers.values().copied().filter(waits);
        waiting.next();
        for pod in waiting.collect::<Vec<_>>() {
            self.terminate_pod(pod);
        }
    }

    fn make_passes(&mut self, workload: usize, all_at_once: bool) {
        for _ in 0..PASSES_MAX {
            let Some((set, pods)) = self.set_of(workload, all_at_once) else {
                return;
            };
            let pass = stateful_set::pass(&set, &pods);
            if pass == Pass::default() {
                self.log_what_it_waits_for(workload, &set, &pods);
                break;
            }
            for &ordinal in &pass.deleted {
                self.log_replacement(workload, &set, ordinal);
                self.stop_numbered(workload, ordinal as u32);
            }
            for &(ordinal, revision) in &pass.created {
                let made = self.create_numbered(workload, ordinal as u32, revision);
                if let Err((refusal, said)) = made {
                    self.pod_refused(workload, &refusal, &said);
                    return;
                }
            }
        }
        self.all_pods_created(workload);
    }

    /// The set of a workload and its pods, as a pass looks at them.
    fn set_of(&self, workload: usize, all_at_once: bool) -> Option<(StatefulSet, Vec<StatefulPod>)> {
        let run = &self.workloads[workload];
        let (numbers, numbered) = (run.numbers.as_ref()?, run.spec.controller.numbered()?);
        let current = run.versions.as_ref().map_or(0, Versions::current);
        let mut pods = Vec::with_capacity(numbers.len());
        for (&ordinal, &id) in numbers {
            let pod = self.cluster.pod(id)?;
            pods.push(StatefulPod {
                ordinal: ordinal as i32,
                revision: if pod.revision == current {
                    Revision::New
                } else {
                    Revision::Old
                },
                phase: scale_down::api_phase(pod),
                ready_for: self.ready_for(pod),
                terminating: pod.phase == PodPhase::Terminating,
            });
        }
        let set = StatefulSet {
            replicas: run.desired as i32,
            strategy: numbered.update,
            parallel: numbered.parallel || all_at_once,
            min_ready: run.spec.controller.min_ready,
            current_replicas: 0,
        };
        Some((set, pods))
    }

    fn stop_numbered(&mut self, workload: usize, ordinal: u32) {
        let numbers = self.workloads[workload].numbers.as_ref();
        if let Some(&id) = numbers.and_then(|numbers| numbers.get(&ordinal)) {
            self.terminate_pod(id);
        }
    }

    /// Creates the pod with a number, and those of its claims that are not there yet.
    fn create_numbered(
        &mut self,
        workload: usize,
        number: u32,
        revision: Revision,
    ) -> Result<(), (Refusal, String)> {
        let versions = self.workloads[workload].versions.as_ref();
        let revision = versions.map_or(0, |versions| match revision {
            Revision::Old => versions.stable(),
            Revision::New => versions.current(),
        });
        let set = self.workloads[workload].spec.name.clone();
        let name = format!("{set}-{number}");
        let class = self.class_of_next_pod(workload, revision, &name);
        let mut claims = class.volumes.shared.clone();
        for template in &class.volumes.own {
            let claim = format!("{}-{name}", template.name);
            let made = self.claim_of(&class.namespace, &claim, &template.spec);
            let id = made.map_err(|refusal| {
                let said = format!(
                    "create Claim {claim} Pod {name} in StatefulSet {set} failed error: persistentvolumeclaims \
                     \"{claim}\" is forbidden: {}",
                    refusal.why
                );
                (refusal, said)
            })?;
            claims.push(id);
        }
        let admitted = self.admit_pod(workload, &class).map_err(|refusal| {
            let why = refusal.of_pod(&name);
            let why = why.strip_prefix("Error creating: ").unwrap_or(&why);
            let said = format!("create Pod {name} in StatefulSet {set} failed error: {why}");
            (refusal, said)
        })?;
        let pod = NewPod {
            class,
            revision,
            number: Some(number),
            not_before: Time::ZERO,
        };
        let id = self.create_pod(workload, pod, admitted);
        if !claims.is_empty() {
            self.cluster.volumes_mut().pod_created(id, claims);
        }
        if let Some(numbers) = &mut self.workloads[workload].numbers {
            numbers.insert(number, id);
        }
        Ok(())
    }

    /// A pod has gone: if it had a number, that is free for another.
    pub(in crate::sim) fn number_is_free(&mut self, workload: usize, id: PodId) {
        let run = &mut self.workloads[workload];
        let Some(numbers) = &mut run.numbers else { return };
        numbers.retain(|_, pod| *pod != id);
        if let Some(at) = run.creation.wake(self.now) {
            self.plan_creation(at, workload);
        }
    }

    /// Deletes the pods that somebody deletes by hand now, as `kubectl delete pod` does.
    pub(super) fn delete_by_hand(&mut self, workload: usize) {
        let run = &mut self.workloads[workload];
        let deletions = run.spec.controller.numbered().map(|numbered| &numbered.deletions);
        let Some(deletions) = deletions else { return };
        let done = run.deletions_done;
        let due = deletions[done..]
            .iter()
            .take_while(|deletion| deletion.at <= self.now);
        let due: Vec<u32> = due
            .inspect(|_| run.deletions_done += 1)
            .flat_map(|deletion| deletion.ordinals.iter().copied())
            .collect();
        if !due.is_empty() {
            let name = self.workloads[workload].spec.name.clone();
            self.done_by_hand(Step::DeletePods, &name, None, "`kubectl delete pod`");
        }
        for ordinal in due {
            let numbers = self.workloads[workload].numbers.as_ref();
            let pod = numbers.and_then(|numbers| numbers.get(&ordinal).copied());
            if pod
                .and_then(|id| self.cluster.pod(id))
                .is_none_or(Pod::is_terminating)
            {
                continue;
            }
            let why = format!(
                "{}-{ordinal} is deleted by hand",
                self.workloads[workload].spec.name
            );
            self.log_rollout(workload, "delete", None, "deleted_by_hand", &why);
            self.stop_numbered(workload, ordinal);
        }
    }

    /// A rolling update replaces a pod, and that is told.
    fn log_replacement(&mut self, workload: usize, set: &StatefulSet, ordinal: i32) {
        let run = &self.workloads[workload];
        let Some(versions) = run.versions.as_ref().filter(|_| ordinal < set.replicas) else {
            return;
        };
        let numbers = run.numbers.as_ref();
        let pod = numbers.and_then(|numbers| self.cluster.pod(*numbers.get(&(ordinal as u32))?));
        let Some(pod) = pod else { return };
        let why = format!(
            "{}-{ordinal} of version {} gives way to version {}",
            run.spec.name,
            versions.name_of(pod.revision),
            versions.name()
        );
        self.log_rollout(workload, "replace", None, "rolling", &why);
    }

    /// A set that is not all there, or not all of the current version, and does nothing waits for a pod: that is told.
    fn log_what_it_waits_for(&mut self, workload: usize, set: &StatefulSet, pods: &[StatefulPod]) {
        let run = &self.workloads[workload];
        let rolling = run.versions.as_ref().is_some_and(Versions::is_rolling);
        let all_there = (0..set.replicas).all(|ordinal| pods.iter().any(|pod| pod.ordinal == ordinal));
        if !self.tell || (all_there && !rolling) {
            return;
        }
        let is_wanting =
            |pod: &&StatefulPod| pod.terminating || pod.ready_for.is_none_or(|span| span < set.min_ready);
        let mut pods = pods.iter().filter(is_wanting);
        // An ordered set waits for the first that is not available, an update for the last.
        let waits_for = if set.parallel {
            pods.next_back()
        } else {
            pods.next()
        };
        let Some(pod) = waits_for else { return };
        let name = format!("{}-{}", run.spec.name, pod.ordinal);
        let why = if pod.terminating {
            format!("{name} has not gone yet")
        } else if rolling && pod.revision == Revision::Old && !set.parallel {
            format!(
                "{name} of an earlier version is not available: an ordered set replaces nothing until it is, and it must be deleted by hand if it never will be"
            )
        } else {
            format!("{name} is not available yet")
        };
        self.log_rollout(workload, "wait", None, "waits_for_pod", &why);
    }
}

/// How the pods of a workload change template: what its rollout is to come to, of `desired` pods.
pub(super) fn updated_at_least(numbered: &Numbered, desired: u32) -> u32 {
    match numbered.update {
        stateful_set::UpdateStrategy::OnDelete => desired,
        stateful_set::UpdateStrategy::RollingUpdate { partition, .. } => {
            desired.saturating_sub(u32::try_from(partition.unwrap_or(0)).unwrap_or(0))
        }
    }
}
