//! The template of a workload changes: its pods give way to those of another version, by the rules of whoever makes them.

use crate::engine::{Span, Time};
use crate::model::cluster::{Pod, PodPhase};
use crate::platform::kubernetes::stateful_set::UpdateStrategy;
use crate::sim::controller::{DaemonUpdate, Kind};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::event::Control;
use crate::sim::versions::{Goal, Seen, Step, Versions};
use crate::sim::world::World;

impl World {
    /// The time of a rollout of a workload has come, or of another look at one.
    pub(in crate::sim) fn on_rollout(&mut self, workload: u32) {
        let (now, workload) = (self.now, workload as usize);
        let rollouts = &self.scenario.workloads[workload].controller.rollouts;
        let due = rollouts.iter().filter(|rollout| rollout.at <= now).count() as u32;
        let pods = self.workloads[workload].pods.len() as u32;
        let is_service = self.is_service(workload);
        while let Some(versions) = &mut self.workloads[workload].versions
            && versions.begun() < due
        {
            versions.begin(now, pods);
            let why = format!("the template changed to version {}", versions.name());
            self.log_rollout(workload, "start", None, "template_changed", &why);
            if is_service {
                self.service_update_begins(workload);
            }
        }
        self.delete_by_hand(workload);
        self.reconcile(workload);
    }

    /// Something happened to a pod of a workload: whoever makes its pods may go on.
    pub(in crate::sim) fn poke_rollout(&mut self, workload: usize) {
        let run = &self.workloads[workload];
        let rolling = run.versions.as_ref().is_some_and(Versions::is_rolling);
        // What comes next in a set of numbered pods waits for others whether or not their template changes.
        if rolling || run.numbers.is_some() {
            let min_ready = run.spec.controller.min_ready;
            self.plan(self.now, Control::Rollout(workload as u32));
            if !min_ready.is_zero() {
                self.plan(self.now + min_ready, Control::Rollout(workload as u32));
            }
        }
    }

    /// What is there of each version of a workload.
    pub(super) fn versions_seen(&self, workload: usize) -> Vec<Seen> {
        let run = &self.workloads[workload];
        let mut seen = vec![Seen::default(); run.versions.as_ref().map_or(0, Versions::count)];
        for pod in run.pods.values().filter_map(|&id| self.cluster.pod(id)) {
            let seen = &mut seen[pod.revision as usize];
            seen.pods += 1;
            if let Some(span) = self.ready_for(pod) {
                seen.ready += 1;
                seen.available += u32::from(span >= run.spec.controller.min_ready);
            }
        }
        seen
    }

    /// For how long a pod has been ready, if it is; what was there before the run has been for ever.
    pub(super) fn ready_for(&self, pod: &Pod) -> Option<Span> {
        let ready = pod.ready_changed.filter(|_| pod.phase == PodPhase::Ready)?;
        Some(if ready == Time::ZERO {
            Span::MAX
        } else {
            self.now.since(ready)
        })
    }

    /// Looks how far a rollout has come, and tells it.
    pub(super) fn look_at_rollout(&mut self, workload: usize) {
        let run = &self.workloads[workload];
        if !run.versions.as_ref().is_some_and(Versions::is_rolling) {
            return;
        }
        let seen = self.versions_seen(workload);
        let (now, goal) = (self.now, self.goal_of(workload));
        let Some(versions) = &mut self.workloads[workload].versions else {
            return;
        };
        match versions.look(now, goal, &seen) {
            None => {}
            Some(Step::Progressed(None)) => {}
            Some(Step::Progressed(Some(until))) => self.plan(until, Control::Rollout(workload as u32)),
            Some(Step::Completed) => {
                let why = format!("every pod is of version {} and available", versions.name());
                self.log_rollout(workload, "complete", None, "rolled_out", &why);
            }
            Some(Step::Late) => {
                let spent = goal.patience.unwrap_or_default().secs_f64();
                let version = versions.name();
                let why = format!("version {version} has made no progress for {spent} s; it goes on trying");
                if goal.late == "failed" {
                    self.log_rollout(workload, "fail", None, "progress_deadline_exceeded", &why);
                } else {
                    let why = format!("{why}, and Kubernetes knows no deadline for it");
                    self.log_rollout(workload, "stall", None, "no_progress", &why);
                }
            }
        }
    }

    /// What a rollout of a workload is to come to.
    fn goal_of(&self, workload: usize) -> Goal {
        let run = &self.workloads[workload];
        let controller = &run.spec.controller;
        let deadline = controller.progress_deadline;
        let goal = |pods, new, patience, late| Goal {
            pods,
            new,
            patience,
            late,
        };
        match &controller.kind {
            Kind::Alike(_) => goal(run.desired, run.desired, Some(deadline), "failed"),
            Kind::Numbered(numbered) => {
                // Who waits for others to delete pods does not stall.
                let patience = (numbered.update != UpdateStrategy::OnDelete).then_some(deadline);
                let new = super::stateful::updated_at_least(numbered, run.desired);
                goal(run.desired, new, patience, "stalled")
            }
            Kind::OnEveryNode(update) => {
                let patience = (*update != DaemonUpdate::OnDelete).then_some(deadline);
                let nodes = self.nodes_with_daemons(workload);
                goal(nodes, nodes, patience, "stalled")
            }
        }
    }

    /// Writes down a step of a rollout, or of a set that makes its pods in order.
    pub(super) fn log_rollout(
        &mut self,
        workload: usize,
        action: &'static str,
        change: Option<(u32, u32)>,
        code: &'static str,
        why: &str,
    ) {
        let spec = &self.workloads[workload].spec;
        let decision = Decision {
            question: "rollout",
            policy: match spec.controller.kind {
                _ if spec.rules.update.is_some() => "swarm",
                Kind::Alike(_) => "deployment",
                Kind::Numbered(_) => "stateful_set",
                Kind::OnEveryNode(_) => "daemon_set",
            },
            by: None,
            subject: &spec.name,
            action,
            from: change.map(|(from, _)| from.into()),
            to: change.map(|(_, to)| to.into()),
            result: "done",
            reason_code: code,
            reason: Why::Text(why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}
