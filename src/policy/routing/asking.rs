//! What a router hears of requests: who asks for a replica, and how it ended.

use crate::engine::random::mix;
use crate::engine::{Span, Time};

/// An attempt of a request that asks for a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The number of the request in its workload; its attempts share it.
    pub request: u64,
    /// The user who waits for the answer, if it is one of those who ask again afterwards.
    pub user: Option<u32>,
}

impl Asking {
    /// One of `count` (at least one) that stands for the request, the same at every attempt: a proxy, a client, a zone.
    #[must_use]
    pub(super) fn one_of(self, count: u32, salt: u64) -> u32 {
        below(mix(mix(self.request) ^ salt), count)
    }

    /// A number from 0 to 1 that stands for the user, or for the request where there is none.
    #[must_use]
    pub(super) fn point_by_user(self, salt: u64) -> f64 {
        let who = self.user.map_or(self.request, |user| u64::from(user) | USERS);
        (mix(mix(who) ^ salt) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Sets the numbers of users apart from those of requests.
const USERS: u64 = 1 << 63;

/// `hash` as a number below `count`, which is at least one.
fn below(hash: u64, count: u32) -> u32 {
    ((u128::from(hash) * u128::from(count)) >> 64) as u32
}

/// An attempt that was sent to a replica has ended, as whoever sent it sees it. Every attempt ends once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub now: Time,
    /// Who asked.
    pub asking: Asking,
    /// The station it was sent to.
    pub station: usize,
    /// Time since it was sent.
    pub took: Span,
    /// How it ended.
    pub end: End,
}

/// How an attempt ended for whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With an answer.
    Answered,
    /// Without: refused, too late, or the replica went away.
    Failed,
    /// The client left of its own accord.
    Left,
}
