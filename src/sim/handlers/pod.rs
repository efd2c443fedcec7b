//! A pod's life: created, bound, pulled, started, ready, asked to stop, gone.

use crate::engine::{Span, Time};
use crate::model::cluster::{ContainerState, NodeId, NodePhase, Pod, PodId, PodPhase};
use crate::model::owner::Owner;
use crate::model::pod_template::ContainerKind;
use crate::model::request_queue::Station;
use crate::policy::placement::ClusterEvent;
use crate::sim::apply::{Admitted, NewPod, Start};
use crate::sim::event::Control;
use crate::sim::fleet::node_subject;
use crate::sim::rows::PodRow;
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
    /// Its machine went.
    Lost,
}

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
    pub(in crate::sim) fn bind_pod(&mut self, id: PodId, node_id: NodeId, start: Start) {
        let now = self.now;
        let Some((workload, class)) = self.cluster.pod(id).map(|pod| (pod.workload, pod.class.clone()))
        else {
            return;
        };
        self.cluster.bind(now, id, node_id);
        self.poke_creation(workload);
        self.reserved.reserve(now, class.requests(), 1);
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

    /// A bound pod's images are pulled.
    pub(in crate::sim) fn pull_images(&mut self, id: PodId, node_id: NodeId) {
        let now = self.now;
        // One whose machine does not answer does nothing before it does.
        let Some(class) = self
            .cluster
            .pod(id)
            .filter(|pod| !pod.silent)
            .map(|pod| pod.class.clone())
        else {
            return;
        };
        let mut images_left = 0;
        for image in class
            .containers
            .iter()
            .filter_map(|container| container.image.as_ref())
        {
            let Some(node) = self.cluster.node_mut(node_id) else {
                return;
            };
            if node.puller.cache().has_image(image) {
                continue;
            }
            self.pulls_ever += 1;
            node.puller.start(now, self.pulls_ever, image);
            self.pulls.insert(self.pulls_ever, id);
            images_left += 1;
        }
        if let Some(pod) = self.cluster.pod_mut(id) {
            pod.images_left = images_left;
        }
        if images_left == 0 {
            self.start_pod(id);
        } else {
            self.plan_pull(node_id);
        }
    }

    /// A pod's images are there: its containers start.
    pub(in crate::sim) fn start_pod(&mut self, id: PodId) {
        let (now, key) = (self.now, self.key);
        let Some(pod) = self.cluster.pod_mut(id) else {
            return;
        };
        let run = &self.workloads[pod.workload];
        let mut stream = key.entity_stream(&run.start_stream, pod.ordinal);
        let version = run
            .versions
            .as_ref()
            .map(|versions| versions.version(pod.revision));
        let start_times = version.map_or(&run.start_times, |version| &version.start_times);
        let times = start_times
            .containers
            .iter()
            .map(|sampler| sampler.sample_span(&mut stream));
        let times: Vec<Span> = times.collect();
        let mut readiness = start_times.readiness.sample_span(&mut stream);
        if version.is_some_and(|version| version.never_ready) {
            readiness = Span::MAX;
        }
        let kinds = pod.class.containers.iter().map(|container| container.kind);
        // As the kubelet goes: an init container runs to its end and a sidecar has started before the next one of them
        // goes on; the main containers start together after the last (`computeInitContainerActions` in
        // pkg/kubelet/kuberuntime/kuberuntime_container.go).
        let (mut plan, mut together) = (Vec::new(), Span::ZERO);
        for (kind, time) in kinds.zip(times) {
            match kind {
                ContainerKind::Init | ContainerKind::Sidecar => plan.push(time),
                ContainerKind::Main => together = together.max(time),
            }
        }
        plan.extend([together, readiness]);
        pod.phase = PodPhase::Starting;
        pod.pulled = pod.pulled.or(Some(now));
        pod.start_plan = plan;
        pod.steps_done = 0;
        let (class, node) = (pod.class.clone(), pod.node);
        if let Some(node) = node {
            for (name, image) in class.images() {
                self.cluster.image_arrived(node, name, image);
            }
        }
        self.on_pod_step(id, true);
    }

    /// A pod's start goes on: the step under way is over (unless `first`), the next ones that take no time follow.
    pub(in crate::sim) fn on_pod_step(&mut self, id: PodId, first: bool) {
        let now = self.now;
        let Some(pod) = self
            .cluster
            .pod_mut(id)
            .filter(|pod| pod.phase == PodPhase::Starting && !pod.silent)
            // A start that was broken off is begun anew, with other times.
            .filter(|pod| first || pod.step_due == now || pod.step_due == Time::NEVER)
        else {
            return;
        };
        if !first {
            pod.steps_done += 1;
        }
        let containers = pod.class.containers.iter();
        loop {
            // Main containers start after one step for each of the others, which start in turn.
            let mains = pod.start_plan.len() - 2;
            let mut turns = 0..mains;
            for (container, state) in containers.clone().zip(&mut pod.containers) {
                let step = match container.kind {
                    ContainerKind::Main => mains,
                    ContainerKind::Init | ContainerKind::Sidecar => turns.next().unwrap_or(mains),
                };
                if *state == ContainerState::Waiting && step <= pod.steps_done {
                    *state = ContainerState::Running(now);
                }
                if container.kind == ContainerKind::Init
                    && step < pod.steps_done
                    && matches!(state, ContainerState::Running(_))
                {
                    *state = ContainerState::Ended(now);
                }
            }
            match pod.start_plan.get(pod.steps_done) {
                None => break,
                Some(step) if step.is_zero() => pod.steps_done += 1,
                Some(&step) => {
                    pod.step_due = now + step;
                    self.plan(now + step, Control::PodStep(id));
                    return;
                }
            }
        }
        self.pod_ready(id);
    }

    /// A pod takes requests from now on.
    pub(in crate::sim) fn pod_ready(&mut self, id: PodId) {
        let now = self.now;
        let Some(pod) = self.cluster.pod_mut(id) else {
            return;
        };
        let run = &mut self.workloads[pod.workload];
        if let Some(station) = pod.station {
            // It was before, and its containers start again where they are.
            pod.phase = PodPhase::Ready;
            let (workload, subject) = (pod.workload, pod_subject(pod.workload, pod.ordinal));
            run.serving.answer_again(now, station);
            run.starting.add(now, -1);
            run.ready.add(now, 1);
            self.changed(subject, 2);
            self.plan_next_crash_of_pod(id);
            self.poke_rollout(workload);
            self.answer_drained(workload);
            return;
        }
        let station = run.serving.add_replica(now);
        if run.station_owner.len() <= station {
            run.station_owner.resize(station + 1, None);
        }
        run.station_owner[station] = Some(id);
        run.starting.add(now, -1);
        run.ready.add(now, 1);
        run.running.add(now, 1);
        run.pod_start.record(now.since(pod.created).nanos(), 1);
        pod.phase = PodPhase::Ready;
        pod.ready = Some(now);
        pod.station = Some(station);
        let subject = pod_subject(pod.workload, pod.ordinal);
        let workload = pod.workload;
        self.changed(subject, 2);
        self.plan_next_crash_of_pod(id);
        self.poke_creation(workload);
        self.poke_rollout(workload);
        self.answer_drained(workload);
    }

    /// A pod is asked to stop: at once if it has no work, else after it has finished or its grace is over.
    pub(in crate::sim) fn terminate_pod(&mut self, id: PodId) {
        self.leave(id, PodEnd::Stopped);
    }

    /// A pod leaves its workload: `end` is how it ends if it has no work left.
    pub(in crate::sim) fn leave(&mut self, id: PodId, end: PodEnd) {
        let now = self.now;
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
        let (node, station, grace) = (pod.node, pod.station, pod.class.termination_grace);
        self.cluster.terminate(id);
        let run = &mut self.workloads[workload];
        run.startup_cpu_of_gone += started;
        run.pods.remove(&ordinal);
        // Nobody makes anew what has no controller, or what is for a node that goes.
        if matches!(run.spec.template.owner, Owner::Nobody | Owner::DaemonSet) {
            run.desired = run.desired.min(run.pods.len() as u32);
            run.wanted.set(now, run.desired.into());
        }
        if let Some(watch) = &mut run.watch {
            watch.terminating(id);
        }
        if let Some(sizing) = &mut run.sizing {
            sizing.waiting.remove(&ordinal);
        }
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
            let end = if end == PodEnd::Lost {
                end
            } else {
                PodEnd::Cancelled
            };
            self.pod_gone(id, end, None);
            return;
        };
        if self.workloads[workload].serving.drain_replica(now, station) {
            self.stop_replica(id, end);
        } else {
            let limit = node.and_then(|node| self.grace_max_on(node));
            let grace = limit.map_or(grace, |limit| grace.min(limit));
            self.plan(now + grace, Control::GraceOver(id));
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
        self.tell(|world| {
            let name = match end {
                PodEnd::Stopped => "stopped",
                PodEnd::Killed => "killed",
                PodEnd::Cancelled => "cancelled",
                PodEnd::Completed => "completed",
                PodEnd::Lost => "lost",
            };
            let (station, lost) = record.map_or((None, 0), |(station, lost)| (Some(station), *lost));
            Row::Pod(world.pod_row(&pod, name, Some(now), station, lost))
        });
        if !pod.class.volumes.is_empty() {
            self.give_up_volumes(id);
        }
        self.daemon_gone(workload, id);
        self.cluster.remove_pod(now, id);
        self.pods_ended += 1;
        self.faults.forget_pod(id);
        self.unqueue_pod(id);
        if node.is_some() || pod.nominated.is_some() {
            self.tell_queue(|_| Some(ClusterEvent::PodRemoved(&pod.class)));
        }
        self.quota_use.release(id);
        self.poke_creation(workload);
        self.poke_rollout(workload);
        self.number_is_free(workload, id);
        if node.is_some() {
            self.reserved.reserve(now, pod.class.requests(), -1);
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

    pub(in crate::sim) fn cancel_pulls(&mut self, id: PodId, node: Option<NodeId>) {
        let now = self.now;
        let tokens: Vec<u64> = self
            .pulls
            .iter()
            .filter(|&(_, &pod)| pod == id)
            .map(|(&token, _)| token)
            .collect();
        for token in tokens {
            self.pulls.remove(&token);
            if let Some(node) = node.and_then(|node| self.cluster.node_mut(node)) {
                node.puller.cancel(now, token);
            }
        }
        if let Some(node) = node {
            self.plan_pull(node);
        }
    }

    /// A pod's row of `pods.csv`.
    pub(in crate::sim) fn pod_row(
        &self,
        pod: &Pod,
        end: &'static str,
        ended: Option<Time>,
        station: Option<&Station>,
        lost: u64,
    ) -> PodRow {
        let run = &self.workloads[pod.workload];
        let until = ended.unwrap_or(self.now);
        let measured = pod.ready.map(|ready| until.since(ready.max(self.measured_from)));
        let utilization = match (station, run.slots(), measured) {
            (Some(station), Some(slots), Some(span)) if !span.is_zero() => {
                Some(station.busy.integral_until(until) as f64 / (f64::from(slots) * span.nanos() as f64))
            }
            _ => None,
        };
        PodRow {
            pod: run.name_of(pod),
            workload: run.spec.name.clone(),
            node: pod
                .node
                .and_then(|node| self.cluster.node(node))
                .map(|node| node.name().to_owned())
                .unwrap_or_default(),
            created_s: pod.created.secs_f64(),
            bound_s: pod.bound.map(Time::secs_f64),
            pulled_s: pod.pulled.map(Time::secs_f64),
            ready_s: pod.ready.map(Time::secs_f64),
            terminating_s: pod.terminating.map(Time::secs_f64),
            ended_s: ended.map(Time::secs_f64),
            end,
            served: station.map_or(0, |station| station.served),
            lost,
            utilization,
            cpu_request_cores: pod.class.requests().cpu_milli as f64 / 1000.0,
            memory_request_bytes: pod.class.requests().memory_bytes,
        }
    }
}

/// The number a pod's facts are recorded under.
pub(in crate::sim) fn pod_subject(workload: usize, ordinal: u64) -> u64 {
    (workload as u64) << 48 | ordinal
}
