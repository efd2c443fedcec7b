//! A Deployment's template changes: pods of one version give way to those of another, as its strategy allows.

use crate::model::cluster::{PodId, PodPhase};
use crate::platform::kubernetes::rollout::{Acted, Strategy};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::deployment::{Deployment, Seen, Step};
use crate::sim::event::Control;
use crate::sim::world::{Row, World};

/// A sync that changes something is followed by another; they come to rest long before this.
const SYNCS_MAX: usize = 1000;

impl World {
    /// The time of a rollout of a workload has come, or of another look at one.
    pub(in crate::sim) fn on_rollout(&mut self, workload: u32) {
        let (now, workload) = (self.now, workload as usize);
        let rollouts = &self.scenario.workloads[workload].controller.rollouts;
        let due = rollouts.iter().filter(|rollout| rollout.at <= now).count() as u32;
        loop {
            let run = &mut self.workloads[workload];
            let Some(deployment) = &mut run.deployment else {
                return;
            };
            if deployment.current() >= due {
                break;
            }
            deployment.begin(now);
            let why = format!("the template changed to version {}", deployment.name());
            self.log_rollout(workload, "start", None, "template_changed", &why);
        }
        self.reconcile(workload);
    }

    /// Something happened to a pod of a workload: a rollout under way may go on.
    pub(in crate::sim) fn poke_rollout(&mut self, workload: usize) {
        let run = &self.workloads[workload];
        if run.deployment.as_ref().is_some_and(Deployment::is_rolling) {
            let min_ready = run.spec.controller.min_ready;
            self.plan(self.now, Control::Rollout(workload as u32));
            if !min_ready.is_zero() {
                self.plan(self.now + min_ready, Control::Rollout(workload as u32));
            }
        }
    }

    /// Brings the sets of a workload's versions to what its Deployment wants, as far as the API server takes new pods.
    pub(super) fn reconcile_deployment(&mut self, workload: usize) {
        let strategy = self.workloads[workload].spec.controller.strategy;
        for _ in 0..SYNCS_MAX {
            let seen = self.versions_seen(workload);
            let old_pods_run = strategy == Strategy::Recreate && self.old_pods_run(workload);
            let run = &mut self.workloads[workload];
            let Some(deployment) = &mut run.deployment else {
                return;
            };
            let before = deployment.sizes();
            let acted = deployment.sync(strategy, run.desired, &seen, old_pods_run);
            let sizes = deployment.sizes();
            if acted != Acted::Nothing && deployment.is_rolling() {
                self.log_sync(workload, &before, &sizes);
            }
            if !self.resize_versions(workload, &sizes) {
                return;
            }
            if acted == Acted::Nothing {
                break;
            }
        }
        self.all_pods_created(workload);
        self.look_at_rollout(workload);
    }

    /// Creates and stops pods until each version has as many as it should; whether the API server took all.
    fn resize_versions(&mut self, workload: usize, sizes: &[u32]) -> bool {
        for (revision, &size) in (0..).zip(sizes) {
            let pods: Vec<PodId> = self.pods_of_version(workload, revision);
            for _ in pods.len()..size as usize {
                let run = &self.workloads[workload];
                let Some(deployment) = &run.deployment else {
                    return true;
                };
                let class = deployment.version(revision).template.clone();
                if self.create_replica(workload, class).is_none() {
                    return false;
                }
            }
            let surplus = pods.len().saturating_sub(size as usize);
            if surplus > 0 {
                for pod in self.to_give_up(workload, &pods, surplus) {
                    self.terminate_pod(pod);
                }
            }
        }
        true
    }

    fn pods_of_version(&self, workload: usize, revision: u32) -> Vec<PodId> {
        let pods = self.workloads[workload].pods.values().copied();
        pods.filter(|&id| self.cluster.pod(id).is_some_and(|pod| pod.revision == revision))
            .collect()
    }

    fn versions_seen(&self, workload: usize) -> Vec<Seen> {
        let run = &self.workloads[workload];
        let versions = run
            .deployment
            .as_ref()
            .map_or(0, |deployment| deployment.sizes().len());
        let mut seen = vec![Seen::default(); versions];
        for pod in run.pods.values().filter_map(|&id| self.cluster.pod(id)) {
            let seen = &mut seen[pod.revision as usize];
            seen.pods += 1;
            if pod.phase == PodPhase::Ready
                && let Some(ready) = pod.ready_changed
            {
                seen.ready += 1;
                seen.available += u32::from(self.now.since(ready) >= run.spec.controller.min_ready);
            }
        }
        seen
    }

    /// Whether a pod of an older version still runs, those that were asked to stop included.
    fn old_pods_run(&self, workload: usize) -> bool {
        let current = self.workloads[workload]
            .deployment
            .as_ref()
            .map_or(0, Deployment::current);
        let mut pods = self.cluster.pods();
        pods.any(|(_, pod)| pod.workload == workload && pod.revision != current)
    }

    /// Looks how far a rollout has come, and tells it.
    fn look_at_rollout(&mut self, workload: usize) {
        let seen = self.versions_seen(workload);
        let now = self.now;
        let run = &mut self.workloads[workload];
        let Some(deployment) = &mut run.deployment else {
            return;
        };
        let deadline = run.spec.controller.progress_deadline;
        match deployment.look(now, &run.spec.controller, run.desired, &seen) {
            None => {}
            Some(Step::Progressed(until)) => self.plan(until, Control::Rollout(workload as u32)),
            Some(Step::Completed) => {
                let why = format!("every pod is of version {} and available", deployment.name());
                self.log_rollout(workload, "complete", None, "rolled_out", &why);
            }
            Some(Step::Failed) => {
                let why = format!(
                    "version {} has made no progress for {} s; it goes on trying",
                    deployment.name(),
                    deadline.secs_f64()
                );
                self.log_rollout(workload, "fail", None, "progress_deadline_exceeded", &why);
            }
        }
    }

    fn log_sync(&mut self, workload: usize, before: &[u32], after: &[u32]) {
        let Some(deployment) = &self.workloads[workload].deployment else {
            return;
        };
        let current = deployment.current() as usize;
        let old = |sizes: &[u32]| sizes[..current].iter().sum::<u32>();
        let why = format!(
            "pods of version {}: {} to {}, of older ones: {} to {}",
            deployment.name(),
            before[current],
            after[current],
            old(before),
            old(after)
        );
        let change = Some((before[current], after[current]));
        self.log_rollout(workload, "resize", change, "rolling", &why);
    }

    fn log_rollout(
        &mut self,
        workload: usize,
        action: &'static str,
        change: Option<(u32, u32)>,
        code: &'static str,
        why: &str,
    ) {
        if !self.tell {
            self.log.count_one(true);
            return;
        }
        let rows = self.log.record(
            self.now,
            &Decision {
                question: "rollout",
                policy: "deployment",
                by: None,
                subject: &self.workloads[workload].spec.name,
                action,
                from: change.map(|(from, _)| from.into()),
                to: change.map(|(_, to)| to.into()),
                result: "done",
                reason_code: code,
                reason: Why::Text(why),
            },
        );
        self.rows.extend(rows.into_iter().map(Row::Decision));
    }
}
