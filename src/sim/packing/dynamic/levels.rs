//! What is measured over time, in bounded memory: means over equal intervals, which grow as the run does.

use crate::engine::Time;

/// How many levels there are.
pub const LEVELS: usize = 9;

/// Intervals that are kept at most; when there are more, every two become one.
const INTERVALS_MAX: usize = 512;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Thousandths of CPUs in use.
    Cpu,
    /// MiB of memory in use.
    Memory,
    /// Thousandths of GPUs in use.
    Gpu,
    /// Thousandths of GPUs that are idle and of no use to the pods that usually come.
    Fragmented,
    /// Machines with a pod.
    Nodes,
    /// No fewer machines could have the pods that run: a bound.
    NodesBound,
    /// Pods that wait.
    Waiting,
    /// MiB of local disk in use.
    Disk,
    /// Percent of a network card in use for RDMA.
    Rdma,
}

/// Levels of one instant.
pub(super) type Levels = [u64; LEVELS];

/// Levels over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    start: Time,
    now: Time,
    levels: Levels,
    peaks: Levels,
    /// Length of an interval, nanoseconds.
    width: u64,
    /// Level · nanoseconds of each interval.
    integrals: Vec<[u128; LEVELS]>,
}

impl Series {
    pub(super) fn new(start: Time) -> Self {
        Self {
            start,
            now: start,
            levels: [0; LEVELS],
            peaks: [0; LEVELS],
            width: 1_000_000_000,
            integrals: Vec::new(),
        }
    }

    /// The levels are these from `now` on, never before the last time.
    pub(super) fn set(&mut self, now: Time, levels: Levels) {
        self.advance(now);
        self.levels = levels;
    }

    /// What was holds until `now`. A level that held no time was none.
    pub(super) fn advance(&mut self, now: Time) {
        if now <= self.now {
            return;
        }
        for (peak, level) in self.peaks.iter_mut().zip(self.levels) {
            *peak = (*peak).max(level);
        }
        let (mut from, to) = (self.now.since(self.start).nanos(), now.since(self.start).nanos());
        while to.div_ceil(self.width) > INTERVALS_MAX as u64 {
            self.widen();
        }
        while from < to {
            let interval = (from / self.width) as usize;
            let end = to.min((interval as u64 + 1).saturating_mul(self.width));
            if interval >= self.integrals.len() {
                self.integrals.resize(interval + 1, [0; LEVELS]);
            }
            for (integral, level) in self.integrals[interval].iter_mut().zip(self.levels) {
                *integral += u128::from(level) * u128::from(end - from);
            }
            from = end;
        }
        self.now = now;
    }

    fn widen(&mut self) {
        let pairs = self.integrals.chunks(2).map(|pair| {
            let other = pair.get(1).copied().unwrap_or_default();
            std::array::from_fn(|at| pair[0][at] + other[at])
        });
        self.integrals = pairs.collect();
        self.width *= 2;
    }

    /// When it begins.
    #[must_use]
    pub const fn start(&self) -> Time {
        self.start
    }

    /// Until when it is known.
    #[must_use]
    pub const fn end(&self) -> Time {
        self.now
    }

    /// The greatest value that held for some time.
    #[must_use]
    pub const fn peak(&self, level: Level) -> u64 {
        self.peaks[level as usize]
    }

    /// Level · nanoseconds so far.
    pub(super) fn integral(&self) -> [u128; LEVELS] {
        let mut sum = [0; LEVELS];
        for integral in &self.integrals {
            for (sum, part) in sum.iter_mut().zip(integral) {
                *sum += part;
            }
        }
        sum
    }

    /// Of each interval its end and the mean of each level over it; the last one may be shorter.
    pub fn intervals(&self) -> impl Iterator<Item = (Time, [f64; LEVELS])> {
        let length = self.now.since(self.start).nanos();
        self.integrals
            .iter()
            .enumerate()
            .map(move |(interval, integrals)| {
                let from = interval as u64 * self.width;
                let to = from.saturating_add(self.width);
                let to = to.min(length);
                let means = integrals.map(|integral| integral as f64 / to.saturating_sub(from).max(1) as f64);
                (Time::from_nanos(self.start.nanos().saturating_add(to)), means)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{INTERVALS_MAX, LEVELS, Level, Series};
    use crate::engine::Time;

    #[test]
    fn intervals_grow_and_no_time_is_lost() {
        let at = |seconds: u64| Time::from_nanos(seconds * 1_000_000_000);
        let mut series = Series::new(at(100));
        let mut right = 0_u128;
        for step in 0..3000_u64 {
            let value = step % 7;
            series.set(at(100 + step * 3), [value; LEVELS]);
            series.advance(at(100 + step * 3 + 3));
            right += u128::from(value) * 3_000_000_000;
        }
        assert_eq!(series.integral()[0], right);
        assert_eq!(series.peak(Level::Waiting), 6);
        let intervals: Vec<_> = series.intervals().collect();
        assert!(intervals.len() <= INTERVALS_MAX && intervals.len() > INTERVALS_MAX / 2);
        assert_eq!(intervals.last().map(|(end, _)| *end), Some(at(9100)));
        series.set(at(9100), [1000; LEVELS]);
        series.set(at(9100), [1; LEVELS]);
        series.advance(at(9101));
        assert_eq!(series.peak(Level::Cpu), 6, "what held no time is no peak");
    }
}
