//! A pod's life: created, bound, pulled, started, ready, asked to stop, gone.

use crate::engine::Span;
use crate::model::cluster::{NodePhase, Pod, PodId, PodPhase};
use crate::model::owner::Owner;
use crate::model::request_queue::Station;
use crate::policy::placement::ClusterEvent;
use crate::sim::apply::{Admitted, Home, NewPod, Start};
use crate::sim::event::{Control, PodTurn};
use crate::sim::fleet::node_subject;
use crate::sim::workload_run::WorkloadRun;
use crate::sim::world::{Row, World};

/// How a pod ended, for its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum PodEnd {
    /// It finished what it had.
    Stopped,
    /// Its grace ended first.
    Killed,
    /// It had not been ready yet.
    Cancelled,
    /// Its work was done, nobody asked it to stop.
    Completed,
    /// Its containers have failed and are not started again.
    Failed,
    /// Its machine went.
    Lost,
    /// Its node had too little memory.
    Evicted,
}

/// The kubelet gives containers so much after a hook, even if their grace is used up.
const AFTER_HOOK_MIN: Span = Span::from_secs(2);

impl World {
    /// A workload gets one more pod, which waits for a node.
    pub(in crate::sim) fn create_pod(&mut self, workload: usize, made: NewPod, admitted: Admitted) -> PodId {
        let now = self.now;
        let run = &mut self.workloads[workload];
        let ordinal = run.next_ordinal;
        run.next_ordinal += 1;
        run.pending.add(now, 1);
        let id = self.cluster.add_pod(Pod {
            revision: made.revision,
            number: made.number,
            not_before: made.not_before,
            ..Pod::new(workload, ordinal, made.class, now)
        });
        self.workloads[workload].pods.insert(ordinal, id);
        self.changed(pod_subject(workload, ordinal), 0);
        self.charge_pod(id, admitted);
        self.queue_pod(id);
        self.plan_placement();
        id
    }

    /// A pod is bound: its volumes are attached and its images pulled, then it starts.
    pub(in crate::sim) fn bind_pod(&mut self, id: PodId, home: Home, start: Start) {
        let (now, node_id) = (self.now, home.node);
        let Some((workload, class)) = self.cluster.pod(id).map(|pod| (pod.workload, pod.class.clone()))
        else {
            return;
        };
        self.cluster.bind(now, id, node_id, home.devices);
        self.hand_out_gpus(id, node_id);
        self.poke_creation(workload);
        self.reserved.reserve(now, &class, 1);
        let run = &mut self.workloads[workload];
        run.pending.add(now, -1);
        run.starting.add(now, 1);
        let created = self.cluster.pod(id).map_or(now, |pod| pod.created);
        self.pod_pending.record(now.since(created).nanos(), 1);
        let Some(pod) = self.cluster.pod_mut(id) else {
            return;
        };
        pod.phase = PodPhase::Pulling;
        pod.silent = self.faults.is_silent(node_id);
        self.watch_memory_of(node_id);
        let Some(pod) = self.cluster.pod(id) else { return };
        let subject = pod_subject(workload, pod.ordinal);
        if let Some(node) = self.cluster.node(node_id) {
            let onto = node_subject(node.view.pool, node.ordinal);
            self.changed(subject, onto);
        }
        if class.volumes.is_empty() {
            self.pull_images(id, node_id);
        } else {
            self.bring_volumes(id, node_id, start);
        }
    }

    /// A pod is asked to stop: at once if it has no work, else after it has finished or its grace is over.
    pub(in crate::sim) fn terminate_pod(&mut self, id: PodId) {
        self.leave(id, PodEnd::Stopped);
    }

