//! A quota at work: when a container's threads have to stop, and when they go on.
//!
//! Knows: a quota a period, and the rate at which CPU time is used. Must not know: what uses it.
//!
//! The exact mode over time: while the rate stays, all that will happen is known, so nobody looks at it period after
//! period; one that never uses its quota up costs nothing. In the fluid mode a gate only keeps what it would have cost.

use super::quota::Quota;
use crate::engine::{Span, Time};
use crate::model::pace::Speed;

/// CPU time is counted in thousandths of a CPU × ns.
const MILLI: u128 = 1000;

/// How a limit is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CpuMode {
    /// By fits and starts, as the kernel does it.
    #[default]
    Exact,
    /// At a steady rate.
    Fluid,
}

/// What a quota has cost, since it was last measured anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttling {
    /// Periods in which it used CPU (the kernel's `nr_periods`, but for one idle period after each); none in the fluid mode.
    pub periods: u64,
    /// Of these, periods in which it had to stop (`nr_throttled`); none in the fluid mode.
    pub throttled_periods: u64,
    /// Time for which it stood still (`throttled_usec`); in the fluid mode the part of the time by which it was slowed.
    pub throttled: Span,
}

impl Throttling {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            periods: self.periods + other.periods,
            throttled_periods: self.throttled_periods + other.throttled_periods,
            throttled: self.throttled + other.throttled,
        }
    }
}

/// A container's quota over time.
#[derive(Clone, Debug)]
pub struct Gate {
    quota: Quota,
    at: Time,
    /// When the period under way ends.
    ends: Time,
    /// CPU time used in the period under way, thousandths × ns.
    used: u128,
    /// CPU in use, thousandths.
    rate: u64,
    stopped: bool,
    /// Whether the period under way is counted.
    counted: bool,
    throttling: Throttling,
}

impl Gate {
    /// One that uses nothing yet, `into` a period at `now`. Each container's periods begin at a moment of their own (the
    /// kernel draws it when it makes the control group, `init_cfs_bandwidth`).
    #[must_use]
    pub fn new(quota: Quota, now: Time, into: Span) -> Self {
        let into = Span::from_nanos(into.nanos() % quota.period().nanos());
        Self {
            quota,
            at: now,
            ends: now + (quota.period() - into),
            used: 0,
            rate: 0,
            stopped: false,
            counted: false,
            throttling: Throttling::default(),
        }
    }

    /// The quota.
    #[must_use]
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// Whether its threads have to wait for the next period.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The quota changes at `now`; what was used of the period under way counts against the new one.
    pub fn resize(&mut self, now: Time, quota: Quota) {
        self.advance(now);
        self.quota = quota;
        self.stopped &= self.used >= self.quota_of_period();
    }

    /// Time passes to `now`, which must not be after [the next turn](Self::next_turn).
    pub fn advance(&mut self, now: Time) {
        let passed = now.since(self.at);
        if self.stopped {
            self.throttling.throttled += passed;
        }
        let rate = if self.stopped { 0 } else { self.rate };
        if rate > 0 && !passed.is_zero() && !self.counted {
            self.throttling.periods += 1;
            self.counted = true;
        }
        if now < self.ends {
            self.used += u128::from(rate) * u128::from(passed.nanos());
        } else {
            let period = self.quota.period().nanos();
            let crossed = now.since(self.ends).nanos() / period + 1;
            self.ends += Span::from_nanos(crossed.saturating_mul(period));
            let into = (self.quota.period() - self.ends.since(now)).nanos();
            self.used = u128::from(rate) * u128::from(into);
            self.counted = rate > 0 && into > 0;
            if rate > 0 {
                self.throttling.periods += crossed - 1 + u64::from(self.counted);
            }
        }
        self.at = self.at.max(now);
    }

    /// From the moment it was advanced to it uses `milli` thousandths of a CPU.
    pub const fn use_cpu(&mut self, milli: u64) {
        self.rate = milli;
    }

    /// When its threads will have to stop, or may go on, if the rate stays; [`Time::NEVER`] if never.
    #[must_use]
    pub fn next_turn(&self) -> Time {
        if self.stopped {
            return self.ends;
        }
        if self.rate == 0 {
            return Time::NEVER;
        }
        let (rate, quota) = (u128::from(self.rate), self.quota_of_period());
        let lasts = |cpu: u128| Span::from_nanos(u64::try_from(cpu.div_ceil(rate)).unwrap_or(u64::MAX));
        let stops = self.at + lasts(quota.saturating_sub(self.used));
        if stops < self.ends {
            return stops;
        }
        let in_period = lasts(quota);
        if in_period < self.quota.period() {
            self.ends + in_period
        } else {
            Time::NEVER
        }
    }

    /// It is advanced to its next turn: its threads stop, or go on.
    pub const fn turn(&mut self) {
        self.stopped = !self.stopped;
        self.throttling.throttled_periods += self.stopped as u64;
    }

