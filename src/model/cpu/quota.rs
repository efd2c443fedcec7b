//! A quota of CPU time per period, as the kernel's fair scheduler keeps it.
//!
//! Knows: one container's threads, the work each has, and where in a period they begin. Must not know: other containers,
//! or where the work comes from.
//!
//! All threads that have work run, each on a CPU of its own, until the quota of the period is used up; then all stop
//! until the next period begins. Slices of 5 ms in which the kernel hands a quota out, which allow small overruns, are
//! left out. Counted in whole nanoseconds: where less than a nanosecond for each thread is left, it is rounded up.

use super::bounds::CpuError;
use crate::engine::Span;

pub(super) const PERIOD_MIN: Span = Span::from_nanos(1_000_000);
pub(super) const PERIOD_MAX: Span = Span::from_nanos(1_000_000_000);
pub(super) const QUOTA_MIN: Span = Span::from_nanos(1_000_000);
const PERIOD_DEFAULT: Span = Span::from_nanos(100_000_000);

/// So much CPU time in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    quota: u64,
    period: u64,
}

/// Where a control group is in its period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InPeriod {
    /// Since the period began.
    pub into: Span,
    /// CPU time of the quota that is used.
    pub used: Span,
}

/// What became of some work under a quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Burst {
    /// From its start to the end of its last thread.
    pub wall: Span,
    /// Periods it went on in, the first and the last included.
    pub periods_touched: u64,
    /// Of these, periods in which its threads had to stop.
    pub throttled_periods: u64,
    /// For how long they had to, as a clock on the wall counts it.
    pub throttled: Span,
    /// Where in its period the control group is after it.
    pub end: InPeriod,
}

impl Quota {
    /// `quota` of CPU time in each `period`.
    ///
    /// # Errors
    /// The kernel refuses a period outside 1 ms to 1 s, and a quota below 1 ms.
    pub fn new(quota: Span, period: Span) -> Result<Self, CpuError> {
        if period < PERIOD_MIN || period > PERIOD_MAX {
            return Err(CpuError::Period(period));
        }
        if quota < QUOTA_MIN {
            return Err(CpuError::Quota(quota));
        }
        Ok(Self {
            quota: quota.nanos(),
            period: period.nanos(),
        })
    }

    /// Docker's `--cpus`, in thousandths: so many CPUs' time in each 100 ms.
    ///
    /// # Errors
    /// Fewer than 0.01 CPUs would be a quota the kernel refuses.
    pub fn of_cpus(milli: u64) -> Result<Self, CpuError> {
        Self::new(Self::in_default_period(milli), PERIOD_DEFAULT).map_err(|_| CpuError::Cpus(milli))
    }

    /// A limit of a Kubernetes container, in thousandths of a CPU: one that the kernel would refuse becomes the least it
    /// takes (`pkg/kubelet/cm/helpers_linux.go`, `MilliCPUToQuota`).
    #[must_use]
    pub fn of_limit(milli: u64) -> Self {
        Self {
            quota: Self::in_default_period(milli).max(QUOTA_MIN).nanos(),
            period: PERIOD_DEFAULT.nanos(),
        }
    }

    /// So many thousandths of each 100 ms, in the whole microseconds that the kernel is told.
    fn in_default_period(milli: u64) -> Span {
        Span::from_nanos(milli.saturating_mul(PERIOD_DEFAULT.nanos() / 1000))
    }

    /// CPU time in each period.
    #[must_use]
    pub const fn quota(self) -> Span {
        Span::from_nanos(self.quota)
    }

    /// How long a period is.
    #[must_use]
    pub const fn period(self) -> Span {
        Span::from_nanos(self.period)
    }

    /// CPUs in the mean, thousandths, rounded down; one at least.
    #[must_use]
    pub fn milli(self) -> u64 {
        let milli = u128::from(self.quota) * 1000 / u128::from(self.period);
        u64::try_from(milli).unwrap_or(u64::MAX).max(1)
    }

