//! What pods reserve of what the nodes have, over time.

use super::summary::ratio;
use crate::engine::Time;
use crate::model::gpu::{MILLI, is_gpu};
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use crate::stats::Gauge;

/// CPU and GPU in thousandths, memory in bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Amounts<T> {
    pub(super) cpu: T,
    pub(super) memory: T,
    pub(super) gpu: T,
}

impl<T> Amounts<T> {
    fn each_mut(&mut self) -> [&mut T; 3] {
        [&mut self.cpu, &mut self.memory, &mut self.gpu]
    }
}

/// What is reserved, and what could be.
#[derive(Clone, Debug, Default)]
pub(super) struct Reserved<T> {
    pub(super) taken: Amounts<T>,
    pub(super) possible: Amounts<T>,
}

/// Means as shares of what was possible, 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReservedMeans {
    pub(super) cpu: f64,
    pub(super) memory: f64,
    /// `None` where there was no GPU.
    pub(super) gpu: Option<f64>,
    pub(super) cpu_used: f64,
}

impl Reserved<Gauge> {
    /// A pod's reservation comes (`sign` 1) or goes (-1).
    pub(super) fn reserve(&mut self, now: Time, class: &PodTemplate, sign: i64) {
        let requests = class.requests();
        self.taken.cpu.add(now, sign * requests.cpu_milli as i64);
        self.taken.memory.add(now, sign * requests.memory_bytes as i64);
        self.taken.gpu.add(now, sign * class.gpus().total_milli() as i64);
    }

    /// A node's capacity comes (`sign` 1) or goes (-1).
    pub(super) fn offer(&mut self, now: Time, allocatable: &Resources, sign: i64) {
        let gpus = allocatable.extended_iter().filter(|(name, _)| is_gpu(name));
        let gpus: u64 = gpus.map(|(_, count)| count * u64::from(MILLI)).sum();
        let possible = &mut self.possible;
        possible.cpu.add(now, sign * allocatable.cpu_milli as i64);
        possible.memory.add(now, sign * allocatable.memory_bytes as i64);
        possible.gpu.add(now, sign * gpus as i64);
    }

    /// Measuring starts now.
    pub(super) fn reset(&mut self, now: Time) {
        let gauges = self.taken.each_mut().into_iter().chain(self.possible.each_mut());
        gauges.for_each(|gauge| gauge.reset(now));
    }

    /// How things are now.
    pub(super) fn now(&self) -> Reserved<u64> {
        let levels = |of: &Amounts<Gauge>| Amounts {
            cpu: of.cpu.level(),
            memory: of.memory.level(),
            gpu: of.gpu.level(),
        };
        Reserved {
            taken: levels(&self.taken),
            possible: levels(&self.possible),
        }
    }

    /// Means over the measured time, with CPU used in thousandths × ns.
    pub(super) fn means(&self, now: Time, cpu_used: u128) -> ReservedMeans {
        let integral = |gauge: &Gauge| gauge.integral_until(now) as f64;
        let (taken, possible) = (&self.taken, &self.possible);
        let gpus = integral(&possible.gpu);
        ReservedMeans {
            cpu: ratio(integral(&taken.cpu), integral(&possible.cpu)),
            memory: ratio(integral(&taken.memory), integral(&possible.memory)),
            gpu: (gpus > 0.0).then(|| ratio(integral(&taken.gpu), gpus)),
            cpu_used: ratio(cpu_used as f64, integral(&possible.cpu)),
        }
    }
}
