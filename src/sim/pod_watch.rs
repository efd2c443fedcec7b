//! What the cluster's API shows of a workload's single pods, for policies that look at them.
//!
//! Knows: how a pod's life appears in its status, and when its containers and its traffic are looked at. Must not know:
//! who looks, or what a scaler makes of it.

use super::memory_use::served_since_start;
use super::workload_run::WorkloadRun;
use crate::engine::{Span, Time};
use crate::model::cluster::{Cluster, ContainerState, Pod, PodId, PodPhase};
use crate::model::observed::pods::{
    ConditionStatus, ObservedPhase, ObservedPod, ReadyCondition, TrafficSample,
};
use crate::model::observed::{CounterPoint, Delayed, MetricsSpec, ResourceMeter};
use crate::model::pod_template::{ContainerKind, Standing};
use crate::workload::serving::Serving;
use std::collections::BTreeMap;

/// What is measured of one pod.
#[derive(Clone, Debug, Default)]
struct PodMeter {
    resources: ResourceMeter,
    traffic: Delayed<TrafficSample>,
    /// When its traffic was scraped last, and requests that had arrived by then.
    scraped: Option<(Time, u64)>,
    /// Slots in use × ns before statistics were reset, which counters do not notice.
    busy_before: u128,
}

/// The watch on a workload's pods.
#[derive(Clone, Debug)]
pub(super) struct PodWatch {
    spec: MetricsSpec,
    /// By the pod's ordinal.
    meters: BTreeMap<u64, PodMeter>,
    /// Pods that were asked to stop and are still there.
    terminating: Vec<PodId>,
    /// When metrics-server scrapes next.
    next_scrape: Time,
    /// The first look at counters; the others follow at the housekeeping's interval.
    first_look: Time,
}

impl PodWatch {
    /// A watch whose first scrape and first look at counters are at these times.
    pub(super) const fn new(spec: MetricsSpec, first_scrape: Time, first_look: Time) -> Self {
        Self {
            spec,
            meters: BTreeMap::new(),
            terminating: Vec::new(),
            next_scrape: first_scrape,
            first_look,
        }
    }

    /// When the counters are read next: the last look before a scrape, the only one that anybody sees. Scrapes that
    /// would see nothing new are left out.
    pub(super) fn next_look(&mut self, after: Option<Time>) -> Time {
        loop {
            let since = self.next_scrape.since(self.first_look).nanos();
            let look = self.first_look + Span::from_nanos(since - since % self.spec.housekeeping.nanos());
            if self.next_scrape >= self.first_look && after.is_none_or(|after| look > after) {
                return look;
            }
            self.next_scrape += self.spec.interval;
        }
    }

    /// A pod was asked to stop.
    pub(super) fn terminating(&mut self, pod: PodId) {
        self.terminating.push(pod);
    }

    /// A pod is gone.
    pub(super) fn gone(&mut self, id: PodId, ordinal: u64) {
        self.terminating.retain(|&known| known != id);
        self.meters.remove(&ordinal);
    }

    /// When metrics-server scrapes next.
    pub(super) const fn next_scrape(&self) -> Time {
        self.next_scrape
    }

    /// metrics-server was out of order: what it had is lost.
    pub(super) fn lose_resources(&mut self) {
        for meter in self.meters.values_mut() {
            meter.resources = ResourceMeter::default();
        }
    }

    /// Whoever scrapes traffic was out of order: what it had is lost.
    pub(super) fn lose_traffic(&mut self) {
        for meter in self.meters.values_mut() {
            meter.traffic = Delayed::default();
            meter.scraped = None;
        }
    }

    /// Reads the counters of every pod with running containers; the next scrape takes them away.
    pub(super) fn look(
        &mut self,
        now: Time,
        cluster: &Cluster,
        pods: &BTreeMap<u64, PodId>,
        serving: &Serving,
    ) {
        let visible = self.next_scrape + self.spec.delay;
        for pod in pods.values().chain(&self.terminating) {
            let Some((pod, started)) = cluster.pod(*pod).and_then(|pod| Some((pod, running_since(pod)?)))
            else {
                continue;
            };
            if pod.silent {
                // Its kubelet does not answer: metrics-server has nothing of it.
                self.meters.remove(&pod.ordinal);
                continue;
            }
            let meter = self.meters.entry(pod.ordinal).or_default();
            let (busy, slots, served) = pod.station.map_or((0, 0, 0), |station| {
                let station = serving.station(station);
                (station.worked(now), station.busy.level(), station.served)
            });
            let busy = busy + meter.busy_before;
            let standing = Standing {
                age: now.since(started),
                served: served_since_start(pod, served),
            };
            let starting = starting_for(started, now);
            let containers = pod
                .class
                .running()
                .map(|container| container.usage.counter(standing, starting, busy, slots));
            let point = CounterPoint {
                at: now,
                started,
                containers: containers.collect(),
            };
            meter.resources.store(point, self.spec.interval, visible);
        }
    }

