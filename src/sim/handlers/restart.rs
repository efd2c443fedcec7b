//! Containers end though nobody asked their pod to stop, and their platform starts them again where they are, or does
//! not.
//!
//! The main containers of a pod end and start together; its init containers and sidecars are not run again.

use super::{PodEnd, pod_subject};
use crate::model::cluster::{ContainerState, PodId, PodPhase};
use crate::model::pod_template::ContainerKind;
use crate::sim::decision_log::{Decision, Why};
use crate::sim::event::{Control, PodTurn};
use crate::sim::platform::RestartRule;
use crate::sim::restarts::EndCause;
use crate::sim::world::World;
use rand::RngExt;

impl World {
    /// The main containers of a pod have ended: what they were doing is lost, and they start again as their
    /// platform says. Returns how many requests are lost; `occurrence` is the fault's that ended them.
    pub(in crate::sim) fn containers_end(
        &mut self,
        id: PodId,
        cause: EndCause,
        occurrence: Option<u32>,
    ) -> u64 {
        let now = self.now;
        self.note_memory_peak(id);
        if self.crash_ends_pod(id, occurrence) {
            return 0;
        }
        let Some(pod) = self.cluster.pod_mut(id) else {
            return 0;
        };
        let alive = matches!(pod.phase, PodPhase::Starting | PodPhase::Ready) && !pod.silent;
        if !alive || self.restarts.waits(id) {
            return 0;
        }
        let kinds = pod.class.containers.iter().map(|container| container.kind);
        let mut started = now;
        for (state, kind) in pod.containers.iter_mut().zip(kinds) {
            if kind == ContainerKind::Main {
                if let ContainerState::Running(since) = *state {
                    started = since;
                }
                *state = ContainerState::Ended(now);
            }
        }
        let (workload, ordinal, restarts) = (pod.workload, pod.ordinal, pod.restarts.total());
        let name = self.workloads[workload].name_of(pod);
        let ran = now.since(started);
        self.memory_looks.remove(&id);
        self.nothing_swapped(id);
        let rule = self.workloads[workload].spec.rules.restart;
        self.tell_sizer_of_end(id, cause, ran);
        let work = self.work_stops(id);
        self.faults.account.loses_work(occurrence, workload, work);
        let lost = self.pod_crashes(id);
        self.probing.forget(id);
        self.gpus.free(now, id);
        self.changed(pod_subject(workload, ordinal), 16 + cause as u64);
        if self.is_service(workload) {
            self.task_fails(id, cause, occurrence);
            return lost;
        }
        let Some(at) = self.restarts.ended(id, rule, (now, ran), cause, occurrence) else {
            self.log_end(&name, cause, rule);
            self.faults.account.loses(occurrence, workload, 1, 0);
            self.faults.account.settled(occurrence);
            self.ends_for_good(id);
            return lost;
        };
        self.plan(at, Control::Pod(id, PodTurn::Restart));
        self.log_restart(&name, cause, rule, (restarts, at.since(now).secs_f64()));
        self.poke_rollout(workload);
        lost
    }

    /// A pod whose containers have ended, and are not started again, is gone; nobody makes another in its place.
    pub(super) fn ends_for_good(&mut self, id: PodId) {
        let Some(workload) = self.cluster.pod(id).map(|pod| pod.workload) else {
            return;
        };
        let before = self.workloads[workload].desired;
        self.leave(id, PodEnd::Failed);
        let run = &mut self.workloads[workload];
        let left = run.pods.len() as u32;
        if run.batch.is_none() && left < run.desired {
            run.desired = left;
            run.wanted.set(self.now, left.into());
        }
        if self.workloads[workload].batch.is_none() {
            self.person_hears(workload, before);
        }
    }

