//! What became of requests: counts by fate, latency and waiting-time histograms, per class.

use crate::engine::{Span, Time};
use crate::model::request_queue::Job;
use crate::stats::Histogram;

/// How a request, or an attempt, ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Full queue, or no replica.
    Refused,
    /// The client's time-out passed.
    TimedOut,
    /// The client left the queue.
    Abandoned,
    /// The replica went away.
    Lost,
    /// A call that it needed failed.
    CallFailed,
    /// Whoever had called did not need it any more.
    Cancelled,
}

impl Fate {
    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Abandoned => "abandoned",
            Self::Lost => "lost",
            Self::CallFailed => "call_failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Counts since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestTotals {
    /// New requests.
    pub arrived: u64,
    /// Attempts, retries included.
    pub attempts: u64,
    /// Answered in time.
    pub succeeded: u64,
    /// Final failures by fate.
    pub refused: u64,
    /// Final failures by fate.
    pub timed_out: u64,
    /// Final failures by fate.
    pub abandoned: u64,
    /// Final failures by fate.
    pub lost: u64,
    /// Final failures by fate.
    pub call_failed: u64,
    /// Final failures by fate.
    pub cancelled: u64,
}

impl RequestTotals {
    /// Adds one final failure.
    pub fn fail(&mut self, fate: Fate) {
        match fate {
            Fate::Refused => self.refused += 1,
            Fate::TimedOut => self.timed_out += 1,
            Fate::Abandoned => self.abandoned += 1,
            Fate::Lost => self.lost += 1,
            Fate::CallFailed => self.call_failed += 1,
            Fate::Cancelled => self.cancelled += 1,
        }
    }

    /// Requests that failed for good.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.refused + self.timed_out + self.abandoned + self.lost + self.call_failed + self.cancelled
    }

    /// Requests that have neither succeeded nor failed for good.
    #[must_use]
    pub const fn unfinished(&self) -> u64 {
        self.arrived - self.succeeded - self.failed()
    }

    /// What happened after `earlier`.
    #[must_use]
    pub const fn since(&self, earlier: &Self) -> Self {
        Self {
            arrived: self.arrived - earlier.arrived,
            attempts: self.attempts - earlier.attempts,
            succeeded: self.succeeded - earlier.succeeded,
            refused: self.refused - earlier.refused,
            timed_out: self.timed_out - earlier.timed_out,
            abandoned: self.abandoned - earlier.abandoned,
            lost: self.lost - earlier.lost,
            call_failed: self.call_failed - earlier.call_failed,
            cancelled: self.cancelled - earlier.cancelled,
        }
    }

    /// Sum of two classes.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            arrived: self.arrived + other.arrived,
            attempts: self.attempts + other.attempts,
            succeeded: self.succeeded + other.succeeded,
            refused: self.refused + other.refused,
            timed_out: self.timed_out + other.timed_out,
            abandoned: self.abandoned + other.abandoned,
            lost: self.lost + other.lost,
            call_failed: self.call_failed + other.call_failed,
            cancelled: self.cancelled + other.cancelled,
        }
    }
}

/// One class's record.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Counts since the start.
    pub totals: RequestTotals,
    /// First arrival to success of requests that succeeded, ns, since the last reset.
    pub latency: Histogram,
    /// Time in queues of attempts that were served to the end and had waited, ns, since the last reset.
    waited: Histogram,
    /// Served attempts that had not waited; most of them, so they only count.
    not_waited: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            totals: RequestTotals::default(),
            latency: Histogram::fine(),
            waited: Histogram::fine(),
            not_waited: 0,
        }
    }
}

impl Tally {
    /// A request was answered in time at `now`, by the attempt `job`.
    #[inline(always)]
    pub(super) fn succeeded(&mut self, job: &Job, now: Time) {
        self.succeeded_after(now.since(job.born), job.waited);
    }

    /// A request was answered in time `latency` after it first arrived; the attempt had waited `wait`.
    #[inline(always)]
    pub(super) fn succeeded_after(&mut self, latency: Span, wait: Span) {
        self.totals.succeeded += 1;
        self.latency.record_one(latency.nanos());
        if wait.is_zero() {
            self.not_waited += 1;
        } else {
            self.waited.record_one(wait.nanos());
        }
    }

    /// Time in queues of attempts that were served to the end, ns, since the last reset.
    #[must_use]
    pub fn wait(&self) -> Histogram {
        let mut wait = self.waited.clone();
        wait.record(0, self.not_waited);
        wait
    }

    /// Served attempts that had waited, since the last reset.
    #[must_use]
    pub fn waited(&self) -> u64 {
        self.waited.count()
    }

    /// Forgets what was measured so far; totals go on.
    pub(super) fn reset(&mut self) {
        self.latency.reset();
        self.waited.reset();
        self.not_waited = 0;
    }
}
