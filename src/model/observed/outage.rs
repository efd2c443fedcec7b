//! Times at which sources of metrics do not answer.

use crate::engine::Time;

/// Which sources of metrics do not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Down {
    /// CPU and memory of pods: metrics-server.
    pub resources: bool,
    /// Requests and queues: pages of pods, queries, brokers.
    pub traffic: bool,
}

impl Down {
    /// Whatever one of the two lacks.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            resources: self.resources || other.resources,
            traffic: self.traffic || other.traffic,
        }
    }
}

/// A time at which sources of metrics do not answer, nor take anything in; what they had is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// From when.
    pub from: Time,
    /// Until when; they answer again at this time.
    pub until: Time,
    /// Which.
    pub what: Down,
}

impl Outage {
    /// What does not answer at `now` because of any of `outages`.
    #[must_use]
    pub fn down_at(outages: &[Self], now: Time) -> Down {
        let now_out = outages.iter().filter(|one| one.from <= now && now < one.until);
        now_out.fold(Down::default(), |down, one| down.or(one.what))
    }
}
