//! Requests one by one, for whoever wants every one of them and not only their sums.
//!
//! Knows how a request ended. Must not know who reads it. Off unless asked for: a workload that keeps a log runs event
//! by event, with the same outcome to the bit.

use super::plane::Serving;
use super::tally::Fate;
use crate::engine::{Span, Time};
use crate::model::request_queue::Job;

/// A request that has ended: answered, or failed for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// Its number in the workload, from 0, in order of first arrival.
    pub request: u64,
    /// Index of its class.
    pub class: u8,
    /// Attempts made, the first included.
    pub attempts: u8,
    /// When it first arrived.
    pub arrived: Time,
    /// When it was answered or failed for good.
    pub ended: Time,
    /// Time its last attempt spent in queues.
    pub waited: Span,
    /// Service it asked for at full speed.
    pub demand: Span,
    /// How it failed; `None` if it was answered in time.
    pub failed: Option<Fate>,
}

/// Requests that have ended since the log was last taken; nothing while nobody wants them.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestLog(Option<Vec<RequestRecord>>);

impl RequestLog {
    /// Whether requests are recorded.
    pub(super) const fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// The request of `job` ended at `now` with this attempt.
    #[inline(always)]
    pub(super) fn ended(&mut self, now: Time, job: &Job, failed: Option<Fate>) {
        if let Some(records) = &mut self.0 {
            records.push(RequestRecord {
                request: job.request(),
                class: job.class,
                attempts: job.attempt() + 1,
                arrived: job.born,
                ended: now,
                waited: job.waited,
                demand: job.work,
                failed,
            });
        }
    }
}

impl Serving {
    /// Records every request that ends from now on, until [`Self::take_request_log`] takes it.
    pub fn keep_request_log(&mut self) {
        self.request_log.0.get_or_insert_default();
    }

    /// Whether there is anything for [`Self::take_request_log`] to take.
    #[must_use]
    pub fn has_ended_requests(&self) -> bool {
        self.request_log
            .0
            .as_ref()
            .is_some_and(|records| !records.is_empty())
    }

    /// Requests that have ended since the last call, in the order of their end; none unless a log is kept.
    pub fn take_request_log(&mut self) -> impl Iterator<Item = RequestRecord> {
        self.request_log
            .0
            .iter_mut()
            .flat_map(|records| records.drain(..))
    }
}
