//! The fluid mode: a container goes on at a steady rate instead of by fits and starts.
//!
//! Knows: rates and work. Must not know: periods that begin and end.
//!
//! A quota `q` in each period `p` becomes the rate `q/p`. Work that begins with a period, with its whole quota, ends up to
//! `p − q/n` sooner than the fluid mode says where `n` threads do it (the last period's quota is used at full speed), and
//! never later; in steady traffic the fluid mode has the same throughput. It must not be used where bursts of work are
//! short against a period: there it takes `n·p/q` times as long as it should.

use super::quota::Quota;
use crate::engine::Span;

/// The rate of a container, in the unit of its arguments: what it could use, bounded by its limit and by its share of its
/// machine while that is busy.
#[must_use]
pub fn rate(demand: u64, limit: Option<u64>, share: u64) -> u64 {
    limit.map_or(demand, |limit| demand.min(limit)).min(share)
}

/// How long `work` of CPU time takes over `threads` (one at least) under a quota, rounded up to a nanosecond.
#[must_use]
pub fn wall(quota: Quota, work: Span, threads: u32) -> Span {
    let (work, threads) = (u128::from(work.nanos()), u128::from(threads.max(1)));
    let (each, period) = (quota.quota().nanos().into(), u128::from(quota.period().nanos()));
    // The lesser of the two rates, as a fraction.
    let (per, rate) = if threads * period <= each {
        (1, threads)
    } else {
        (period, each)
    };
    let wall = (work * per).div_ceil(rate);
    Span::from_nanos(u64::try_from(wall).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{rate, wall};
    use crate::engine::Span;
    use crate::model::cpu::{InPeriod, Quota};
    use proptest::prelude::*;

    #[test]
    fn the_least_of_demand_limit_and_share_is_the_rate() {
        assert_eq!(rate(3000, Some(2000), 2500), 2000);
        assert_eq!(rate(3000, Some(2000), 1500), 1500);
        assert_eq!(rate(1000, None, 1500), 1000);
    }

    /// `ideal_fluid_ms` of the vectors.
    #[test]
    fn work_over_a_limit_takes_work_by_limit() {
        let ms = |ms: u64| Span::from_nanos(ms * 1_000_000);
        let quota =
            |ms: u64| Quota::new(Span::from_nanos(ms * 1_000_000), Span::from_nanos(100_000_000)).unwrap();
        assert_eq!(wall(quota(50), ms(500), 4), ms(1000));
        assert_eq!(wall(quota(200), ms(1000), 8), ms(500));
        assert_eq!(
            wall(quota(200), ms(500), 1),
            ms(500),
            "one thread is one CPU at most"
        );
    }

    proptest! {
        /// The bound that says where the fluid mode may be used.
        #[test]
        fn the_fluid_mode_is_late_by_less_than_a_period(
            quota_ms in 1_u64..400,
            work in 1_u64..3_000_000_000,
            threads in 1_u32..9,
        ) {
            let quota = Quota::new(Span::from_nanos(quota_ms * 1_000_000), Span::from_nanos(100_000_000)).unwrap();
            let exact = quota.run(InPeriod::default(), Span::from_nanos(work), threads).wall.nanos();
            let fluid = wall(quota, Span::from_nanos(work), threads).nanos();
            let most = 100_000_000_u64.saturating_sub(quota.quota().nanos() / u64::from(threads));
            prop_assert!(exact <= fluid);
            prop_assert!(fluid - exact <= most + 1, "{fluid} against {exact}");
        }
    }
}
