//! Pods whose work is slowed, each cause for itself.
//!
//! Knows: which pod is slowed by what. Must not know: why a cause slows a pod as it does.

use super::event::{Control, PodTurn};
use super::world::World;
use crate::model::cluster::PodId;
use crate::model::pace::Speed;
use std::collections::BTreeMap;

/// What slows a pod, other than CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlowCause {
    /// A part of its memory is in swap.
    Swap,
    /// Others use the same GPU, or it has only a part of one.
    Gpu,
}

const CAUSES: usize = 2;

/// The speeds that causes leave to pods.
#[derive(Clone, Debug, Default)]
pub(super) struct Pacing {
    slowed: BTreeMap<PodId, [Speed; CAUSES]>,
}

impl Pacing {
    /// What all causes together leave to a pod.
    fn speed_of(&self, id: PodId) -> Speed {
        let causes = self.slowed.get(&id);
        causes.map_or(Speed::FULL, |causes| {
            causes.iter().fold(Speed::FULL, |all, one| all.times(*one))
        })
    }

    /// A pod is gone.
    pub(super) fn forget(&mut self, id: PodId) {
        self.slowed.remove(&id);
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
        self.keep_pace(id);
    }

    /// A pod takes requests or begins its work, or what slows it has changed.
    pub(super) fn keep_pace(&mut self, id: PodId) {
        let now = self.now;
        let Some(pod) = self.cluster.pod(id) else { return };
        let (workload, ordinal, station) = (pod.workload, pod.ordinal, pod.station);
        let speed = self.pacing.speed_of(id);
        let run = &mut self.workloads[workload];
        if let Some(station) = station {
            let is_paced = run.serving.station(station).service.paced().is_some();
            if is_paced || speed != Speed::FULL {
                run.serving.slow_replica(now, station, speed);
            }
        }
        let Some(batch) = &mut run.batch else { return };
        let Some((_, at_work)) = batch.pod_mut(ordinal) else {
            return;
        };
        if at_work.toil.is_working() && at_work.toil.speed() != speed {
            let ends = at_work.toil.slow(now, speed);
            self.plan(ends, Control::Pod(id, PodTurn::Worked));
        }
    }
}
