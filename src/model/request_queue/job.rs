//! One attempt of one request, as queues and slots hold it.

use crate::engine::{Span, Time};

/// An attempt of a request. Small and `Copy`: it moves between queue and slot by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Request number and attempt: unique among living jobs, breaks ties.
    pub id: u64,
    /// When the request first arrived; retries keep it.
    pub born: Time,
    /// When it entered the place it is in: queue or slot.
    pub since: Time,
    /// Time spent in queues by this attempt.
    pub waited: Span,
    /// Service still owed at full speed.
    pub demand: Span,
    /// Service asked for at first; a retry asks for it again.
    pub work: Span,
    /// When the client gives up on this attempt; [`Time::NEVER`] for a patient client.
    pub expires: Time,
    /// Who waits for it: a closed-loop user, a call of another workload's request (marked by [`Job::CALL`]), or nobody that
    /// matters here ([`Job::OPEN`]).
    pub user: u32,
    /// Index of its class.
    pub class: u8,
    /// Waiting line at a station, 0 first.
    pub lane: u8,
    /// The client has gone; the replica works on without knowing.
    pub orphan: bool,
}

impl Job {
    /// No closed-loop user waits for the job.
    pub const OPEN: u32 = u32::MAX;
    /// The bit that tells a call from a closed-loop user.
    pub const CALL: u32 = 1 << 31;
    const ATTEMPT_BITS: u32 = 8;

    /// The id of attempt `attempt` (from 0) of request number `request`.
    #[must_use]
    pub const fn id_of(request: u64, attempt: u8) -> u64 {
        request << Self::ATTEMPT_BITS | attempt as u64
    }

    /// Whether `user` is a call's.
    #[must_use]
    #[inline]
    pub const fn is_ticket(user: u32) -> bool {
        user & Self::CALL != 0 && user != Self::OPEN
    }

    /// Whether a call of another workload's request waits for it.
    #[must_use]
    #[inline]
    pub const fn is_call(&self) -> bool {
        Self::is_ticket(self.user)
    }

    /// The number of the request.
    #[must_use]
    pub const fn request(&self) -> u64 {
        self.id >> Self::ATTEMPT_BITS
    }

    /// The next attempt of its request, which begins at `at`.
    #[must_use]
    pub const fn again(mut self, at: Time) -> Self {
        self.id += 1;
        self.waited = Span::ZERO;
        self.demand = self.work;
        self.since = at;
        self
    }

    /// Which attempt this is, from 0.
    #[must_use]
    pub const fn attempt(&self) -> u8 {
        self.id as u8
    }
}

#[cfg(test)]
impl Job {
    /// One of this demand in nanoseconds that came at the start and waits for ever, for tests of where jobs wait and run.
    pub(super) fn plain(id: u64, demand: u64) -> Self {
        Self {
            id,
            born: Time::ZERO,
            since: Time::ZERO,
            waited: Span::ZERO,
            demand: Span::from_nanos(demand),
            work: Span::from_nanos(demand),
            expires: Time::NEVER,
            user: Self::OPEN,
            class: 0,
            lane: 0,
            orphan: false,
        }
    }
}
