//! Pods whose work is slowed, each cause for itself.
//!
//! Knows: which pod is slowed by what: its limits of CPU, others on its node, anything else. Must not know: why a cause
//! other than CPU slows a pod as it does.

mod books;
mod busy_node;
mod rule;
mod told;
mod work;

pub(super) use books::CpuBooks;

use super::event::{Control, PodTurn};
use super::world::World;
use crate::engine::{Span, Time};
use crate::model::cluster::{NodeId, Pod, PodId};
use crate::model::pace::Speed;
use crate::model::request_queue::{PaceRecord, Station};
use rand::RngExt;
use rule::rule_of;
use std::collections::{BTreeMap, BTreeSet};
use work::WorkPace;

/// What slows a pod, other than CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlowCause {
    /// A part of its memory is in swap.
    Swap,
    /// Others use the same GPU, or it has only a part of one.
    Gpu,
}

const CAUSES: usize = 2;

/// The pace of pods.
#[derive(Clone, Debug, Default)]
pub(super) struct Pacing {
    /// The speeds that causes other than CPU leave to pods.
    slowed: BTreeMap<PodId, [Speed; CAUSES]>,
    /// What busy nodes leave to pods, thousandths of a CPU.
    shares: BTreeMap<PodId, u64>,
    /// Pods at work whose pace may change.
    works: BTreeMap<PodId, WorkPace>,
    /// Nodes whose pods may come to want more CPU than there is.
    crowded: BTreeSet<NodeId>,
    /// Whether there ever were some.
    ever_crowded: bool,
    /// When the CPU of busy nodes is next shared, if that is planned.
    sharing_planned: Option<Time>,
}

impl Pacing {
    /// What all causes but CPU leave to a pod.
    fn speed_of(&self, id: PodId) -> Speed {
        let causes = self.slowed.get(&id);
        causes.map_or(Speed::FULL, |causes| {
            causes.iter().fold(Speed::FULL, |all, one| all.times(*one))
        })
    }

    /// Whether the CPU of any node was shared.
    pub(super) const fn ever_crowded(&self) -> bool {
        self.ever_crowded
    }

    /// A pod no longer works.
    pub(super) fn rests(&mut self, now: Time, id: PodId) {
        if let Some(work) = self.works.get_mut(&id) {
            work.rest(now);
        }
    }

    /// CPU that pods of a workload would have used at full speed and did not, without those that are gone; thousandths × ns.
    pub(super) fn unused_by(&self, now: Time, workload: usize) -> u128 {
        let works = self.works.values().filter(|work| work.workload == workload);
        works.map(|work| work.record(now).1).sum()
    }

    /// What slowness has cost a pod that is there.
    pub(super) fn record_of(&self, now: Time, id: PodId, station: Option<&Station>) -> Option<PaceRecord> {
        let paced = station.and_then(|station| station.service.paced());
        let work = self.works.get(&id);
        paced
            .map(|paced| paced.record(now))
            .filter(|_| work.is_none())
            .or_else(|| work.map(|work| work.record(now).0))
    }

    /// Measuring starts.
    pub(super) fn reset(&mut self, now: Time) {
        self.works.values_mut().for_each(|work| work.reset(now));
    }
}

impl World {
    /// From now on `cause` leaves a pod `speed`, whatever it does then: requests and work of a Job go on at that speed, on
    /// top of what other causes leave.
    pub(super) fn slow_pod(&mut self, id: PodId, cause: SlowCause, speed: Speed) {
        let causes = self.pacing.slowed.entry(id).or_insert([Speed::FULL; CAUSES]);
        if causes[cause as usize] == speed {
            return;
        }
        causes[cause as usize] = speed;
        if *causes == [Speed::FULL; CAUSES] {
            self.pacing.slowed.remove(&id);
        }
        let now = self.now;
        let all = self.pacing.speed_of(id);
        let serves = self
            .cluster
            .pod(id)
            .and_then(|pod| Some((pod.workload, pod.station?)));
        if let Some((workload, station)) = serves {
            let serving = &mut self.workloads[workload].serving;
            if serving.station(station).service.paced().is_some() {
                serving.slow_replica(now, station, all);
                return;
            }
        }
        self.set_pace(id);
    }

