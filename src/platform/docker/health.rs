//! When a container's health check finds it healthy for the first time.
//!
//! Source: moby `daemon/health.go`, `monitor` and `handleProbeResult`.

use crate::engine::{Span, Time};
use crate::model::probe::{Asks, Probe};

/// A container's health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// What it asks.
    pub asks: Asks,
    /// From the end of a check, or from the container's start, to the next one.
    pub interval: Span,
    /// A check that takes longer has failed.
    pub timeout: Span,
    /// So many failures in a row make a container unhealthy.
    pub retries: u32,
    /// Failures within so long from its start do not count.
    pub start_period: Span,
    /// The interval within the start period.
    pub start_interval: Span,
}

impl Default for HealthCheck {
    /// Docker's own.
    fn default() -> Self {
        Self {
            asks: Asks::Server,
            interval: Span::from_secs(30),
            timeout: Span::from_secs(30),
            retries: 3,
            start_period: Span::ZERO,
            start_interval: Span::from_secs(5),
        }
    }
}

/// What the first checks of a container come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstHealthy {
    /// The first check it passes.
    pub at: Time,
    /// It was unhealthy before: the check since when.
    pub unhealthy_from: Option<Time>,
}

impl HealthCheck {
    /// The same as a probe of a container that is well: one answer makes it so, `retries` failures in a row unwell.
    #[must_use]
    pub fn as_probe(&self) -> Probe {
        Probe {
            asks: self.asks,
            initial_delay: Span::ZERO,
            period: self.interval,
            timeout: self.timeout,
            success_threshold: 1,
            failure_threshold: self.retries.max(1),
            grace: None,
            from_end: true,
        }
    }

    /// A container that started at `started` and answers from `answers` on. A check that it does not answer fails at once.
    #[must_use]
    pub fn first_healthy(&self, started: Time, answers: Time) -> FirstHealthy {
        let in_start_period =
            |at: Time| !self.start_period.is_zero() && at.since(started) < self.start_period;
        // A check every nanosecond would be none.
        let step = |at| {
            let step = if in_start_period(at) {
                self.start_interval
            } else {
                self.interval
            };
            step.max(Span::from_nanos(1_000_000))
        };
        let (mut at, mut failures, mut unhealthy_from) = (started + step(started), 0_u32, None);
        while at < answers {
            if !in_start_period(at) {
                failures += 1;
                if failures >= self.retries.max(1) {
                    unhealthy_from = Some(at);
                    // The interval is the same from here on.
                    let left = answers.since(at).nanos();
                    let steps = left.div_ceil(step(at).nanos());
                    at += Span::from_nanos(steps.saturating_mul(step(at).nanos()));
                    break;
                }
            }
            at += step(at);
        }
        FirstHealthy { at, unhealthy_from }
    }
}

#[cfg(test)]
mod tests {
    use super::{FirstHealthy, HealthCheck};
    use crate::engine::{Span, Time};

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn first(check: HealthCheck, answers: u64) -> (u64, Option<u64>) {
        let FirstHealthy {
            at: healthy,
            unhealthy_from,
        } = check.first_healthy(at(100), at(100 + answers));
        let secs = |time: Time| time.since(at(100)).nanos() / 1_000_000_000;
        (secs(healthy), unhealthy_from.map(secs))
    }

    /// The first check comes after a whole interval, however soon the container answers.
    #[test]
    fn a_container_is_healthy_at_a_check_and_not_before() {
        let check = HealthCheck::default();
        assert_eq!(first(check, 0), (30, None));
        assert_eq!(first(check, 30), (30, None));
        assert_eq!(first(check, 31), (60, None));
        assert_eq!(first(check, 61), (90, None), "two failures are not three");
        assert_eq!(first(check, 91), (120, Some(90)));
        assert_eq!(first(check, 200), (210, Some(90)), "and it recovers");
    }

    /// In the start period checks come often, and none of them counts.
    #[test]
    fn a_start_period_looks_often_and_forgives() {
        let check = HealthCheck {
            start_period: Span::from_secs(60),
            ..HealthCheck::default()
        };
        assert_eq!(first(check, 7), (10, None));
        assert_eq!(first(check, 58), (60, None));
        assert_eq!(first(check, 110), (120, None), "failures at 60 and 90 are two");
        assert_eq!(first(check, 130), (150, Some(120)));
    }
}
