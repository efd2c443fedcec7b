//! Levels over time and their means: busy servers, queue lengths, reserved memory.
//!
//! Knows integer levels that change at instants. Must not know what is counted. The integral is kept by commutative
//! accounting: a change by δ at time t adds δ to the level and takes δ·t from an account, so that at any later `now`
//! the integral is level·now + account. No branch, no memory of the previous change, exact in integers, and the order
//! in which changes are entered cannot matter.

use crate::engine::{Span, Time};

/// An integer level over time with its exact integral, least and greatest level since the last reset.
///
/// A change costs one widening multiplication and two additions, about a nanosecond. Everything is exact for levels up
/// to 2⁶² and any simulated time: level · nanoseconds stays below 2¹²⁷.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauge {
    level: i64,
    /// -Σ δ·t over the changes since the reset, with the level at the reset as the first change.
    account: i128,
    reset_at: Time,
    changed_at: Time,
    /// Extremes over levels that held for a positive time before `changed_at`.
    settled_min: i64,
    settled_max: i64,
}

impl Default for Gauge {
    /// Level zero from time zero.
    fn default() -> Self {
        Self::new(Time::ZERO, 0)
    }
}

impl Gauge {
    /// A gauge at `level` from `now` on.
    #[must_use]
    pub fn new(now: Time, level: u64) -> Self {
        let mut gauge = Self {
            level: level.min(i64::MAX as u64) as i64,
            account: 0,
            reset_at: now,
            changed_at: now,
            settled_min: i64::MAX,
            settled_max: i64::MIN,
        };
        gauge.reset(now);
        gauge
    }

    /// Changes the level by `delta` at `now`.
    ///
    /// Changes of one instant may come in any order, and the level may dip below zero between them. The integral holds
    /// whatever the order of times; least and greatest level need times that never go back.
    #[inline]
    pub fn add(&mut self, now: Time, delta: i64) {
        if now > self.changed_at {
            self.settled_min = self.settled_min.min(self.level);
            self.settled_max = self.settled_max.max(self.level);
            self.changed_at = now;
        }
        self.level += delta;
        self.account -= i128::from(delta) * i128::from(now.nanos());
    }

    /// The level was one higher for `span` somewhere in the past: the integral grows, the level stays. Extremes do not
    /// notice.
    #[inline]
    pub fn add_passed(&mut self, span: Span) {
        self.account += i128::from(span.nanos());
    }

    /// Changes the level to `level` at `now`.
    #[inline]
    pub fn set(&mut self, now: Time, level: u64) {
        self.add(now, level as i64 - self.level);
    }

    /// The level now.
    #[inline]
    #[must_use]
    pub fn level(&self) -> u64 {
        debug_assert!(self.level >= 0, "a level fell to {}", self.level);
        self.level.max(0) as u64
    }

    /// Level · nanoseconds from the last reset until `now`, exact. `now` must not be before the last change.
    #[must_use]
    pub fn integral_until(&self, now: Time) -> u128 {
        let integral = i128::from(self.level) * i128::from(now.nanos()) + self.account;
        debug_assert!(integral >= 0, "an integral fell to {integral}");
        integral.max(0) as u128
    }

    /// The least level since the last reset, counting the present one and those that held for some time: a dip that is
    /// made good within its instant is none.
    #[must_use]
    pub fn min(&self) -> u64 {
        self.settled_min.min(self.level).max(0) as u64
    }

    /// The greatest level since the last reset, counting the present one and those that held for some time.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.settled_max.max(self.level).max(0) as u64
    }

    /// Forgets the past, as at the end of a warm-up: the level stays, the integral and the extremes start at `now`.
    pub fn reset(&mut self, now: Time) {
        self.account = -(i128::from(self.level) * i128::from(now.nanos()));
        self.reset_at = now;
        self.changed_at = now;
        self.settled_min = i64::MAX;
        self.settled_max = i64::MIN;
    }

    /// What there is to say of the time from the last reset until `now`.
    #[must_use]
    pub fn since_reset(&self, now: Time) -> TimeWeighted {
        TimeWeighted {
            span: now.since(self.reset_at),
            integral: self.integral_until(now),
            last: self.level.max(0) as u64,
        }
    }

    /// The time-weighted mean level from the last reset until `now`; the level itself if no time has passed.
    #[must_use]
    pub fn mean_since_reset(&self, now: Time) -> f64 {
        self.since_reset(now).mean()
    }
}

/// The integral of a level over a span: a mean that can still be split and joined exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWeighted {
    /// How long the level was watched.
    pub span: Span,
    /// Level · nanoseconds over the span.
    pub integral: u128,
    /// The level at the end of the span.
    pub last: u64,
}