    /// Scrapes the traffic of every pod that takes or finishes requests.
    pub(super) fn scrape(
        &mut self,
        now: Time,
        cluster: &Cluster,
        pods: &BTreeMap<u64, PodId>,
        serving: &Serving,
    ) {
        for pod in pods.values().chain(&self.terminating) {
            let Some((pod, station)) = cluster.pod(*pod).and_then(|pod| Some((pod, pod.station?))) else {
                continue;
            };
            if pod.silent {
                continue;
            }
            let station = serving.station(station);
            let meter = self.meters.entry(pod.ordinal).or_default();
            let before = meter.scraped.replace((now, station.arrived));
            let window = before.map_or(Span::ZERO, |(at, _)| now.since(at));
            let rate = before
                .filter(|_| !window.is_zero())
                .map(|(_, arrived)| (station.arrived - arrived) as f64 / window.secs_f64());
            let sample = TrafficSample {
                at: now,
                window,
                requests_per_second: rate,
                queue_length: station.queue.len() as f64,
                in_service: station.in_service() as f64,
            };
            meter.traffic.push(now, now + self.spec.delay, sample);
        }
    }

    /// Statistics are about to be reset: the counters of the pods go on.
    pub(super) fn before_reset(
        &mut self,
        now: Time,
        cluster: &Cluster,
        pods: &BTreeMap<u64, PodId>,
        serving: &Serving,
    ) {
        for pod in pods.values().chain(&self.terminating) {
            if let Some((pod, station)) = cluster.pod(*pod).and_then(|pod| Some((pod, pod.station?))) {
                let meter = self.meters.entry(pod.ordinal).or_default();
                meter.busy_before += serving.station(station).worked(now);
            }
        }
    }

    /// The workload's pods as a controller sees them now.
    pub(super) fn pods<'a>(
        &'a self,
        now: Time,
        cluster: &'a Cluster,
        pods: &'a BTreeMap<u64, PodId>,
    ) -> Vec<ObservedPod<'a>> {
        let all = pods.values().chain(&self.terminating);
        let all = all.filter_map(|&id| cluster.pod(id));
        all.map(|pod| {
            let meter = self.meters.get(&pod.ordinal);
            ObservedPod {
                ordinal: pod.ordinal,
                phase: if has_run(pod) {
                    ObservedPhase::Running
                } else {
                    ObservedPhase::Pending
                },
                deleted: pod.phase == PodPhase::Terminating,
                ready: ready_condition(pod),
                started: pod.bound,
                containers: pod.class.observed(),
                request: pod.class.observed_request(),
                sample: meter.and_then(|meter| meter.resources.newest(now)),
                traffic: meter.and_then(|meter| meter.traffic.newest(now)).copied(),
            }
        })
        .collect()
    }
}

/// Since when the pod's main and sidecar containers run; they start together.
pub(super) fn running_since(pod: &Pod) -> Option<Time> {
    let states = pod.class.containers.iter().zip(&pod.containers);
    let mut running = states.filter(|(container, _)| container.kind != ContainerKind::Init);
    running.find_map(|(_, state)| match state {
        ContainerState::Running(since) => Some(*since),
        ContainerState::Waiting | ContainerState::Ended(_) => None,
    })
}

/// Whether a pod's phase is past `Pending`: its containers run, or wait to be started again.
pub(super) fn has_run(pod: &Pod) -> bool {
    running_since(pod).is_some() || !pod.is_initializing()
}

/// How long at most a pod's containers that run since `started` may have spent on starting; those of time zero were
/// running before.
fn starting_for(started: Time, now: Time) -> Span {
    if started == Time::ZERO {
        Span::ZERO
    } else {
        now.since(started)
    }
}

/// A node reports a pod as not ready when it takes it over, and one that goes as it was before.
fn ready_condition(pod: &Pod) -> Option<ReadyCondition> {
    let (status, since) = match (pod.phase, pod.ready_changed) {
        (PodPhase::Ready | PodPhase::Terminating, Some(ready)) => (ConditionStatus::True, ready),
        (_, Some(ceased)) => (ConditionStatus::False, ceased),
        (_, None) => (ConditionStatus::False, pod.bound?),
    };
    Some(ReadyCondition { status, since })
}

impl WorkloadRun {
    /// CPU that pods which take requests used on top at their start between `since` and `now`, mean, thousandths.
    pub(super) fn startup_cpu(&self, cluster: &Cluster, since: Time, now: Time) -> f64 {
        if now <= since || !self.spec.template.has_startup_cpu() {
            return 0.0;
        }
        let pods = self.pods.values().filter_map(|&id| cluster.pod(id));
        let ready = pods.filter_map(|pod| pod.ready.map(|ready| (pod, since.max(ready))));
        let total: u128 = ready
            .map(|(pod, from)| Self::startup_cpu_of(pod, from, now))
            .sum();
        total as f64 / now.since(since).nanos() as f64
    }

    /// CPU that pods have used on top at their start since measuring started at `since`, thousandths × ns.
    pub(super) fn startup_cpu_used(&self, cluster: &Cluster, since: Time, now: Time) -> u128 {
        if !self.spec.template.has_startup_cpu() {
            return 0;
        }
        let pods = self.pods.values().filter_map(|&id| cluster.pod(id));
        let living: u128 = pods.map(|pod| Self::startup_cpu_of(pod, since, now)).sum();
        living + self.startup_cpu_of_gone
    }

    /// CPU that one pod used on top at its start between `since` and `now`, thousandths × ns.
    pub(super) fn startup_cpu_of(pod: &Pod, since: Time, now: Time) -> u128 {
        let Some(started) = running_since(pod) else {
            return 0;
        };
        let until = |time| pod.class.startup_cpu(starting_for(started, time));
        until(now).saturating_sub(until(since))
    }
}
