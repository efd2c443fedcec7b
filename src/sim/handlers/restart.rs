//! Containers end though nobody asked their pod to stop, and the kubelet starts them again where they are.
//!
//! The main containers of a pod end and start together; its init containers and sidecars are not run again.

use super::pod_subject;
use crate::model::cluster::{ContainerState, PodId, PodPhase};
use crate::model::memory_bound::MemoryBound;
use crate::model::pod_template::ContainerKind;
use crate::sim::decision_log::{Decision, Why};
use crate::sim::event::{Control, PodTurn};
use crate::sim::restarts::EndCause;
use crate::sim::world::World;
use rand::RngExt;

impl World {
    /// The main containers of a pod have ended: what they were doing is lost, and they start again after the kubelet's
    /// back-off. Returns how many requests are lost; `occurrence` is the fault's that ended them.
    pub(in crate::sim) fn containers_end(
        &mut self,
        id: PodId,
        cause: EndCause,
        occurrence: Option<u32>,
    ) -> u64 {
        let now = self.now;
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
        let work = self.work_stops(id);
        self.faults.account.loses_work(occurrence, workload, work);
        self.tell_sizer_of_end(id, cause, now.since(started));
        let lost = self.pod_crashes(id);
        self.probing.forget(id);
        let at = self.restarts.ended(id, now, cause, occurrence);
        self.changed(pod_subject(workload, ordinal), 16 + cause as u64);
        self.plan(at, Control::Pod(id, PodTurn::Restart));
        self.log_restart(&name, cause, (restarts, at.since(now).secs_f64()));
        self.poke_rollout(workload);
        lost
    }

    fn log_restart(&mut self, pod: &str, cause: EndCause, (restarts, wait_s): (u32, f64)) {
        if !self.tell {
            self.log.count_one(true);
            return;
        }
        let words = cause.words();
        let why = match wait_s {
            0.0 => format!("its container {words}: it starts again at once"),
            _ => format!("its container {words}: it starts again after a back-off of {wait_s} s"),
        };
        let decision = Decision {
            question: "restart",
            policy: "kubelet",
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

    /// The main containers of a pod have started: they are killed if they need more memory than they may have even without
    /// any request; else chance says whether and when they exit, if those of its version do.
    pub(super) fn plan_exit(&mut self, id: PodId) {
        let (now, key) = (self.now, self.key);
        let Some(pod) = self.cluster.pod(id) else { return };
        let run = &self.workloads[pod.workload];
        let bound = MemoryBound::of(&pod.class, run.slots());
        if bound.is_some_and(|bound| bound.most.is_none()) {
            self.containers_end(id, EndCause::OutOfMemory, None);
            return;
        }
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
