//! The kubelet probes containers, takes those that are not ready from the service, and stops those that are not alive.

use crate::engine::{Span, Time};
use crate::model::cluster::{Pod, PodId, PodPhase};
use crate::model::probe::{Asks, Probe, ProbeKind};
use crate::model::request_queue::Discipline;
use crate::platform::kubernetes::probe::first_look;
use crate::sim::event::{Control, PodTurn};
use crate::sim::probing::{Start, may_fail};
use crate::sim::restarts::EndCause;
use crate::sim::world::World;
use rand::RngExt;

impl World {
    /// The main containers of a pod start at `started` and answer after `takes` each: when its probes have it ready.
    pub(super) fn probes_of_start(&mut self, id: PodId, started: Time, takes: &[Span]) -> Time {
        let Some(pod) = self.cluster.pod(id) else {
            return started;
        };
        let start = Start {
            phase: taken_over(pod),
            started,
            takes,
        };
        let (ready, doom) = start.outlook(&pod.class.probes);
        self.probing.starts(id, doom);
        if let Some((at, _)) = doom {
            self.plan(at, Control::Pod(id, PodTurn::GivenUp));
        }
        ready
    }

    /// A probe gives up a pod that is starting.
    pub(in crate::sim) fn on_given_up(&mut self, id: PodId) {
        let starts = self
            .cluster
            .pod(id)
            .is_some_and(|pod| pod.phase == PodPhase::Starting);
        if starts && let Some(kind) = self.probing.gives_up(id, self.now) {
            let cause = self.cause_of(id, kind);
            self.containers_end(id, cause, None);
        }
    }

    /// Why a container ends that fails a probe.
    pub(in crate::sim) fn cause_of(&self, id: PodId, kind: ProbeKind) -> EndCause {
        if self.is_task(id) {
            EndCause::Unhealthy
        } else {
            EndCause::of_probe(kind)
        }
    }

    /// Whether requests of a workload wait at each replica, so that whoever asks a server may have to wait too.
    pub(super) fn requests_wait(&self, workload: usize) -> bool {
        let serving = &self.workloads[workload].spec.serving;
        serving.slots.is_some()
            && !serving.queueing.shared
            && serving.discipline != Discipline::ProcessorSharing
    }

    /// A pod takes requests: its probes that may go unanswered look from now on.
    pub(super) fn plan_looks(&mut self, id: PodId) {
        self.plan_health_looks(id);
        let Some(pod) = self.cluster.pod(id) else { return };
        if pod.class.probes.is_empty() {
            return;
        }
        let requests_wait = self.requests_wait(pod.workload);
        let class = pod.class.clone();
        for of in &class.probes {
            let looks = [
                (ProbeKind::Liveness, of.liveness),
                (ProbeKind::Readiness, of.readiness),
            ];
            for (kind, probe) in looks {
                if let Some(probe) = probe.filter(|probe| may_fail(probe, requests_wait)) {
                    self.plan_look(id, kind, probe);
                }
            }
        }
    }

    fn plan_look(&mut self, id: PodId, kind: ProbeKind, probe: Probe) {
        let now = self.now;
        let Some(pod) = self.cluster.pod(id) else { return };
        // The workers of pods that were there before the run began have a phase by chance.
        let phase = match (kind, pod.bound) {
            (_, Some(Time::ZERO)) => {
                let name = format!("probe/{}", self.workloads[pod.workload].spec.name);
                let part: f64 = self.key.entity_stream(&name, pod.ordinal).random();
                Time::ZERO + probe.period.scaled(part)
            }
            (ProbeKind::Readiness, _) => pod.ready_changed.unwrap_or(now),
            _ => taken_over(pod),
        };
        let next = first_look(phase, probe.period, now + Span::from_nanos(1));
        if self.probing.look(id, kind, probe, next) {
            self.plan(next, Control::Pod(id, PodTurn::Look(kind)));
        }
    }

