//! A Swarm's service changes version: workers take one old task after another, and may go back where too many new ones
//! fail.
//!
//! Source: swarmkit `manager/orchestrator/update/updater.go`. A worker makes the new task of a slot, waits until that is
//! up, or has failed, and then for the delay. A task is up when its containers run; where it has a health check, when that
//! finds it healthy. Every task counts alike: which slot comes first is by the order of a Go map there, by age here.

use super::Start;
use crate::engine::{Span, Time};
use crate::model::cluster::PodId;
use crate::platform::swarm::update::{FailureAction, Order, UpdatePolicy};
use crate::sim::event::Control;
use crate::sim::versions::Versions;
use crate::sim::world::World;

/// A new task waits no longer for the end of the old one (`defaultOldTaskTimeout`).
const END_WAITED_FOR: Span = Span::from_secs(60);

impl World {
    /// The rule by which a service changes version now.
    pub(super) fn update_policy(&self, workload: usize) -> UpdatePolicy {
        let run = &self.workloads[workload];
        let rolls_back = run.versions.as_ref().is_some_and(Versions::rolls_back);
        if rolls_back {
            run.spec.rules.rollback
        } else {
            run.spec.rules.update.unwrap_or_default()
        }
    }

    /// A version of a service is to be rolled out from now on: slots that stayed empty are filled again.
    pub(super) fn service_update_begins(&mut self, workload: usize) {
        self.tasks.update_begins(workload);
        let replicas = self.workloads[workload].spec.replicas;
        let run = &mut self.workloads[workload];
        if run.daemons.is_none() && run.desired < replicas {
            run.desired = replicas;
            run.wanted.set(self.now, replicas.into());
        }
    }

    /// Lets workers that are free take the next old tasks of a service.
    pub(super) fn update_service(&mut self, workload: usize) {
        let now = self.now;
        let run = &mut self.workloads[workload];
        let available = run.available() as u32;
        let Some(versions) = run.versions.as_mut().filter(|versions| versions.is_rolling()) else {
            return;
        };
        versions.note_available(available);
        if versions.is_paused() {
            return;
        }
        let (current, dirty) = (versions.current(), versions.dirty());
        let policy = self.update_policy(workload);
        let workers = match policy.parallelism {
            0 => dirty.max(1),
            parallelism => parallelism,
        };
        let stopping: Vec<PodId> = self.tasks.beside.values().copied().collect();
        let pods = self.workloads[workload].pods.values().copied();
        let is_old = |id: &PodId| {
            let pod = self.cluster.pod(*id);
            pod.is_some_and(|pod| pod.revision != current) && !stopping.contains(id)
        };
        let old: Vec<PodId> = pods.filter(is_old).collect();
        let updater = self.tasks.updater(workload);
        updater.resting.retain(|&until| until > now);
        let busy = updater.working.len() + updater.resting.len();
        let free = (workers as usize).saturating_sub(busy);
        for &id in old.iter().take(free) {
            self.update_task(workload, id, &policy);
        }
        let updater = self.tasks.updater(workload);
        if !old.is_empty() || !updater.working.is_empty() || !updater.resting.is_empty() {
            updater.quiet_until = None;
            return;
        }
        let until = *updater.quiet_until.get_or_insert(now + policy.monitor);
        if now < until {
            return self.plan(until, Control::Rollout(workload as u32));
        }
        if let Some(versions) = &mut self.workloads[workload].versions {
            versions.complete(now);
            let why = format!("every task is of version {}", versions.name());
            self.log_rollout(workload, "complete", None, "rolled_out", &why);
        }
    }

