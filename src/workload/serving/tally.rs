//! What became of requests: counts by fate, latency and waiting-time histograms, per class.

use crate::engine::Span;
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
}

impl RequestTotals {
    /// Adds one final failure.
    pub fn fail(&mut self, fate: Fate) {
        match fate {
            Fate::Refused => self.refused += 1,
            Fate::TimedOut => self.timed_out += 1,
            Fate::Abandoned => self.abandoned += 1,
            Fate::Lost => self.lost += 1,
        }
    }

    /// Requests that failed for good.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.refused + self.timed_out + self.abandoned + self.lost
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
    /// Time in queues of attempts that were served to the end, ns, since the last reset.
    pub wait: Histogram,
    /// Served attempts that had waited, since the last reset.
    pub waited: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            totals: RequestTotals::default(),
            latency: Histogram::fine(),
            wait: Histogram::fine(),
            waited: 0,
        }
    }
}

impl Tally {
    /// An attempt was served to the end after waiting `wait`.
    #[inline]
    pub(super) fn served(&mut self, wait: Span) {
        self.wait.record(wait.nanos(), 1);
        self.waited += u64::from(!wait.is_zero());
    }

    /// Forgets what was measured so far; totals go on.
    pub(super) fn reset(&mut self) {
        self.latency.reset();
        self.wait.reset();
        self.waited = 0;
    }
}