    /// A probe is sent, or what it found has its consequence.
    pub(in crate::sim) fn on_look(&mut self, id: PodId, kind: ProbeKind) {
        let now = self.now;
        let Some(pod) = self.cluster.pod(id).filter(|pod| !pod.silent) else {
            return;
        };
        let (workload, station, is_ready) = (pod.workload, pod.station, pod.phase == PodPhase::Ready);
        let Some(looking) = self.probing.looking(id, kind) else {
            return;
        };
        if looking.acts == now {
            looking.acts = Time::NEVER;
            match kind {
                ProbeKind::Readiness => self.pod_rests(id),
                ProbeKind::Liveness | ProbeKind::Startup => self.stop_for_probe(id, kind),
            }
        }
        let (Some(station), Some(looking)) = (station, self.probing.looking(id, kind)) else {
            return;
        };
        if looking.next != now {
            return;
        }
        let probe = looking.probe;
        let wait = match probe.asks {
            Asks::Server => self.workloads[workload]
                .serving
                .wait_of_newcomer(now, station, probe.timeout),
            Asks::Process | Asks::Other => Some(Span::ZERO),
        };
        let counts = looking.in_a_row.book(&probe, wait.is_some());
        looking.next = match wait {
            Some(wait) if probe.from_end => now + wait + probe.period,
            None if probe.from_end => now + probe.timeout + probe.period,
            Some(_) => now + probe.period,
            // The worker waits for the answer before it looks again.
            None => now + probe.period.max(probe.timeout),
        };
        let next = looking.next;
        if counts && wait.is_none() && (is_ready || kind == ProbeKind::Liveness) {
            let acts = now + probe.timeout;
            looking.acts = acts;
            if acts != next {
                self.plan(acts, Control::Pod(id, PodTurn::Look(kind)));
            }
        }
        self.plan(next, Control::Pod(id, PodTurn::Look(kind)));
        if counts && wait.is_some() && kind == ProbeKind::Readiness && !is_ready {
            self.pod_ready(id);
        }
    }

    /// A ready pod gets no more requests; it goes on with those it has.
    fn pod_rests(&mut self, id: PodId) {
        let now = self.now;
        let ready = |pod: &&mut Pod| pod.phase == PodPhase::Ready;
        let Some(pod) = self.cluster.pod_mut(id).filter(ready) else {
            return;
        };
        pod.phase = PodPhase::Starting;
        pod.ready_changed = Some(now);
        pod.step_due = Time::NEVER;
        let (workload, ordinal, station) = (pod.workload, pod.ordinal, pod.station);
        let run = &mut self.workloads[workload];
        run.ready.add(now, -1);
        run.starting.add(now, 1);
        if let Some(station) = station {
            run.serving.rest_replica(now, station);
        }
        self.changed(super::pod_subject(workload, ordinal), 14);
        self.poke_rollout(workload);
    }

    /// A container that fails its liveness probe is asked to stop: it gets no more requests, finishes those it has within
    /// its grace, and starts again.
    fn stop_for_probe(&mut self, id: PodId, kind: ProbeKind) {
        self.pod_rests(id);
        let now = self.now;
        let Some(pod) = self.cluster.pod(id) else { return };
        let (workload, station, grace) = (pod.workload, pod.station, pod.class.termination_grace);
        let Some(station) = station.filter(|_| pod.phase == PodPhase::Starting) else {
            return;
        };
        let own = self
            .probing
            .looking(id, kind)
            .and_then(|looking| looking.probe.grace);
        let until = now + own.unwrap_or(grace);
        self.probing.stops(id, until);
        if self.workloads[workload].serving.drain_replica(now, station) {
            let cause = self.cause_of(id, kind);
            self.containers_end(id, cause, None);
        } else {
            self.plan(until, Control::Pod(id, PodTurn::Stopped));
        }
    }

    /// The grace of a container that was stopped because of a probe is over.
    pub(in crate::sim) fn on_stopped(&mut self, id: PodId) {
        if self.probing.stopping(id) == Some(self.now) {
            let cause = self.cause_of(id, ProbeKind::Liveness);
            self.containers_end(id, cause, None);
        }
    }
}

/// When the kubelet took a pod over: its probes look every period from then on.
fn taken_over(pod: &Pod) -> Time {
    pod.bound.unwrap_or(pod.created).max(pod.volumes_ready)
}