    /// The fluid mode: for `passed` it went on at `speed`.
    pub fn slowed(&mut self, passed: Span, speed: Speed) {
        self.throttling.throttled += Span::from_nanos(speed.missing().of(passed.nanos()));
    }

    /// What it has cost so far.
    #[must_use]
    pub const fn throttling(&self) -> Throttling {
        self.throttling
    }

    /// Measures anew.
    pub fn reset(&mut self) {
        self.throttling = Throttling::default();
    }

    fn quota_of_period(&self) -> u128 {
        u128::from(self.quota.quota().nanos()) * MILLI
    }
}

#[cfg(test)]
mod tests {
    use super::{Gate, Throttling};
    use crate::engine::{Span, Time};
    use crate::model::cpu::{InPeriod, Quota};
    use proptest::prelude::*;

    fn ms(ms: u64) -> Span {
        Span::from_nanos(ms * 1_000_000)
    }

    fn at(millis: u64) -> Time {
        Time::ZERO + ms(millis)
    }

    fn gate(limit: u64, into: u64) -> Gate {
        Gate::new(Quota::of_limit(limit), Time::ZERO, ms(into))
    }

    #[test]
    fn two_threads_of_half_a_cpu_run_a_quarter_of_each_period() {
        let mut gate = gate(500, 0);
        gate.use_cpu(2000);
        let turns = [25, 100, 125, 200, 225].map(at);
        for turn in turns {
            assert_eq!(gate.next_turn(), turn);
            gate.advance(turn);
            gate.turn();
        }
        let expected = Throttling {
            periods: 3,
            throttled_periods: 3,
            throttled: ms(150),
        };
        assert_eq!(gate.throttling(), expected);
    }

    /// A period that began late leaves more quota than it needs; the next does not.
    #[test]
    fn one_that_begins_late_in_a_period_stops_in_the_next() {
        let mut gate = gate(500, 80);
        gate.use_cpu(1000);
        assert_eq!(gate.next_turn(), at(70));
        gate.advance(at(30));
        assert_eq!(gate.next_turn(), at(70), "looking changes nothing");
    }

    #[test]
    fn one_within_its_quota_never_turns() {
        let mut gate = gate(500, 0);
        gate.use_cpu(500);
        assert_eq!(gate.next_turn(), Time::NEVER);
        gate.advance(at(1050));
        assert_eq!(gate.throttling().periods, 11);
        gate.use_cpu(0);
        gate.advance(at(5000));
        assert_eq!(gate.throttling().periods, 11, "idle periods do not count");
    }

    #[test]
    fn a_greater_limit_lets_it_go_on_at_once() {
        let mut gate = gate(500, 0);
        gate.use_cpu(1000);
        gate.advance(at(50));
        gate.turn();
        gate.resize(at(60), Quota::of_limit(800));
        assert!(!gate.is_stopped());
        gate.use_cpu(1000);
        assert_eq!(gate.next_turn(), at(90), "50 of 80 ms are used");
    }

    proptest! {
        /// The gate over time and the closed form of one burst are two ways to the same end.
        #[test]
        fn a_burst_takes_what_the_closed_form_says(
            limit in 10_u64..5000,
            into in 0_u64..100_000_000,
            threads in 1_u64..9,
            work in 1_u64..2_000_000_000,
        ) {
            let quota = Quota::of_limit(limit);
            let from = InPeriod { into: Span::from_nanos(into), used: Span::ZERO };
            // Whole work for each thread, so that no thread ends before another.
            let burst = quota.run(from, Span::from_nanos(work * threads), threads as u32);
            let mut gate = Gate::new(quota, Time::ZERO, Span::from_nanos(into));
            gate.use_cpu(threads * 1000);
            let (mut now, mut left) = (Time::ZERO, work);
            loop {
                let turn = gate.next_turn();
                let ran = if gate.is_stopped() { 0 } else { turn.since(now).nanos() };
                if !gate.is_stopped() && left <= ran {
                    now += Span::from_nanos(left);
                    gate.advance(now);
                    break;
                }
                left -= ran;
                now = turn;
                gate.advance(now);
                gate.turn();
            }
            // A thread's part of a quota that is no whole number is rounded up once a period.
            let periods = burst.periods_touched + 1;
            let off = now.nanos().abs_diff(burst.wall.nanos());
            prop_assert!(off <= periods, "{} against {}", now.nanos(), burst.wall.nanos());
            if 100_000 * limit % threads == 0 {
                prop_assert_eq!(now.nanos(), burst.wall.nanos());
                prop_assert_eq!(gate.throttling().throttled_periods, burst.throttled_periods);
                prop_assert_eq!(gate.throttling().periods, burst.periods_touched);
                prop_assert_eq!(gate.throttling().throttled, burst.throttled);
            }
        }
    }
}
