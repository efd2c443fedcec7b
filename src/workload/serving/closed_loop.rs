//! Closed-loop users: each thinks, asks, waits for the answer, thinks again.
//!
//! Every user owns a random stream for thinking and for demands, so that what one user does never moves another's
//! draws.

use super::spec::ClosedUsers;
use crate::engine::{Stream, StreamKey, Time};
use crate::stats::Sampler;

/// All closed-loop users of a workload.
#[derive(Clone, Debug)]
pub(super) struct ClosedLoop {
    users: Vec<User>,
    think: Vec<Sampler>,
}

#[derive(Clone, Debug)]
struct User {
    population: u32,
    stream: Stream,
}

impl ClosedLoop {
    pub(super) fn new(populations: &[ClosedUsers], key: StreamKey) -> Self {
        let users = populations.iter().enumerate().flat_map(|(population, spec)| {
            let name = format!("users/{}", spec.name);
            (0..spec.users).map(move |ordinal| User {
                population: population as u32,
                stream: key.entity_stream(&name, u64::from(ordinal)),
            })
        });
        let think = populations.iter().map(|spec| spec.think.compile()).collect();
        Self {
            users: users.collect(),
            think,
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.users.len() as u32
    }

    /// When `user`, idle from `now`, sends the next request.
    pub(super) fn next_request(&mut self, now: Time, user: u32) -> Time {
        let User { population, stream } = &mut self.users[user as usize];
        now + self.think[*population as usize].sample_span(stream)
    }

    /// The stream `user` draws class and demand from.
    pub(super) fn stream(&mut self, user: u32) -> &mut Stream {
        &mut self.users[user as usize].stream
    }
}
