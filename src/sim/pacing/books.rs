//! What slowness has cost a workload's pods that are gone.

use crate::model::cpu::Throttling;
use crate::model::request_queue::PaceRecord;

/// Sums over pods, since measuring started.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct CpuBooks {
    /// By the places of containers in the template, as far as any was limited.
    pub(in crate::sim) containers: Vec<(usize, Throttling)>,
    /// Pods × ns by which others on their machines slowed them.
    pub(in crate::sim) waited: u128,
    /// CPU that slowed work would have used at full speed, thousandths × ns.
    pub(in crate::sim) unused: u128,
    /// Whether the pace of any could ever change.
    pub(in crate::sim) any: bool,
}

impl CpuBooks {
    /// One more pod's record.
    pub(in crate::sim) fn add(&mut self, record: &PaceRecord) {
        self.any = true;
        for &(place, throttling) in &record.containers {
            match self.containers.iter_mut().find(|(known, _)| *known == place) {
                Some((_, sum)) => *sum = sum.plus(throttling),
                None => self.containers.push((place, throttling)),
            }
        }
        self.waited += u128::from(record.waited_for_cpu.nanos());
    }

    /// Measuring starts.
    pub(in crate::sim) fn reset(&mut self) {
        *self = Self {
            any: self.any,
            ..Self::default()
        };
    }
}