    /// A pod leaves its workload: `end` is how it ends if it has no work left.
    pub(in crate::sim) fn leave(&mut self, id: PodId, end: PodEnd) {
        let now = self.now;
        self.note_memory_peak(id);
        let Some(pod) = self.cluster.pod_mut(id) else {
            return;
        };
        let (workload, ordinal, before, silent) = (pod.workload, pod.ordinal, pod.phase, pod.silent);
        if before == PodPhase::Terminating {
            return;
        }
        let started = WorkloadRun::startup_cpu_of(pod, self.measured_from, now);
        pod.phase = PodPhase::Terminating;
        pod.terminating = Some(now);
        self.probing.forget(id);
        let (node, station, grace) = (pod.node, pod.station, pod.class.termination_grace);
        self.cluster.terminate(now, id);
        let run = &mut self.workloads[workload];
        run.startup_cpu_of_gone += started;
        run.pods.remove(&ordinal);
        // Nobody makes anew what has no controller, or what is for a node that goes.
        if matches!(run.spec.template.owner, Owner::Nobody | Owner::DaemonSet) {
            run.desired = run.desired.min(run.pods.len() as u32);
            run.wanted.set(now, run.desired.into());
        }
        let job = run
            .batch
            .as_ref()
            .and_then(|batch| batch.job_of.get(&ordinal))
            .copied();
        if let Some(watch) = &mut run.watch {
            watch.terminating(id);
        }
        if let Some(sizing) = &mut run.sizing {
            sizing.waiting.remove(&ordinal);
            sizing.last_ooms.remove(&ordinal);
        }
        if let Some(job) = job {
            self.job_changed(workload, job);
        }
        let run = &mut self.workloads[workload];
        match before {
            PodPhase::Pending => run.pending.add(now, -1),
            PodPhase::Pulling | PodPhase::Starting => run.starting.add(now, -1),
            PodPhase::Ready | PodPhase::Terminating => {
                run.ready.add(now, -1);
                run.silent_ready -= u64::from(silent);
            }
        }
        if silent {
            // Nobody there hears that it should go.
            if let Some(station) = station {
                run.serving.hide_replica(now, station);
            }
            return;
        }
        if before == PodPhase::Pulling {
            self.cancel_pulls(id, node);
        }
        let Some(station) = station else {
            let end = match end {
                PodEnd::Lost | PodEnd::Evicted | PodEnd::Failed => end,
                _ => PodEnd::Cancelled,
            };
            self.pod_gone(id, end, None);
            return;
        };
        let limit = node.and_then(|node| self.grace_max_on(node));
        let grace = limit.map_or(grace, |limit| grace.min(limit));
        // Whatever the hook has left of the grace, the containers get at least so much after it.
        let hook = self.hook_of(id, end).min(grace);
        let hooked = !hook.is_zero();
        if hooked {
            self.plan(now + hook, Control::Pod(id, PodTurn::HookOver));
        }
        if !self.workloads[workload].serving.drain_replica(now, station) {
            let after_hook = if hooked { hook + AFTER_HOOK_MIN } else { Span::ZERO };
            self.plan(now + grace.max(after_hook), Control::GraceOver(id));
        } else if hooked {
            self.workloads[workload].serving.rest_replica(now, station);
        } else {
            self.stop_replica(id, end);
        }
    }

    /// How long a pod that ends so waits before it is asked to stop.
    fn hook_of(&self, id: PodId, end: PodEnd) -> Span {
        let hook = self.cluster.pod(id).map(|pod| pod.class.pre_stop);
        hook.filter(|_| end == PodEnd::Stopped).unwrap_or_default()
    }

