//! Levels between two samples: what a row of `timeseries.csv` or `cluster.csv` says of its interval.
//!
//! An instant would miss what came and went between two samples. These gauges start anew at every sample and nowhere
//! else, so that the end of a warm-up moves no row.

use super::fleet::PoolRun;
use super::reserved::Reserved;
use super::summary::ratio;
use crate::engine::Time;
use crate::model::cluster::Cluster;
use crate::stats::{Gauge, TimeWeighted};
use std::ops::Deref;

/// A gauge of the measured time that also knows the interval since the last sample.
#[derive(Clone, Debug, Default)]
pub(super) struct SampledGauge {
    measured: Gauge,
    interval: Gauge,
}

impl SampledGauge {
    /// A gauge at `level` from `now` on.
    pub(super) fn new(now: Time, level: u64) -> Self {
        Self {
            measured: Gauge::new(now, level),
            interval: Gauge::new(now, level),
        }
    }

    /// Changes the level by `delta` at `now`.
    pub(super) fn add(&mut self, now: Time, delta: i64) {
        self.measured.add(now, delta);
        self.interval.add(now, delta);
    }

    /// Changes the level to `level` at `now`.
    pub(super) fn set(&mut self, now: Time, level: u64) {
        self.add(now, level as i64 - self.measured.level() as i64);
    }

    /// Measuring starts now; the interval goes on.
    pub(super) fn reset(&mut self, now: Time) {
        self.measured.reset(now);
    }

    /// The interval that ends now; the next one starts.
    pub(super) fn take_interval(&mut self, now: Time) -> Interval {
        Interval::take(&mut self.interval, now)
    }
}

impl Deref for SampledGauge {
    type Target = Gauge;

    /// The gauge of the measured time.
    fn deref(&self) -> &Gauge {
        &self.measured
    }
}

/// A level over one interval: its time-weighted mean and the extremes that held for some time or hold at its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) mean: f64,
    pub(super) min: u32,
    pub(super) max: u32,
    over: TimeWeighted,
}

impl Interval {
    fn take(gauge: &mut Gauge, now: Time) -> Self {
        let over = gauge.since_reset(now);
        let interval = Self {
            mean: over.mean(),
            min: u32::try_from(gauge.min()).unwrap_or(u32::MAX),
            max: u32::try_from(gauge.max()).unwrap_or(u32::MAX),
            over,
        };
        gauge.reset(now);
        interval
    }

    /// What share of `whole` it is over the interval; 0 where there is nothing to share.
    fn share_of(&self, whole: &Self) -> f64 {
        if self.over.span.is_zero() {
            return ratio(self.over.last as f64, whole.over.last as f64);
        }
        ratio(self.over.integral as f64, whole.over.integral as f64)
    }
}

/// The fleet between two samples. It looks at the cluster after each control event, of which there are few, and never
/// because of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct FleetLevels {
    nodes: Gauge,
    ready: Gauge,
    booting: Gauge,
    draining: Gauge,
    pending: Gauge,
    bound: Gauge,
    cpu: Gauge,
    cpu_possible: Gauge,
    memory: Gauge,
    memory_possible: Gauge,
    gpu: Gauge,
    gpu_possible: Gauge,
    /// Picodollars an hour.
    price: Gauge,
}

/// The fleet over one interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct FleetInterval {
    pub(super) nodes: Interval,
    pub(super) ready: Interval,
    pub(super) booting: Interval,
    pub(super) draining: Interval,
    pub(super) pending: Interval,
    pub(super) bound: Interval,
    /// Shares of what was possible over the interval.
    pub(super) cpu_reserved: f64,
    pub(super) memory_reserved: f64,
    /// `None` where there was no GPU.
    pub(super) gpu_reserved: Option<f64>,
    pub(super) usd_per_hour: f64,
}

impl FleetLevels {
    /// Takes in how things are now. Several looks at one instant are as good as the last of them.
    pub(super) fn note(&mut self, now: Time, cluster: &Cluster, reserved: &Reserved<u64>, pools: &[PoolRun]) {
        let phases = cluster.node_phases();
        let pending = cluster.pending_count();
        let counts = [
            (
                &mut self.nodes,
                u64::from(phases.ready + phases.booting + phases.unreachable + phases.draining),
            ),
            (&mut self.ready, phases.ready.into()),
            (&mut self.booting, phases.booting.into()),
            (&mut self.draining, phases.draining.into()),
            (&mut self.pending, pending as u64),
            (&mut self.bound, (cluster.pod_count() - pending) as u64),
            (&mut self.cpu, reserved.taken.cpu),
            (&mut self.cpu_possible, reserved.possible.cpu),
            (&mut self.memory, reserved.taken.memory),
            (&mut self.memory_possible, reserved.possible.memory),
            (&mut self.gpu, reserved.taken.gpu),
            (&mut self.gpu_possible, reserved.possible.gpu),
            (&mut self.price, price_per_hour(pools, now)),
        ];
        for (gauge, level) in counts {
            gauge.set(now, level);
        }
    }

    /// The interval that ends now; the next one starts.
    pub(super) fn take_interval(&mut self, now: Time) -> FleetInterval {
        let take = |gauge| Interval::take(gauge, now);
        let (gpu, gpu_possible) = (take(&mut self.gpu), take(&mut self.gpu_possible));
        FleetInterval {
            nodes: take(&mut self.nodes),
            ready: take(&mut self.ready),
            booting: take(&mut self.booting),
            draining: take(&mut self.draining),
            pending: take(&mut self.pending),
            bound: take(&mut self.bound),
            cpu_reserved: take(&mut self.cpu).share_of(&take(&mut self.cpu_possible)),
            memory_reserved: take(&mut self.memory).share_of(&take(&mut self.memory_possible)),
            gpu_reserved: (gpu_possible.max > 0).then(|| gpu.share_of(&gpu_possible)),
            usd_per_hour: take(&mut self.price).mean / 1e12,
        }
    }
}

/// What the fleet costs at this moment, picodollars an hour.
fn price_per_hour(pools: &[PoolRun], now: Time) -> u64 {
    let price = |pool: &PoolRun| {
        let each = pool.spec.price_at(now).picos();
        each.saturating_mul(u128::from(pool.nodes.level()))
    };
    let all = pools.iter().map(price).fold(0u128, u128::saturating_add);
    u64::try_from(all).unwrap_or(u64::MAX).min(i64::MAX as u64 / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Were an interval cut where measuring starts, a row would say that what it counts had not been there.
    #[test]
    fn a_warmup_ends_no_interval_and_a_peak_between_samples_is_kept() {
        let at = Time::from_nanos;
        let mut gauge = SampledGauge::new(at(0), 2);
        gauge.add(at(10), 6);
        gauge.reset(at(15));
        gauge.add(at(20), -6);
        let interval = gauge.take_interval(at(40));
        assert_eq!((interval.min, interval.max, interval.mean), (2, 8, 3.5));
        assert_eq!(gauge.max(), 8, "the measured time began while there were 8");
        let next = gauge.take_interval(at(50));
        assert_eq!((next.min, next.max, next.mean), (2, 2, 2.0));
    }
}
