//! What came of one run.

use super::levels::{LEVELS, Level, Series};
use super::line::Queue;
use super::virtual_cluster::VirtualCluster;
use crate::engine::{Span, Time};

/// Runs shorter than this count as this long in a slowdown: the bound that is usual for batch systems, seconds.
const SLOWDOWN_BOUND_S: f64 = 10.0;

/// What became of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It got a machine.
    Started {
        /// When.
        at: Time,
        /// Which, by its place in the list; of a gang, that of its first part.
        machine: usize,
    },
    /// The fleet does not take it, even when it is empty.
    TooLarge,
    /// It asks for more than its virtual cluster may ever use.
    OverQuota,
    /// It waited to the end, and room never came.
    NeverRoom,
}

/// How long pods waited, seconds; of those that got a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Waits {
    /// Mean.
    pub mean_s: f64,
    /// Half waited no longer.
    pub p50_s: f64,
    /// 95 in 100 waited no longer.
    pub p95_s: f64,
    /// 99 in 100 waited no longer.
    pub p99_s: f64,
    /// The longest.
    pub max_s: f64,
    /// Mean of (wait + run) / run, runs counted as 10 s at least; of pods whose lifetime is known.
    pub slowdown_mean: f64,
    /// 95 in 100 were no slower.
    pub slowdown_p95: f64,
}

/// The pods of one virtual cluster in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterOutcome {
    /// The cluster, and what it may use.
    pub cluster: VirtualCluster,
    /// Its pods that came.
    pub pods: u64,
    /// Those that got a machine.
    pub started: u64,
    /// Those that waited before they got one.
    pub waited: u64,
    /// Those that the fleet does not take, or the quota never allows.
    pub too_large: u64,
    /// Those that waited to the end.
    pub never_room: u64,
    /// How long they waited.
    pub waits: Waits,
    /// GPUs times the time that those that started, and end, ran; hours.
    pub gpu_hours: f64,
    /// CPUs times that time; hours.
    pub cpu_hours: f64,
}

/// One run of a fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicOutcome {
    /// Who was let go first.
    pub queue: Queue,
    /// Pods that came.
    pub pods: u64,
    /// Those that got a machine.
    pub started: u64,
    /// Those that waited before they got one.
    pub waited: u64,
    /// Those that the whole fleet does not take.
    pub too_large: u64,
    /// Those that ask for more than their virtual cluster may ever use.
    pub over_quota: u64,
    /// Those that got machines for several parts.
    pub gangs: u64,
    /// Those that waited to the end.
    pub never_room: u64,
    /// How long they waited.
    pub waits: Waits,
    /// What came of the pods of each virtual cluster.
    pub clusters: Vec<ClusterOutcome>,
    /// Means from the first arrival to the last, or, if all come at once, to the end.
    pub means: [f64; LEVELS],
    /// When the first pod came and the last one went, of those that go; seconds.
    pub span_s: (f64, f64),
    /// Levels from the first arrival to the end.
    pub series: Series,
    /// The most machines that all pods together must have had at some time if nobody had waited.
    pub demand_bound: u64,
}

impl DynamicOutcome {
    /// A mean level.
    #[must_use]
    pub const fn mean(&self, level: Level) -> f64 {
        self.means[level as usize]
    }

    /// A greatest level.
    #[must_use]
    pub const fn peak(&self, level: Level) -> u64 {
        self.series.peak(level)
    }
}

impl Waits {
    /// Of pods that waited so long and, where it is known, ran so long.
    pub(super) fn of(pods: &[(Span, Option<Span>)]) -> Self {
        if pods.is_empty() {
            return Self::default();
        }
        let mut waits: Vec<u64> = pods.iter().map(|(wait, _)| wait.nanos()).collect();
        waits.sort_unstable();
        let sum: u128 = waits.iter().map(|&wait| u128::from(wait)).sum();
        let wait = |percent| rank(&waits, percent).map_or(0.0, |nanos| nanos as f64 / 1e9);
        let known = pods
            .iter()
            .filter_map(|(wait, run)| Some((wait.secs_f64(), run.as_ref()?.secs_f64())));
        let slowdown = |(wait, run): (f64, f64)| ((wait + run) / f64::max(run, SLOWDOWN_BOUND_S)).max(1.0);
        let mut slowdowns: Vec<f64> = known.map(slowdown).collect();
        slowdowns.sort_by(f64::total_cmp);
        Self {
            mean_s: sum as f64 / waits.len() as f64 / 1e9,
            p50_s: wait(50),
            p95_s: wait(95),
            p99_s: wait(99),
            max_s: wait(100),
            slowdown_mean: slowdowns.iter().sum::<f64>() / slowdowns.len().max(1) as f64,
            slowdown_p95: rank(&slowdowns, 95).unwrap_or(0.0),
        }
    }
}

/// The least of `sorted` that `percent` in 100 do not exceed.
pub(super) fn rank<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::Waits;
    use crate::engine::Span;

    #[test]
    fn percentiles_are_waits_that_were_waited_and_short_runs_are_not_blown_up() {
        let pods: Vec<_> = (1..=100)
            .map(|s| (Span::from_secs(s), Some(Span::from_secs(1))))
            .collect();
        let waits = Waits::of(&pods);
        let found = [waits.mean_s, waits.p50_s, waits.p95_s, waits.p99_s, waits.max_s];
        assert!(
            found
                .iter()
                .zip([50.5, 50.0, 95.0, 99.0, 100.0])
                .all(|(a, b)| (a - b).abs() < 1e-9),
            "{found:?}"
        );
        assert!(
            (waits.slowdown_p95 - 9.6).abs() < 1e-9,
            "96 s for a second of work counts as 96 for 10"
        );
        let quick = Waits::of(&[(Span::ZERO, Some(Span::from_secs(1))), (Span::ZERO, None)]);
        assert!((quick.slowdown_mean - 1.0).abs() < 1e-9, "no faster than at once");
    }
}