impl TimeWeighted {
    /// The mean level over the span; the last level if the span is empty.
    #[must_use]
    pub fn mean(&self) -> f64 {
        if self.span.is_zero() {
            self.last as f64
        } else {
            self.integral as f64 / self.span.nanos() as f64
        }
    }

    /// What came after `earlier`, a reading of the same gauge since the same reset: the mean of one interval is the
    /// difference of two readings.
    #[must_use]
    pub fn after(&self, earlier: &Self) -> Self {
        Self {
            span: self.span - earlier.span,
            integral: self.integral.saturating_sub(earlier.integral),
            last: self.last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gauge, Time};
    use proptest::prelude::*;

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    proptest! {
        /// Were the integral off, so would be every utilisation and every bill.
        #[test]
        fn the_integral_and_the_extremes_are_those_of_the_steps(
            start in 0u64..1 << 60,
            steps in prop::collection::vec((0u64..1 << 50, 0u64..1 << 40), 0..60),
            reset_after in 0usize..60,
        ) {
            let (mut gauge, mut now, mut level) = (Gauge::new(at(start), 3), start, 3u64);
            let (mut integral, mut least, mut most, mut reset_at) = (0u128, u64::MAX, 0, start);
            for (index, &(wait, next)) in steps.iter().enumerate() {
                integral += u128::from(level) * u128::from(wait);
                if wait > 0 {
                    (least, most) = (least.min(level), most.max(level));
                }
                now += wait;
                if index == reset_after {
                    gauge.reset(at(now));
                    (integral, least, most, reset_at) = (0, u64::MAX, 0, now);
                }
                gauge.set(at(now), next);
                level = next;
            }
            let end = now + 17;
            integral += 17 * u128::from(level);
            prop_assert_eq!(gauge.level(), level);
            prop_assert_eq!(gauge.integral_until(at(end)), integral);
            prop_assert_eq!((gauge.min(), gauge.max()), (least.min(level), most.max(level)));
            let mean = integral as f64 / (end - reset_at) as f64;
            prop_assert!((gauge.mean_since_reset(at(end)) - mean).abs() <= 1e-12 * mean);
        }

        /// Were the order within an instant to matter, a skipped event elsewhere could move a result.
        #[test]
        fn changes_of_one_instant_commute(changes in prop::collection::vec((0u64..8, 1i64..5), 1..40)) {
            let mut rise: Vec<_> = changes.iter().flat_map(|&(t, by)| [(t, by), (t + 3, -by)]).collect();
            rise.sort_by_key(|&(t, by)| (t, -by));
            let mut fall = rise.clone();
            fall.sort_unstable();
            let run = |changes: &[(u64, i64)]| {
                let mut gauge = Gauge::new(at(0), 0);
                changes.iter().for_each(|&(t, by)| gauge.add(at(t), by));
                gauge
            };
            prop_assert_eq!(run(&rise), run(&fall));
        }
    }

    #[test]
    fn a_level_that_lasts_no_time_is_no_extreme() {
        let mut gauge = Gauge::new(at(0), 5);
        gauge.add(at(10), -1);
        gauge.add(at(10), 1);
        gauge.add(at(10), 1);
        gauge.add(at(10), -1);
        assert_eq!((gauge.min(), gauge.max(), gauge.level()), (5, 5, 5));
    }

    #[test]
    fn bytes_of_a_large_fleet_over_a_year_do_not_overflow() {
        let (year, fleet) = (31_536_000_000_000_000, 1 << 60);
        let mut gauge = Gauge::new(at(0), 0);
        gauge.add(at(year), fleet);
        assert_eq!(
            gauge.integral_until(at(2 * year)),
            u128::from(fleet as u64) * u128::from(year)
        );
        gauge.add(at(2 * year), -fleet);
        assert_eq!(
            gauge.integral_until(at(500 * year)),
            u128::from(fleet as u64) * u128::from(year)
        );
    }

    #[test]
    fn the_mean_of_an_interval_is_the_difference_of_two_readings() {
        let mut gauge = Gauge::new(at(100), 2);
        let first = gauge.since_reset(at(200));
        gauge.add(at(250), 4);
        let second = gauge.since_reset(at(300)).after(&first);
        assert!((first.mean() - 2.0).abs() < 1e-12);
        assert!((second.mean() - 4.0).abs() < 1e-12);
        assert!(
            (Gauge::new(at(5), 7).mean_since_reset(at(5)) - 7.0).abs() < 1e-12,
            "no time: the level itself"
        );
    }
}
