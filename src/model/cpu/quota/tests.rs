//! Quotas against their definition: a nanosecond at a time, and by hand.

use super::{Burst, InPeriod, Quota};
use crate::engine::Span;
use proptest::prelude::*;

fn ms(ms: f64) -> Span {
    Span::from_nanos((ms * 1e6).round() as u64)
}

fn quota(quota_ms: f64) -> Quota {
    Quota::new(ms(quota_ms), ms(100.0)).unwrap()
}

/// The definition: threads with work run until the quota is used up, a nanosecond after another.
fn step_by_step(rule: Quota, from: InPeriod, works: &[Span]) -> Burst {
    let mut works: Vec<u64> = works.iter().map(|work| work.nanos()).collect();
    let (mut into, mut used) = (from.into.nanos(), from.used.nanos());
    let mut burst = Burst::default();
    let mut stopped_here = false;
    let (mut wall, mut stopped) = (0, 0);
    while works.iter().any(|&work| work > 0) {
        if into == rule.period {
            (into, used, stopped_here) = (0, 0, false);
        }
        if wall == 0 || into == 0 {
            burst.periods_touched += 1;
        }
        let mut room = rule.quota - used;
        if room == 0 {
            burst.throttled_periods += u64::from(!stopped_here);
            (stopped_here, stopped) = (true, stopped + 1);
        }
        // Whoever has most left goes first, so that threads with the same work end together.
        works.sort_unstable_by(|one, other| other.cmp(one));
        for work in works.iter_mut().filter(|work| **work > 0) {
            if room > 0 {
                (*work, room, used) = (*work - 1, room - 1, used + 1);
            }
        }
        (into, wall) = (into + 1, wall + 1);
    }
    burst.wall = Span::from_nanos(wall);
    burst.throttled = Span::from_nanos(stopped);
    burst.end = InPeriod {
        into: Span::from_nanos(into),
        used: Span::from_nanos(used),
    };
    burst
}

/// Were the whole periods counted wrongly, long work would take too long or too short.
#[test]
fn work_takes_as_many_periods_as_its_quota_lasts() {
    for (limit, work, threads, wall, touched, throttled) in [
        (0.5, 500.0, 4, 912.5, 10, 9),
        (2.0, 1000.0, 8, 425.0, 5, 4),
        (1.0, 250.0, 4, 212.5, 3, 2),
        // The quota ends with the work: nothing stops.
        (1.0, 100.0, 4, 25.0, 1, 0),
        // As many threads as CPUs, and fewer: nothing ever stops.
        (2.0, 500.0, 2, 250.0, 3, 0),
        (4.0, 500.0, 2, 250.0, 3, 0),
        (1.0, 200.0, 1, 200.0, 2, 0),
        (0.1, 10.0, 1, 10.0, 1, 0),
        (0.1, 11.0, 1, 101.0, 2, 1),
    ] {
        let burst = quota(limit * 100.0).run(InPeriod::default(), ms(work), threads);
        let got = (burst.wall, burst.periods_touched, burst.throttled_periods);
        assert_eq!(
            got,
            (ms(wall), touched, throttled),
            "{work} ms over {threads} threads at {limit} CPUs"
        );
    }
}

/// Work that begins late in a period finds a whole quota there, and one more soon after.
#[test]
fn where_in_a_period_work_begins_matters() {
    let late = InPeriod {
        into: ms(90.0),
        used: Span::ZERO,
    };
    let burst = quota(50.0).run(late, ms(80.0), 4);
    assert_eq!(
        (burst.wall, burst.throttled_periods, burst.throttled),
        (ms(20.0), 0, Span::ZERO),
        "40 ms in the last 10 ms, 40 ms in the next 10"
    );
    let used_up = InPeriod {
        into: ms(90.0),
        used: ms(50.0),
    };
    let burst = quota(50.0).run(used_up, ms(40.0), 4);
    assert_eq!(
        (burst.wall, burst.periods_touched, burst.throttled_periods),
        (ms(20.0), 2, 1)
    );
    assert_eq!(burst.throttled, ms(10.0));
}

