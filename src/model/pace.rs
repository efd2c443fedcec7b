//! How fast work goes on: at full speed, more slowly, or not at all.
//!
//! Knows: speeds as fractions, and a clock that runs at one. Must not know: what the work is, or what slows it.
//!
//! Work is counted in *work time*: nanoseconds that it takes at full speed. While nothing slows it, work time and time
//! run alike; so what is due at a work time is due at the same time, and nothing changes for who is never slowed.

use crate::engine::{Span, Time};

const FRACTION_BITS: u32 = 32;

/// A speed between a standstill and full, in steps of 2^-32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(u64);

impl Speed {
    /// Nothing slows it.
    pub const FULL: Self = Self(1 << FRACTION_BITS);
    /// It stands still.
    pub const STOPPED: Self = Self(0);

    /// `part` of `whole`, rounded down; full where that is no less, or where nothing is asked for.
    #[must_use]
    pub fn ratio(part: u64, whole: u64) -> Self {
        if part >= whole {
            return Self::FULL;
        }
        let ratio = (u128::from(part) << FRACTION_BITS) / u128::from(whole);
        Self(u64::try_from(ratio).unwrap_or(Self::FULL.0))
    }

    /// Both at once: a half of a half is a quarter.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let product = (u128::from(self.0) * u128::from(other.0)) >> FRACTION_BITS;
        Self(u64::try_from(product).unwrap_or(Self::FULL.0))
    }

    /// So much of `amount`, rounded down.
    #[must_use]
    pub fn of(self, amount: u64) -> u64 {
        let part = (u128::from(amount) * u128::from(self.0)) >> FRACTION_BITS;
        u64::try_from(part).unwrap_or(amount)
    }

    /// What is missing to full speed.
    #[must_use]
    pub const fn missing(self) -> Self {
        Self(Self::FULL.0.saturating_sub(self.0))
    }

    /// As a number from 0 to 1.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / Self::FULL.0 as f64
    }
}

/// Work time as it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceClock {
    at: Time,
    /// Work time at `at`, in units of 2^-32 ns.
    done: u128,
    speed: Speed,
}

impl PaceClock {
    /// At full speed; work time is the time now.
    #[must_use]
    pub fn new(now: Time) -> Self {
        Self {
            at: now,
            done: u128::from(now.nanos()) << FRACTION_BITS,
            speed: Speed::FULL,
        }
    }

    /// The speed.
    #[must_use]
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// Work time at `now`, not before the last change, rounded down to a nanosecond.
    #[must_use]
    pub fn work_time(&self, now: Time) -> Time {
        let nanos = self.done_at(now) >> FRACTION_BITS;
        Time::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// From `now` on it goes at `speed`.
    pub fn set_speed(&mut self, now: Time, speed: Speed) {
        if speed != self.speed {
            self.done = self.done_at(now);
            self.at = self.at.max(now);
            self.speed = speed;
        }
    }

    /// When work time comes to `work_time` if the speed stays; [`Time::NEVER`] if it stands still before.
    #[must_use]
    pub fn when(&self, work_time: Time) -> Time {
        if work_time == Time::NEVER {
            return Time::NEVER;
        }
        let ahead = (u128::from(work_time.nanos()) << FRACTION_BITS).saturating_sub(self.done);
        if ahead == 0 {
            return self.at;
        }
        if self.speed == Speed::STOPPED {
            return Time::NEVER;
        }
        let nanos = ahead.div_ceil(u128::from(self.speed.0));
        self.at + Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    fn done_at(&self, now: Time) -> u128 {
        self.done + u128::from(now.since(self.at).nanos()) * u128::from(self.speed.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{PaceClock, Speed};
    use crate::engine::{Span, Time};
    use proptest::prelude::*;

    const fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    #[test]
    fn a_ratio_is_never_more_than_full() {
        assert_eq!(Speed::ratio(3, 2), Speed::FULL);
        assert_eq!(Speed::ratio(0, 0), Speed::FULL, "nothing is asked for");
        assert_eq!(Speed::ratio(0, 5), Speed::STOPPED);
        assert_eq!(Speed::ratio(1, 2).times(Speed::ratio(1, 2)), Speed::ratio(1, 4));
        assert_eq!(Speed::ratio(1, 4).of(1000), 250);
        assert_eq!(Speed::ratio(1, 4).missing(), Speed::ratio(3, 4));
        assert_eq!(Speed::FULL.of(u64::MAX), u64::MAX);
    }

    #[test]
    fn who_is_never_slowed_has_the_time_as_work_time() {
        let clock = PaceClock::new(at(1_000));
        assert_eq!(clock.work_time(at(77_777)), at(77_777));
        assert_eq!(clock.when(at(77_777)), at(77_777));
    }

    #[test]
    fn a_standstill_puts_everything_off_by_its_length() {
        let mut clock = PaceClock::new(at(0));
        clock.set_speed(at(100), Speed::STOPPED);
        assert_eq!(clock.when(at(101)), Time::NEVER);
        assert_eq!(clock.when(at(100)), at(100), "it was there when it stopped");
        clock.set_speed(at(500), Speed::FULL);
        assert_eq!(clock.when(at(150)), at(550));
    }

    proptest! {
        /// If something were due before its work is done, work would be given away; if later by more than a nanosecond a
        /// change, it would be lost.
        #[test]
        fn what_is_due_is_done_then_and_not_before(
            changes in prop::collection::vec((1_u64..1_000_000, 0_u64..1_000), 0..20),
            work in 0_u64..3_000_000,
        ) {
            let mut clock = PaceClock::new(Time::ZERO);
            let mut now = Time::ZERO;
            for (wait, speed) in changes {
                now += Span::from_nanos(wait);
                clock.set_speed(now, Speed::ratio(speed, 1000));
            }
            let target = clock.work_time(now) + Span::from_nanos(work);
            let due = clock.when(target);
            if due != Time::NEVER {
                prop_assert!(clock.work_time(due) >= target);
                if due > now {
                    prop_assert!(clock.work_time(at(due.nanos() - 1)) < target);
                }
            } else {
                prop_assert_eq!(clock.speed(), Speed::STOPPED);
            }
        }
    }
}