    /// A terminating pod has finished what it had: it goes, unless it still waits before it is asked to stop.
    pub(in crate::sim) fn stop_drained(&mut self, id: PodId) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let (since, station) = (pod.terminating.unwrap_or(self.now), pod.station);
        let hook = self.hook_of(id, PodEnd::Stopped);
        let limit = pod.node.and_then(|node| self.grace_max_on(node));
        let hook = limit.map_or(hook, |limit| hook.min(limit));
        match station {
            Some(station) if self.now < since + hook => {
                let workload = pod.workload;
                self.workloads[workload].serving.rest_replica(self.now, station);
            }
            _ => self.stop_replica(id, PodEnd::Stopped),
        }
    }

    /// A terminating pod has waited long enough: it goes if it has nothing left.
    pub(in crate::sim) fn on_hook_over(&mut self, id: PodId) {
        let waits = |pod: &&Pod| pod.phase == PodPhase::Terminating && !pod.silent;
        let Some(pod) = self.cluster.pod(id).filter(waits) else {
            return;
        };
        let serving = &self.workloads[pod.workload].serving;
        if pod
            .station
            .is_some_and(|station| serving.station(station).in_flight() == 0)
        {
            self.stop_replica(id, PodEnd::Stopped);
        }
    }

    /// A terminating pod's grace is over; what it still has is lost.
    pub(in crate::sim) fn on_grace_over(&mut self, id: PodId) {
        let Some(workload) = self
            .cluster
            .pod(id)
            .filter(|pod| !pod.silent)
            .map(|pod| pod.workload)
        else {
            return;
        };
        self.stop_replica(id, PodEnd::Killed);
        if self.workloads[workload].serving.take_poke() {
            self.ask_pod_scaler(workload);
        }
    }

    /// The replica of a terminating pod leaves the workload, then the pod goes.
    pub(in crate::sim) fn stop_replica(&mut self, id: PodId, end: PodEnd) {
        let Some((workload, Some(station))) = self.cluster.pod(id).map(|pod| (pod.workload, pod.station))
        else {
            return;
        };
        self.note_memory_peak(id);
        let run = &mut self.workloads[workload];
        let record = run.serving.remove_replica(self.now, station);
        run.running.add(self.now, -1);
        run.station_owner[station] = None;
        self.pod_gone(id, end, Some(&record));
    }

    /// A pod that was asked to stop is gone, whatever it still had.
    pub(in crate::sim) fn end_pod(&mut self, id: PodId, end: PodEnd) {
        match self.cluster.pod(id).map(|pod| pod.station) {
            Some(Some(_)) => self.stop_replica(id, end),
            Some(None) => self.pod_gone(id, end, None),
            None => {}
        }
    }

    fn pod_gone(&mut self, id: PodId, end: PodEnd, record: Option<&(Station, u64)>) {
        let now = self.now;
        let Some(pod) = self.cluster.pod(id).cloned() else {
            return;
        };
        let (workload, node) = (pod.workload, pod.node);
        let subject = pod_subject(workload, pod.ordinal);
        if let Some(watch) = &mut self.workloads[workload].watch {
            watch.gone(id, pod.ordinal);
        }
        self.changed(subject, 3 + end as u64);
        self.workloads[workload].jobs.pod_gone(end);
        self.job_pod_gone(&pod, end);
        self.tell(|world| {
            let name = match end {
                PodEnd::Stopped => "stopped",
                PodEnd::Killed => "killed",
                PodEnd::Cancelled => "cancelled",
                PodEnd::Completed => "completed",
                PodEnd::Failed => "failed",
                PodEnd::Lost => "lost",
                PodEnd::Evicted => "evicted",
            };
            let pace = world
                .pacing
                .record_of(now, id, record.map(|(station, _)| station));
            let record = record.map(|(station, lost)| (station, *lost));
            Row::Pod(world.pod_row(id, &pod, name, Some(now), record, pace.as_ref()))
        });
        self.pace_ends(id, workload, record.map(|(station, _)| station));
        if !pod.class.volumes.is_empty() {
            self.give_up_volumes(id);
        }
        self.daemon_gone(workload, id);
        self.cluster.remove_pod(now, id);
        self.gpus.take_back(now, id);
        self.pods_ended += 1;
        self.faults.forget_pod(id);
        self.failed_pulls.forget(id);
        self.gates.forget(id);
        self.memory_looks.remove(&id);
        self.swap_book.forget(id);
        self.tasks.forget(workload, id);
        if let Some(next) = self.tasks.waits_for_end.remove(&id) {
            self.let_start(next);
        }
        let occurrence = self.restarts.forget(id);
        self.faults.account.settled(occurrence);
        self.unqueue_pod(id);
        if node.is_some() || pod.nominated.is_some() {
            self.tell_queue(|_| Some(ClusterEvent::PodRemoved(&pod.class)));
        }
        self.quota_use.release(id);
        self.poke_creation(workload);
        self.poke_rollout(workload);
        self.number_is_free(workload, id);
        if node.is_some() {
            self.reserved.reserve(now, &pod.class, -1);
        }
        if self.cluster.pending_count() > 0 && node.is_some() {
            self.plan_placement();
        } else if pod.nominated.is_some() {
            self.plan_queue();
        }
        if let Some(node) = node {
            self.retry_resizes(node);
        }
        if let Some(id) = node
            && let Some(node) = self.cluster.node(id)
        {
            if node.phase == NodePhase::Draining {
                self.go_if_emptied(id);
            } else if node.is_idle() {
                self.wake_node_scaler();
            }
        }
    }
}

/// The number a pod's facts are recorded under.
pub(in crate::sim) fn pod_subject(workload: usize, ordinal: u64) -> u64 {
    (workload as u64) << 48 | ordinal
}