    /// A pod takes requests or begins its work, or its size has changed: how fast it may go on.
    pub(super) fn keep_pace(&mut self, id: PodId) {
        if let Some(node) = self.cluster.pod(id).and_then(|pod| pod.node) {
            self.watch_cpu_of(node);
        }
        self.set_pace(id);
    }

    /// A pod is gone: its account goes into its workload's.
    pub(super) fn pace_ends(&mut self, id: PodId, workload: usize, station: Option<&Station>) {
        let record = self.pacing.record_of(self.now, id, station);
        let books = &mut self.workloads[workload].cpu;
        if let Some(record) = record {
            books.add(&record);
        }
        if let Some(work) = self.pacing.works.remove(&id) {
            books.unused += work.record(self.now).1;
        }
        self.pacing.slowed.remove(&id);
        self.pacing.shares.remove(&id);
    }

    /// What is known of a pod's pace goes to where it works.
    fn set_pace(&mut self, id: PodId) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let pod = pod.clone();
        if self.workloads[pod.workload].batch.is_some() {
            self.set_pace_of_work(id, &pod);
        } else {
            self.set_pace_of_replica(id, &pod);
        }
    }

    fn set_pace_of_replica(&mut self, id: PodId, pod: &Pod) {
        let now = self.now;
        let Some(station) = pod.station else { return };
        let (speed, share) = (self.pacing.speed_of(id), self.pacing.shares.get(&id).copied());
        let slots = self.workloads[pod.workload].slots();
        let mut rule = rule_of(&pod.class, slots, self.scenario.cpu.limits);
        if !rule.limited.is_empty() {
            rule.into_period = self.period_offset(pod);
        }
        let is_crowded = pod.node.is_some_and(|node| self.pacing.crowded.contains(&node));
        let serving = &mut self.workloads[pod.workload].serving;
        let is_paced = serving.station(station).service.paced().is_some();
        if !is_paced && !is_crowded && rule.limited.is_empty() && speed == Speed::FULL {
            return;
        }
        serving.limit_cpu(now, station, rule);
        serving.share_cpu(now, station, share);
        serving.slow_replica(now, station, speed);
    }

    fn set_pace_of_work(&mut self, id: PodId, pod: &Pod) {
        let now = self.now;
        let Some(batch) = &self.workloads[pod.workload].batch else {
            return;
        };
        if !batch
            .pod(pod.ordinal)
            .is_some_and(|at_work| at_work.toil.is_working())
        {
            return;
        }
        let (others, share) = (self.pacing.speed_of(id), self.pacing.shares.get(&id).copied());
        let is_crowded = pod.node.is_some_and(|node| self.pacing.crowded.contains(&node));
        if !self.pacing.works.contains_key(&id) {
            let rule = rule_of(&pod.class, Some(0), self.scenario.cpu.limits);
            if !is_crowded && rule.limited.is_empty() && others == Speed::FULL {
                return;
            }
            let work = WorkPace::new(pod.workload, now, &rule);
            self.pacing.works.insert(id, work);
        }
        let Some(work) = self.pacing.works.get_mut(&id) else {
            return;
        };
        work.set(now, share, others);
        let speed = work.speed();
        let batch = self.workloads[pod.workload].batch.as_mut();
        let Some((_, at_work)) = batch.and_then(|batch| batch.pod_mut(pod.ordinal)) else {
            return;
        };
        if at_work.toil.speed() != speed {
            let ends = at_work.toil.slow(now, speed);
            self.plan(ends, Control::Pod(id, PodTurn::Worked));
        }
    }

    /// How far the periods of a pod's quotas have gone when it starts: chance, and the same for a pod in every run.
    fn period_offset(&self, pod: &Pod) -> Span {
        let name = &self.workloads[pod.workload].spec.name;
        let mut stream = self.key.entity_stream(&format!("cpu_period/{name}"), pod.ordinal);
        Span::from_nanos(stream.random_range(0..PERIOD_MAX_NANOS))
    }
}

/// The longest period a quota may have.
const PERIOD_MAX_NANOS: u64 = 1_000_000_000;
