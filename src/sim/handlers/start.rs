//! A pod's start: its containers one after another, then the first request; and the same again where it is.

use super::pod_subject;
use crate::engine::Span;
use crate::model::cluster::{ContainerState, PodId, PodPhase};
use crate::model::pod_template::ContainerKind;
use crate::policy::routing::ReplicaTraits;
use crate::sim::event::{Control, PodTurn};
use crate::sim::world::World;

impl World {
    /// A pod's images are there: its containers start.
    pub(in crate::sim) fn start_pod(&mut self, id: PodId) {
        let (now, key) = (self.now, self.key);
        let Some(pod) = self.cluster.pod_mut(id) else {
            return;
        };
        if self.gates.hold(id, pod.workload) {
            return;
        }
        if pod.not_before > now {
            // Its image is there, and it waits.
            pod.pulled = pod.pulled.or(Some(now));
            let at = pod.not_before;
            return self.plan(at, Control::Pod(id, PodTurn::MayStart));
        }
        let run = &self.workloads[pod.workload];
        let mut stream = match pod.restarts.total() {
            0 => key.entity_stream(&run.start_stream, pod.ordinal),
            again => key.entity_stream(&format!("{}/{again}", run.start_stream), pod.ordinal),
        };
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
        let takes: Vec<Span> = times.iter().map(|&time| time + readiness).collect();
        let kinds = pod.class.containers.iter().map(|container| container.kind);
        // As the kubelet goes: an init container runs to its end and a sidecar has started before the next one of them
        // goes on; the main containers start together after the last (`computeInitContainerActions` in
        // pkg/kubelet/kuberuntime/kuberuntime_container.go).
        let (mut plan, mut together) = (Vec::new(), Span::ZERO);
        for ((kind, time), state) in kinds.zip(times).zip(&pod.containers) {
            match (kind, state) {
                (ContainerKind::Main, _) => together = together.max(time),
                (_, ContainerState::Waiting) => plan.push(time),
                // Where the main containers start again, the others are as they were.
                _ => plan.push(Span::ZERO),
            }
        }
        if !pod.class.probes.is_empty() {
            let started = now + total(&plan);
            let answers = started + together + readiness;
            let ready = self.probes_of_start(id, started, &takes);
            readiness = ready.max(answers).since(started + together);
        }
        if let Some(healthy) = self.health_of_start(id, now + total(&plan), together + readiness) {
            readiness = Span::from_nanos(healthy.nanos().saturating_sub(together.nanos()));
        }
        plan.extend([together, readiness]);
        let Some(pod) = self.cluster.pod_mut(id) else {
            return;
        };
        pod.phase = PodPhase::Starting;
        pod.pulled = pod.pulled.or(Some(now));
        pod.start_plan = plan;
        pod.steps_done = 0;
        let (class, node) = (pod.class.clone(), pod.node);
        if let Some(node) = node {
            for (name, image) in class.images() {
                self.keep_image(node, name, image);
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
            .filter(|pod| first || pod.step_due == now)
        else {
            return;
        };
        if !first {
            pod.steps_done += 1;
        }
        let containers = pod.class.containers.iter();
        let mut mains_started = false;
        let is_ready = loop {
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
                    mains_started |= container.kind == ContainerKind::Main;
                }
                if container.kind == ContainerKind::Init
                    && step < pod.steps_done
                    && matches!(state, ContainerState::Running(_))
                {
                    *state = ContainerState::Ended(now);
                }
            }
            match pod.start_plan.get(pod.steps_done) {
                None => break true,
                Some(step) if step.is_zero() => pod.steps_done += 1,
                Some(&step) => {
                    pod.step_due = now + step;
                    self.plan(now + step, Control::PodStep(id));
                    break false;
                }
            }
        };
        if mains_started {
            self.memory_begins(id);
        }
        if is_ready {
            self.pod_ready(id);
        }
        if mains_started {
            self.has_run(id, false);
            self.plan_exit(id);
            self.look_at_gates();
        }
    }

    /// A pod takes requests from now on.
    pub(in crate::sim) fn pod_ready(&mut self, id: PodId) {
        let now = self.now;
        let known = self.known_to_router(id);
        let Some(pod) = self.cluster.pod_mut(id) else {
            return;
        };
        let run = &mut self.workloads[pod.workload];
        if let Some(station) = pod.station {
            // It was before, and its containers start again where they are.
            pod.phase = PodPhase::Ready;
            pod.ready_changed = Some(now);
            let (workload, subject) = (pod.workload, pod_subject(pod.workload, pod.ordinal));
            run.serving.answer_again(now, station);
            run.starting.add(now, -1);
            run.ready.add(now, 1);
            self.changed(subject, 2);
            self.plan_next_crash_of_pod(id);
            self.plan_looks(id);
            self.work_begins(id);
            self.guard_memory(id);
            self.keep_pace(id);
            self.poke_rollout(workload);
            self.answer_drained(workload);
            self.plan_first_health(id);
            self.has_run(id, true);
            return;
        }
        let (weight, zone) = known;
        let station = run.serving.add_known_replica(now, weight, zone);
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
        pod.ready_changed = Some(now);
        pod.station = Some(station);
        let subject = pod_subject(pod.workload, pod.ordinal);
        let workload = pod.workload;
        self.changed(subject, 2);
        self.plan_next_crash_of_pod(id);
        self.plan_looks(id);
        self.work_begins(id);
        self.guard_memory(id);
        self.keep_pace(id);
        self.poke_creation(workload);
        self.poke_rollout(workload);
        self.answer_drained(workload);
        self.plan_first_health(id);
        self.has_run(id, true);
    }

    /// The weight and the zone that the router of its workload knows a pod by.
    fn known_to_router(&self, id: PodId) -> (f64, Option<u16>) {
        let Some(pod) = self.cluster.pod(id) else {
            return (1.0, None);
        };
        let run = &self.workloads[pod.workload];
        let versions = run.versions.as_ref();
        // Without machines there are neither pools nor zones.
        let view = pod.node.and_then(|node| Some(&self.cluster.node(node)?.view));
        let place = view.map(|view| (&self.fleet.pools[view.pool].spec, view.zone));
        run.spec.routing.policy.know(&ReplicaTraits {
            version: versions.map_or("v1", |versions| versions.name_of(pod.revision)),
            zone: place.map_or("", |(pool, zone)| pool.zones.get(zone).map_or("", String::as_str)),
            pool: place.map_or("", |(pool, _)| &pool.name),
            cpu_milli: pod.class.requests().cpu_milli,
        })
    }
}

fn total(steps: &[Span]) -> Span {
    steps.iter().fold(Span::ZERO, |sum, &step| sum + step)
}