/// A group that was idle for a while has its quota again, in the same rhythm of periods.
#[test]
fn idle_time_brings_a_new_quota_with_the_next_period() {
    let rule = quota(50.0);
    let used_up = InPeriod {
        into: ms(30.0),
        used: ms(50.0),
    };
    let soon = rule.after_idle(used_up, ms(60.0));
    assert_eq!((soon.into, soon.used), (ms(90.0), ms(50.0)));
    let later = rule.after_idle(used_up, ms(75.0));
    assert_eq!((later.into, later.used), (ms(5.0), Span::ZERO));
}

/// Docker refuses what the kubelet rounds up.
#[test]
fn the_least_quota_is_a_millisecond() {
    assert!(Quota::of_cpus(9).is_err());
    assert_eq!(Quota::of_cpus(10), Ok(Quota::of_limit(10)));
    assert_eq!(Quota::of_limit(1).quota(), ms(1.0));
    assert!(Quota::new(ms(5.0), ms(0.5)).is_err());
    assert!(Quota::new(ms(5.0), ms(1001.0)).is_err());
}

proptest! {
    /// Scaled down to periods of some nanoseconds, the arithmetic over periods is the definition's.
    #[test]
    fn periods_at_a_time_are_nanoseconds_at_a_time(
        period in 1_u64..40,
        quota in 1_u64..120,
        into in 0_u64..40,
        used in 0_u64..120,
        work in 0_u64..400,
        threads in 1_u32..6,
    ) {
        let rule = Quota { quota, period };
        let from = InPeriod {
            into: Span::from_nanos(into % period),
            used: Span::from_nanos(used.min(quota)),
        };
        let (count, each) = (u64::from(threads), work / u64::from(threads));
        let works: Vec<Span> = (0..count)
            .map(|thread| Span::from_nanos(each + u64::from(thread < work % count)))
            .collect();
        let (got, expected) = (
            rule.run(from, Span::from_nanos(work), threads),
            step_by_step(rule, from, &works),
        );
        prop_assert_eq!(got.wall, expected.wall);
        prop_assert_eq!(got.periods_touched, expected.periods_touched);
        prop_assert_eq!(got.throttled, expected.throttled);
        prop_assert_eq!(got.throttled_periods, expected.throttled_periods);
    }

    /// Threads of unlike work: no thread is ever behind by more than what rounding a stop to a nanosecond costs.
    #[test]
    fn unlike_threads_end_when_the_definition_says(
        period in 1_u64..40,
        quota in 1_u64..120,
        works in prop::collection::vec(0_u64..60, 1..5),
    ) {
        let rule = Quota { quota, period };
        let works: Vec<Span> = works.into_iter().map(Span::from_nanos).collect();
        let got = rule.run_threads(InPeriod::default(), &works);
        let total: u64 = works.iter().map(|work| work.nanos()).sum();
        let longest = works.iter().max().copied().unwrap_or_default();
        prop_assert!(got.wall >= longest, "no thread is faster than a CPU");
        prop_assert!(got.throttled <= got.wall);
        let even = rule.run(InPeriod::default(), Span::from_nanos(total), works.len() as u32);
        prop_assert!(got.wall >= even.wall, "the even split is the fastest");
        if quota >= period * works.len() as u64 {
            prop_assert_eq!(got.wall, longest, "nothing stops where the quota is never used up");
        }
    }

    /// One piece of work after another is the same as both at once, if the threads go on.
    #[test]
    fn a_burst_goes_on_where_the_last_one_ended(
        quota_ms in 1_u64..300,
        first in 1_u64..500_000_000,
        second in 1_u64..500_000_000,
    ) {
        let rule = Quota::new(Span::from_nanos(quota_ms * 1_000_000), ms(100.0)).unwrap();
        let one = rule.run(InPeriod::default(), Span::from_nanos(first), 1);
        let two = rule.run(one.end, Span::from_nanos(second), 1);
        let both = rule.run(InPeriod::default(), Span::from_nanos(first + second), 1);
        prop_assert_eq!(one.wall + two.wall, both.wall);
        prop_assert_eq!(one.throttled + two.throttled, both.throttled);
    }
}
