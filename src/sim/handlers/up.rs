//! Everything is brought up: containers start when what they depend on has come so far.

use crate::model::cluster::{ContainerState, PodId};
use crate::model::pod_template::ContainerKind;
use crate::platform::docker::depends_on::{Condition, Dependency};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::event::{Control, PodTurn};
use crate::sim::gates::Gates;
use crate::sim::platform::Platform;
use crate::sim::world::World;

impl World {
    /// Whether everything is brought up at the run's start, and was not there before; whoever depends on others waits.
    pub(in crate::sim) fn is_brought_up(&mut self) -> bool {
        let from_nothing = matches!(
            self.scenario.platform,
            Platform::Docker {
                from_nothing: true,
                ..
            }
        );
        if from_nothing {
            let rules = self.scenario.workloads.iter().map(|one| &one.rules).enumerate();
            let waiting = rules.filter(|(_, rules)| !rules.depends_on.is_empty());
            let waiting = waiting.map(|(index, rules)| (index, rules.depends_on.clone()));
            self.gates = Gates::new(waiting.collect());
        }
        from_nothing
    }

    /// Something has started, is healthy or is done: whoever waits for that starts.
    pub(in crate::sim) fn look_at_gates(&mut self) {
        while !self.gates.are_open() {
            let met = |dependencies: &[Dependency]| dependencies.iter().all(|one| self.has_come(*one));
            let ready = self.gates.first_waiting(met);
            let Some(workload) = ready else { return };
            let held = self.gates.open(workload);
            self.log_up(
                workload,
                "start",
                "dependencies_met",
                "all that it depends on has come so far",
            );
            for pod in held {
                self.start_pod(pod);
            }
        }
    }

    /// Whether what is waited for has come.
    fn has_come(&self, dependency: Dependency) -> bool {
        let run = &self.workloads[dependency.on];
        let all_complete = matches!(&run.batch, Some(batch) if batch.all_complete());
        if dependency.condition == Condition::Completed {
            return all_complete;
        }
        let all_there = run.batch.is_some() || run.pods.len() as u32 == run.desired;
        let mut pods = run.pods.values();
        all_there
            && match dependency.condition {
                Condition::Healthy => pods.all(|&pod| self.gates.is_healthy(pod)),
                Condition::Started | Condition::Completed => pods.all(|&pod| self.runs(pod)),
            }
            && (!run.pods.is_empty() || all_complete)
    }

    fn runs(&self, id: PodId) -> bool {
        self.cluster.pod(id).is_some_and(|pod| {
            let mut containers = pod.class.containers.iter().zip(&pod.containers);
            containers.all(|(one, state)| {
                one.kind != ContainerKind::Main || matches!(state, ContainerState::Running(_))
            })
        })
    }

    /// A pod answers: its health check finds it healthy at one of its next looks, as far as anybody waits for that.
    pub(super) fn plan_first_health(&mut self, id: PodId) {
        if self.gates.are_open() {
            return;
        }
        let now = self.now;
        let Some(pod) = self.cluster.pod(id) else { return };
        let workload = pod.workload;
        if let Some(check) = self.workloads[workload].spec.rules.health {
            let since = |state: &ContainerState| match *state {
                ContainerState::Running(since) => Some(since),
                ContainerState::Waiting | ContainerState::Ended(_) => None,
            };
            let started = pod.containers.iter().filter_map(since).max().unwrap_or(now);
            let first = check.first_healthy(started, now);
            if first.unhealthy_from.is_some() {
                self.gives_up_who_waits_for(workload);
            }
            self.plan(first.at, Control::Pod(id, PodTurn::Healthy));
        }
        self.look_at_gates();
    }

    /// A workload was found unhealthy before it was healthy: `up` fails for whoever waits for its health.
    fn gives_up_who_waits_for(&mut self, workload: usize) {
        let of = |one: &Dependency| one.on == workload && one.condition == Condition::Healthy;
        let waiting = self.gates.waiting();
        let hopeless = waiting.filter(|(_, dependencies)| dependencies.iter().any(of));
        let hopeless: Vec<usize> = hopeless.map(|(index, _)| index).collect();
        let name = self.workloads[workload].spec.name.clone();
        for index in hopeless {
            self.gates.fail(index);
            let why = format!("{name}, which it depends on, was found unhealthy: it is not started");
            self.log_up(index, "give_up", "dependency_unhealthy", &why);
        }
    }

    /// A pod is found healthy.
    pub(in crate::sim) fn on_healthy(&mut self, id: PodId) {
        if self
            .cluster
            .pod(id)
            .is_some_and(|pod| pod.ready_changed.is_some())
            && self.runs(id)
        {
            self.gates.found_healthy(id);
            self.look_at_gates();
        }
    }

    fn log_up(&mut self, workload: usize, action: &'static str, code: &'static str, why: &str) {
        let decision = Decision {
            question: "up",
            policy: "compose",
            by: None,
            subject: &self.workloads[workload].spec.name,
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
