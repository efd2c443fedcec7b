//! Health checks of a Swarm's tasks: one gets no requests before it is healthy, and one that is unhealthy is stopped.
//!
//! Source: moby `daemon/cluster/executor/container/controller.go`: `Start` waits for `health_status: healthy`, and it and
//! `Wait` shut a container down that becomes unhealthy, which fails its task.

use crate::engine::{Span, Time};
use crate::model::cluster::PodId;
use crate::model::probe::ProbeKind;
use crate::platform::docker::health::HealthCheck;
use crate::sim::event::{Control, PodTurn};
use crate::sim::probing::may_fail;
use crate::sim::world::World;
use rand::RngExt;

impl World {
    fn health_of(&self, workload: usize) -> Option<HealthCheck> {
        let health = self.workloads[workload].spec.rules.health;
        health.filter(|_| self.is_service(workload))
    }

    /// The main containers of a pod start at `started` and answer after so long: how long after their start its health
    /// check finds them healthy; `None` where nobody waits for that. One that is unhealthy first is given up then.
    pub(super) fn health_of_start(&mut self, id: PodId, started: Time, answers: Span) -> Option<Span> {
        let workload = self.cluster.pod(id)?.workload;
        let check = self.health_of(workload)?;
        let first = check.first_healthy(started, started + answers);
        let doom = first.unhealthy_from.map(|at| (at, ProbeKind::Liveness));
        self.probing.starts(id, doom);
        if let Some((at, _)) = doom {
            self.plan(at, Control::Pod(id, PodTurn::GivenUp));
        }
        Some(first.at.since(started))
    }

    /// The main containers of a pod run; with `ready` they are also found well. A task is up by that.
    pub(super) fn has_run(&mut self, id: PodId, ready: bool) {
        let Some(workload) = self.cluster.pod(id).map(|pod| pod.workload) else {
            return;
        };
        if self.is_service(workload) && (ready || self.health_of(workload).is_none()) {
            self.task_is_up(id);
        }
    }

    /// A task is healthy: its checks go on, as far as one may fail.
    pub(super) fn plan_health_looks(&mut self, id: PodId) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let Some(check) = self.health_of(pod.workload) else {
            return;
        };
        let probe = check.as_probe();
        if !may_fail(&probe, self.requests_wait(pod.workload)) {
            return;
        }
        let mut wait = check.interval;
        if pod.bound == Some(Time::ZERO) {
            // Those that were there before the run began are somewhere in their interval.
            let name = format!("health/{}", self.workloads[pod.workload].spec.name);
            let part: f64 = self.key.entity_stream(&name, pod.ordinal).random();
            wait = wait.scaled(part);
        }
        let next = self.now + wait.max(Span::from_nanos(1_000_000));
        if self.probing.look(id, ProbeKind::Liveness, probe, next) {
            self.plan(next, Control::Pod(id, PodTurn::Look(ProbeKind::Liveness)));
        }
    }
}
