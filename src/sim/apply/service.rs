//! A Swarm's services: a task that has ended is never started again; another one takes its place in its slot.
//!
//! The next task is created and placed at once, its image is pulled, and it starts after the service's delay (swarmkit
//! `manager/orchestrator/restart/restart.go`: the task is in desired state READY until then).

use super::Start;
use crate::engine::Span;
use crate::model::cluster::{NodeId, PodId, PodPhase};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::handlers::PodEnd;
use crate::sim::platform::RestartRule;
use crate::sim::restarts::EndCause;
use crate::sim::versions::Versions;
use crate::sim::world::World;

/// The scheduler looks at a new task no sooner (swarmkit `manager/scheduler/scheduler.go`, `commitDebounceGap`): without a
/// delay, what fails at once does so some times a second.
const SCHEDULED_AFTER: Span = Span::from_nanos(50_000_000);

impl World {
    /// Whether a workload is a Swarm's service, whose pods are its tasks.
    pub(in crate::sim) fn is_service(&self, workload: usize) -> bool {
        let run = &self.workloads[workload];
        matches!(run.spec.rules.restart, RestartRule::Swarm(_)) && run.batch.is_none()
    }

    /// Whether a pod is a task of a Swarm's service.
    pub(in crate::sim) fn is_task(&self, task: PodId) -> bool {
        let pod = self.cluster.pod(task);
        pod.is_some_and(|pod| self.is_service(pod.workload))
    }

    /// Makes the number of a service's tasks what is desired, and goes on with its update.
    pub(super) fn reconcile_service(&mut self, workload: usize) {
        let run = &self.workloads[workload];
        let doubled = run.pods.values().filter(|id| self.tasks.beside.contains_key(id));
        let have = run.pods.len() - doubled.count();
        if !self.make_up(workload, have, self.current_of(workload)) {
            return;
        }
        self.update_service(workload);
    }

    /// The version that new tasks of a workload are made from.
    pub(super) fn current_of(&self, workload: usize) -> u32 {
        let versions = self.workloads[workload].versions.as_ref();
        versions.map_or(0, Versions::current)
    }

    /// The containers of a task have ended, by a fault's `occurrence` if there is one.
    pub(in crate::sim) fn task_fails(&mut self, id: PodId, cause: EndCause, occurrence: Option<u32>) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let (workload, class) = (pod.workload, pod.class.clone());
        let node = pod.node.and_then(|node| self.cluster.node(node));
        if let Some(node) = node.map(|node| node.name().to_owned()) {
            self.placer.pod_failed(&node, &class, self.now);
        }
        self.update_fails(id);
        self.faults.account.loses(occurrence, workload, 1, 0);
        self.faults.account.settled(occurrence);
        let why = format!("its container {}", cause.words());
        if self.replace_task(id, PodEnd::Failed, cause.code(), &why) {
            cause.count(&mut self.workloads[workload].restarts);
        }
    }

    /// The node of a task is down: others take the place of those that a number is wanted of. What ought to be on every
    /// node is made anew when the node is back.
    pub(in crate::sim) fn task_is_lost(&mut self, id: PodId, occurrence: Option<u32>) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let workload = pod.workload;
        if let Some(next) = self.tasks.waits_for_end.remove(&id) {
            // Nobody waits for the end of a task whose node is down.
            self.let_start(next);
        }
        if self
            .cluster
            .pod(id)
            .is_none_or(|pod| pod.phase == PodPhase::Terminating)
        {
            return;
        }
        self.faults.account.loses(occurrence, workload, 1, 0);
        if self.workloads[workload].daemons.is_some() {
            self.leave(id, PodEnd::Lost);
        } else {
            self.replace_task(id, PodEnd::Lost, "node_down", "its node is down");
        }
    }

    /// A task ends, for this reason, and another takes its place if its service's policy has it; whether one does.
    fn replace_task(&mut self, id: PodId, end: PodEnd, code: &'static str, why: &str) -> bool {
        let now = self.now;
        let Some(pod) = self.cluster.pod(id) else {
            return false;
        };
        let (workload, revision, node) = (pod.workload, pod.revision, pod.node);
        let run = &self.workloads[workload];
        let RestartRule::Swarm(policy) = run.spec.rules.restart else {
            return false;
        };
        let name = run.name_of(pod);
        let is_global = run.daemons.is_some();
        let next = self.current_of(workload);
        let mut history = self.tasks.take_history(id);
        let delay = history.ended_in(&policy, now, true, (revision, next));
        let delayed_update = self.update_policy(workload).delay;
        self.tasks.updater(workload).done(id, now, delayed_update);
        let beside = self.tasks.beside.remove(&id);
        self.leave(id, end);
        let Some(delay) = delay else {
            let why = format!("{why}, and its service's restart policy has no other take its place");
            self.log_task(&name, "stay_down", code, &why);
            self.no_other_task(workload, node);
            self.poke_rollout(workload);
            return false;
        };
        let starts = now + delay.max(SCHEDULED_AFTER);
        let made = match node.filter(|_| is_global) {
            Some(node) => self.create_daemon(workload, node, Start::FromNothing, starts),
            None => self.create_replica(workload, next, starts),
        };
        if let Some(made) = made {
            self.tasks.remember(made, history);
            if let Some(old) = beside {
                self.tasks.beside.insert(made, old);
            }
        }
        let why = match delay.is_zero() {
            true => format!("{why}: another one takes its place at once"),
            false => format!(
                "{why}: the next one starts after a delay of {} s",
                delay.secs_f64()
            ),
        };
        self.log_task(&name, "replace", code, &why);
        self.poke_rollout(workload);
        true
    }

    /// A slot of a service stays empty until its next update.
    fn no_other_task(&mut self, workload: usize, node: Option<NodeId>) {
        let run = &mut self.workloads[workload];
        if run.daemons.is_none() {
            run.desired = run.desired.saturating_sub(1);
            run.wanted.set(self.now, run.desired.into());
        } else if let Some(node) = node {
            self.tasks.give_up(workload, node);
        }
    }

    fn log_task(&mut self, task: &str, action: &'static str, code: &'static str, why: &str) {
        if !self.tell {
            self.log.count_one(true);
            return;
        }
        let decision = Decision {
            question: "restart",
            policy: "swarm",
            by: None,
            subject: task,
            action,
            from: None,
            to: None,
            result: "done",
            reason_code: code,
            reason: Why::Text(why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}
