//! The pace of a replica by hand: quotas, shares, other causes; and against the closed forms.

use super::{CpuRule, LimitedContainer, Paced, Unpaced};
use crate::engine::{Span, Time};
use crate::model::cpu::{CpuMode, InPeriod, Quota, fluid};
use crate::model::pace::Speed;
use crate::model::request_queue::{Job, ProcessorSharing, SlotService};
use proptest::prelude::*;

fn at(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

fn job(id: u64, millis: u64) -> Job {
    Job::plain(id, millis * 1_000_000)
}

fn slots() -> Paced {
    Paced::new(Time::ZERO, Unpaced::Slots(SlotService::default()))
}

/// A replica of one container whose requests use `per_slot` each, under a limit; thousandths.
fn rule(mode: CpuMode, limit: u64, per_slot: u64) -> CpuRule {
    CpuRule {
        mode,
        idle_milli: 0,
        per_slot_milli: per_slot,
        limited: vec![LimitedContainer {
            place: 0,
            quota: Quota::of_limit(limit),
            idle_milli: 0,
            per_slot_milli: per_slot,
        }],
        into_period: Span::ZERO,
    }
}

/// Everything that happens from now on: completions with their times.
fn completions(paced: &mut Paced) -> Vec<(u64, Time)> {
    let mut done = Vec::new();
    loop {
        let next = paced.next_event();
        if next == Time::NEVER {
            return done;
        }
        if !paced.turn(next) {
            done.extend(paced.finish(next).map(|job| (job.id, next)));
        }
    }
}

/// Two requests of a CPU each under a limit of one: both run for the first half of each period.
#[test]
fn requests_run_until_the_quota_is_used_up() {
    let mut paced = slots();
    paced.set_rule(at(0), rule(CpuMode::Exact, 1000, 1000));
    paced.start(at(0), job(1, 80));
    paced.start(at(0), job(2, 120));
    // 50 ms, then from 100 on: the first is done at 130, and the second has 40 ms of the quota of 100 left.
    assert_eq!(completions(&mut paced), [(1, at(130)), (2, at(170))]);
    let (_, throttling) = paced.record(at(200)).containers[0];
    assert_eq!((throttling.periods, throttling.throttled_periods), (2, 1));
    assert_eq!(throttling.throttled, Span::from_nanos(50_000_000));
    assert_eq!(paced.lost(at(200)), 2 * 50_000_000);
}

#[test]
fn the_fluid_mode_goes_on_at_the_limits_rate() {
    let mut paced = slots();
    paced.set_rule(at(0), rule(CpuMode::Fluid, 1000, 1000));
    paced.start(at(0), job(1, 80));
    paced.start(at(0), job(2, 120));
    assert_eq!(completions(&mut paced), [(1, at(160)), (2, at(200))]);
    let (_, throttling) = paced.record(at(200)).containers[0];
    assert_eq!(throttling.throttled, Span::from_nanos(80_000_000));
}

/// A busy machine leaves half of what is wanted; a request that joins makes all slower, one that leaves faster.
#[test]
fn a_share_is_shared_by_the_requests() {
    let mut paced = slots();
    paced.set_rule(
        at(0),
        CpuRule {
            per_slot_milli: 500,
            ..CpuRule::default()
        },
    );
    paced.set_share(at(0), Some(500));
    paced.start(at(0), job(1, 100));
    paced.start(at(50), job(2, 100));
    assert_eq!(completions(&mut paced), [(1, at(150)), (2, at(200))]);
    assert_eq!(paced.record(at(200)).waited_for_cpu, Span::from_nanos(50_000_000));
    assert!(paced.record(at(200)).containers.is_empty());
}

#[test]
fn what_else_slows_it_leaves_the_quota_longer() {
    let mut paced = slots();
    paced.set_rule(at(0), rule(CpuMode::Exact, 500, 1000));
    paced.slow(at(0), Speed::ratio(1, 2));
    paced.start(at(0), job(1, 100));
    assert_eq!(
        completions(&mut paced),
        [(1, at(200))],
        "half a CPU is within the limit"
    );
}

/// An in-place resize while it stands still.
#[test]
fn a_greater_limit_counts_at_once() {
    let mut paced = slots();
    paced.set_rule(at(0), rule(CpuMode::Exact, 500, 1000));
    paced.start(at(0), job(1, 60));
    assert!(paced.turn(at(50)));
    paced.set_rule(at(60), rule(CpuMode::Exact, 800, 1000));
    assert_eq!(completions(&mut paced), [(1, at(70))]);
}

proptest! {
    /// One request is one burst: the service under a limit must end it exactly when the closed form says so.
    #[test]
    fn a_single_request_takes_what_a_burst_takes(
        limit in 10_u64..3000,
        threads in 1_u32..5,
        work in 1_u64..1_000_000_000,
        into in 0_u64..100_000_000,
    ) {
        prop_assume!(100_000 * limit % u64::from(threads) == 0);
        let quota = Quota::of_limit(limit);
        let from = InPeriod { into: Span::from_nanos(into), used: Span::ZERO };
        let burst = quota.run(from, Span::from_nanos(work * u64::from(threads)), threads);
        for (mode, wall) in [
            (CpuMode::Exact, burst.wall),
            (CpuMode::Fluid, fluid::wall(quota, Span::from_nanos(work * u64::from(threads)), threads)),
        ] {
            let mut paced = slots();
            let rule = rule(mode, limit, u64::from(threads) * 1000);
            paced.set_rule(Time::ZERO, CpuRule { into_period: from.into, ..rule });
            paced.start(Time::ZERO, Job::plain(1, work));
            let end = completions(&mut paced)[0].1.nanos();
            // A steady rate is a fraction of 2^32.
            let slack = if mode == CpuMode::Fluid { 2 + (wall.nanos() >> 20) } else { 0 };
            prop_assert!(end.abs_diff(wall.nanos()) <= slack, "{mode:?}: {end} against {}", wall.nanos());
        }
    }

    /// Who is not slowed must not notice that it could be, whichever way it serves.
    #[test]
    fn at_full_speed_nothing_changes(
        jobs in prop::collection::vec((0_u64..50, 1_u64..200), 1..30),
        shares in any::<bool>(),
    ) {
        let mut paced = if shares {
            Paced::new(Time::ZERO, Unpaced::Sharing(ProcessorSharing::new(2)))
        } else {
            slots()
        };
        paced.set_rule(Time::ZERO, rule(CpuMode::Exact, 100_000, 1000));
        let (mut plain_slots, mut plain_sharing) = (SlotService::default(), ProcessorSharing::new(2));
        let (mut now, mut got, mut expected) = (Time::ZERO, Vec::new(), Vec::new());
        for (id, (wait, demand)) in jobs.into_iter().enumerate() {
            now += Span::from_nanos(wait);
            while paced.next_event() <= now {
                let due = paced.next_event();
                got.extend(paced.finish(due).map(|job| (job.id, due)));
            }
            let job = Job::plain(id as u64, demand);
            paced.start(now, job);
            if shares {
                while plain_sharing.next_finish() <= now {
                    let due = plain_sharing.next_finish();
                    expected.extend(plain_sharing.finish(due).map(|job| (job.id, due)));
                }
                plain_sharing.start(now, job);
            } else {
                while plain_slots.next_finish() <= now {
                    let due = plain_slots.next_finish();
                    expected.extend(plain_slots.finish().map(|job| (job.id, due)));
                }
                plain_slots.start(now, job);
            }
        }
        prop_assert_eq!(got, expected);
        prop_assert_eq!(paced.len(), if shares { plain_sharing.len() } else { plain_slots.len() });
        prop_assert_eq!(paced.lost(now), 0);
    }
}