    /// A worker replaces an old task.
    fn update_task(&mut self, workload: usize, old: PodId, policy: &UpdatePolicy) {
        let current = self.current_of(workload);
        let beside = self.tasks.beside.get(&old).copied();
        let is_current = |id| self.cluster.pod(id).is_some_and(|pod| pod.revision == current);
        if beside.is_some_and(is_current) {
            // The other task of its slot is what is wanted.
            self.tasks.beside.remove(&old);
            return self.terminate_pod(old);
        }
        let Some(pod) = self.cluster.pod(old) else { return };
        let (node, name) = (pod.node, self.workloads[workload].name_of(pod));
        let starts = match policy.order {
            Order::StopFirst => self.now + END_WAITED_FOR,
            Order::StartFirst => Time::ZERO,
        };
        let is_global = self.workloads[workload].daemons.is_some();
        let made = match node.filter(|_| is_global) {
            Some(node) => self.create_daemon(workload, node, Start::FromNothing, starts),
            None => self.create_replica(workload, current, starts),
        };
        let Some(made) = made else { return };
        // One whose image cannot be had may be replaced already.
        if self.cluster.pod(made).is_some_and(|pod| !pod.is_terminating()) {
            let history = self.tasks.take_history(old);
            self.tasks.remember(made, history);
            self.tasks.updater(workload).makes(made);
        }
        let version = self.workloads[workload]
            .versions
            .as_ref()
            .map_or("", Versions::name);
        let why = format!("{name} gives way to a task of version {version}");
        self.log_rollout(workload, "replace", None, "rolling", &why);
        match policy.order {
            Order::StopFirst => {
                self.tasks.waits_for_end.insert(old, made);
                self.terminate_pod(old);
            }
            Order::StartFirst => {
                self.tasks.beside.insert(made, old);
                // What needs no time at all is up already.
                if self.task_runs(made) {
                    self.task_is_up(made);
                }
            }
        }
    }

    fn task_runs(&self, id: PodId) -> bool {
        let run = |pod: &crate::model::cluster::Pod| &self.workloads[pod.workload].spec.rules;
        self.cluster.pod(id).is_some_and(|pod| match run(pod).health {
            Some(_) => pod.ready.is_some(),
            None => pod.ready.is_some() || pod.step_due != Time::NEVER && !pod.is_initializing(),
        })
    }

    /// A task of a service is up: who updates the service goes on.
    pub(in crate::sim) fn task_is_up(&mut self, id: PodId) {
        let Some(workload) = self.cluster.pod(id).map(|pod| pod.workload) else {
            return;
        };
        let rolling = self.workloads[workload].versions.as_ref();
        if !rolling.is_some_and(Versions::is_rolling) {
            return;
        }
        let (now, delay) = (self.now, self.update_policy(workload).delay);
        if self.tasks.updater(workload).is_up(id, now, delay) {
            if let Some(old) = self.tasks.beside.remove(&id) {
                self.terminate_pod(old);
            }
            self.plan(now + delay, Control::Rollout(workload as u32));
        }
    }

    /// A task has failed: where that counts against its service's update, that may pause or go back.
    pub(in crate::sim) fn update_fails(&mut self, id: PodId) {
        let Some((workload, revision)) = self.cluster.pod(id).map(|pod| (pod.workload, pod.revision)) else {
            return;
        };
        let (now, policy) = (self.now, self.update_policy(workload));
        let counts = self.tasks.updater(workload).counts(id, now, policy.monitor);
        let pods = self.workloads[workload].pods.values();
        let of_it = pods.filter(|&&one| self.cluster.pod(one).is_some_and(|pod| pod.revision == revision));
        let dirty = of_it.count() as u32;
        let Some(versions) = &mut self.workloads[workload].versions else {
            return;
        };
        if !counts || !versions.is_rolling() || versions.is_paused() {
            return;
        }
        let (failed, name) = (versions.one_failed(), versions.name().to_owned());
        let Some(action) = policy.acts(failed, versions.dirty()) else {
            return;
        };
        let why = format!(
            "{failed} of {} tasks of version {name} failed within {} of their start",
            versions.dirty(),
            policy.monitor
        );
        if action == FailureAction::Rollback && !versions.rolls_back() {
            versions.roll_back(now, dirty);
            let why = format!("{why}: version {} comes back", versions.name());
            self.tasks.update_begins(workload);
            self.log_rollout(workload, "roll_back", None, "update_rolled_back", &why);
            self.plan(now, Control::Rollout(workload as u32));
        } else {
            versions.pause(now);
            self.log_rollout(workload, "pause", None, "update_paused", &why);
        }
    }
}