    fn log_end(&mut self, pod: &str, cause: EndCause, rule: RestartRule) {
        if !self.tell {
            self.log.count_one(true);
            return;
        }
        let why = format!(
            "its container {}, and its policy does not start it again",
            cause.words()
        );
        let decision = Decision {
            question: "restart",
            policy: rule.whose(),
            by: None,
            subject: pod,
            action: "stay_down",
            from: None,
            to: None,
            result: "done",
            reason_code: cause.code(),
            reason: Why::Text(&why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }

    fn log_restart(&mut self, pod: &str, cause: EndCause, rule: RestartRule, (restarts, wait_s): (u32, f64)) {
        if !self.tell {
            self.log.count_one(true);
            return;
        }
        let words = cause.words();
        let why = match wait_s {
            0.0 => format!("its container {words}: it starts again at once"),
            _ if matches!(rule, RestartRule::Swarm(_)) => {
                format!("its container {words}: the next one starts after a delay of {wait_s} s")
            }
            _ => format!("its container {words}: it starts again after a back-off of {wait_s} s"),
        };
        let decision = Decision {
            question: "restart",
            policy: rule.whose(),
            by: None,
            subject: pod,
            action: "restart",
            from: Some(restarts.into()),
            to: Some(i64::from(restarts) + 1),
            result: "done",
            reason_code: cause.code(),
            reason: Why::Text(&why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }

    /// The back-off of a container that has ended is over.
    pub(in crate::sim) fn on_restart(&mut self, id: PodId) {
        // One whose machine does not answer starts again when it does.
        let answers = self.cluster.pod(id).is_some_and(|pod| !pod.silent);
        if !answers {
            return;
        }
        let Some(restart) = self.restarts.take_due(id, self.now) else {
            return;
        };
        self.faults.account.settled(restart.occurrence);
        let Some(pod) = self
            .cluster
            .pod_mut(id)
            .filter(|pod| pod.phase == PodPhase::Starting)
        else {
            return;
        };
        restart.cause.count(&mut pod.restarts);
        let kinds = pod.class.containers.iter().map(|container| container.kind);
        for (state, kind) in pod.containers.iter_mut().zip(kinds) {
            if kind == ContainerKind::Main {
                *state = ContainerState::Waiting;
            }
        }
        let workload = pod.workload;
        restart.cause.count(&mut self.workloads[workload].restarts);
        self.start_pod(id);
    }

    /// Nothing keeps the containers of a pod from starting any longer.
    pub(in crate::sim) fn let_start(&mut self, id: PodId) {
        let now = self.now;
        if let Some(pod) = self.cluster.pod_mut(id).filter(|pod| pod.not_before > now) {
            pod.not_before = now;
            self.on_may_start(id);
        }
    }

    /// The containers of a pod may start from now on: they do, if they wait for that alone.
    pub(in crate::sim) fn on_may_start(&mut self, id: PodId) {
        let now = self.now;
        let waits = self.cluster.pod(id).is_some_and(|pod| {
            let is_pulled = pod.phase == PodPhase::Pulling && pod.pulled.is_some();
            is_pulled && !pod.silent && pod.not_before <= now
        });
        if waits {
            self.start_pod(id);
        }
    }

    /// The main containers of a pod have started: they are killed if they need more memory than they may have even without
    /// any request, and fail if their GPUs have too little for that; else chance says whether and when they exit, if those of
    /// its version do.
    pub(super) fn plan_exit(&mut self, id: PodId) {
        let (now, key) = (self.now, self.key);
        let Some(pod) = self.cluster.pod(id) else { return };
        if self.memory_bound(pod).is_some_and(|bound| bound.most.is_none()) {
            self.containers_end(id, EndCause::OutOfMemory, None);
            return;
        }
        if !self.claims_gpu_memory(id, 0) {
            self.containers_end(id, EndCause::GpuMemory, None);
            return;
        }
        let Some(pod) = self.cluster.pod(id) else { return };
        if pod.class.memory_changes() {
            self.guard_memory(id);
        }
        let Some(pod) = self.cluster.pod(id) else { return };
        let run = &self.workloads[pod.workload];
        let version = run
            .versions
            .as_ref()
            .map(|versions| versions.version(pod.revision));
        let Some(crashes) = version.and_then(|version| version.crashes.as_ref()) else {
            return;
        };
        let name = format!("exit/{}/{}", run.spec.name, pod.restarts.total());
        let mut stream = key.entity_stream(&name, pod.ordinal);
        let drawn: f64 = stream.random();
        if drawn < crashes.probability {
            let at = now + crashes.after.sample_span(&mut stream);
            self.restarts.exits_at(id, at);
            self.plan(at, Control::Pod(id, PodTurn::Exit));
        }
    }

    /// The main containers of a pod exit of their own accord.
    pub(in crate::sim) fn on_exit(&mut self, id: PodId) {
        if self.restarts.exits_now(id, self.now) {
            self.containers_end(id, EndCause::Crash, None);
        }
    }
}