    /// `work` of CPU time, split evenly over `threads` (one at least), that begins at `from`.
    #[must_use]
    pub fn run(self, from: InPeriod, work: Span, threads: u32) -> Burst {
        let mut course = Course::begin(self, from);
        course.go_on(work.nanos().into(), threads.max(1).into());
        course.burst(from)
    }

    /// Threads that begin together at `from`, each with work of its own: of CPU time.
    #[must_use]
    pub fn run_threads(self, from: InPeriod, works: &[Span]) -> Burst {
        let mut works: Vec<u64> = works.iter().map(|work| work.nanos()).collect();
        works.sort_unstable();
        let mut course = Course::begin(self, from);
        let mut done = 0;
        for (ended, &work) in works.iter().enumerate() {
            let threads = (works.len() - ended) as u128;
            course.go_on(u128::from(work - done) * threads, threads);
            done = work;
        }
        course.burst(from)
    }

    /// Where a control group is that does nothing for `idle` after it was at `at`: periods begin on, whether it works or
    /// not, and each brings a new quota.
    #[must_use]
    pub fn after_idle(self, at: InPeriod, idle: Span) -> InPeriod {
        let into = u128::from(at.into.nanos()) + u128::from(idle.nanos());
        let period = u128::from(self.period);
        InPeriod {
            into: span(into % period),
            used: if into < period { at.used } else { Span::ZERO },
        }
    }
}

/// Work on its way through periods; all in nanoseconds.
struct Course {
    quota: u128,
    period: u128,
    /// Since the period under way began.
    into: u128,
    /// What is left of its quota.
    left: u128,
    periods_before: u128,
    /// Whether there was any work.
    began: bool,
    throttled_periods: u128,
    throttled: u128,
}

impl Course {
    fn begin(rule: Quota, from: InPeriod) -> Self {
        let (quota, period) = (u128::from(rule.quota), u128::from(rule.period));
        let mut course = Self {
            quota,
            period,
            into: u128::from(from.into.nanos()).min(period),
            left: quota.saturating_sub(from.used.nanos().into()),
            periods_before: 0,
            began: false,
            throttled_periods: 0,
            throttled: 0,
        };
        if course.into == period {
            (course.into, course.left) = (0, quota);
        }
        course
    }

    /// `work` of CPU time that `threads` share until it is done.
    fn go_on(&mut self, work: u128, threads: u128) {
        if work == 0 {
            return;
        }
        self.began = true;
        let here = self.left.min(threads * (self.period - self.into));
        if work > here {
            self.stop_until_next(threads, 1);
            let each = self.quota.min(threads * self.period);
            let whole = (work - here - 1) / each;
            if whole > 0 {
                self.stop_until_next(threads, whole);
            }
            self.finish(work - here - whole * each, threads);
        } else {
            self.finish(work, threads);
        }
    }

    /// The rest of the period under way, and of as many after it as make `periods`, passes with work to do.
    fn stop_until_next(&mut self, threads: u128, periods: u128) {
        let ran = self.left.div_ceil(threads).min(self.period - self.into);
        let stopped = self.period - self.into - ran;
        if stopped > 0 {
            self.throttled_periods += periods;
            self.throttled += stopped * periods;
        }
        self.periods_before += periods;
        (self.into, self.left) = (0, self.quota);
    }

    /// The last of the work, which the period under way has room for.
    fn finish(&mut self, work: u128, threads: u128) {
        self.into += work.div_ceil(threads);
        self.left -= work;
    }

    fn burst(&self, from: InPeriod) -> Burst {
        // One that begins where a period ends begins with the next.
        let start = u128::from(from.into.nanos()) % self.period;
        let touched = if self.began { self.periods_before + 1 } else { 0 };
        Burst {
            wall: span(self.periods_before * self.period + self.into - start),
            periods_touched: u64::try_from(touched).unwrap_or(u64::MAX),
            throttled_periods: u64::try_from(self.throttled_periods).unwrap_or(u64::MAX),
            throttled: span(self.throttled),
            end: InPeriod {
                into: span(self.into),
                used: span(self.quota - self.left),
            },
        }
    }
}

fn span(nanos: u128) -> Span {
    Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
