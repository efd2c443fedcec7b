//! Closed-loop users: each thinks, asks, waits for the answer, thinks again.
//!
//! Every user owns a random stream for thinking and for demands, so that what one user does never moves another's
//! draws.

use super::spec::ClosedUsers;
use crate::engine::{Span, Stream, StreamKey, Time};
use crate::stats::Sampler;

/// All closed-loop users of a workload.
#[derive(Clone, Debug)]
pub(super) struct ClosedLoop {
    users: Vec<User>,
    think: Vec<Sampler>,
    shift: Vec<Span>,
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
            shift: populations.iter().map(|spec| spec.shift).collect(),
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.users.len() as u32
    }

    /// When `user` sends the first request of a run that begins at `start`.
    pub(super) fn first_request(&mut self, start: Time, user: u32) -> Time {
        let shift = self.shift[self.users[user as usize].population as usize];
        self.next_request(start + shift, user)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Distribution;

    #[test]
    fn users_who_come_later_think_after_they_have_come() {
        let population = |name: &str, shift| ClosedUsers {
            name: name.to_owned(),
            users: 1,
            shift: Span::from_secs(shift),
            think: Distribution::Constant { value: 5.0 },
        };
        let populations = [population("early", 0), population("late", 600)];
        let mut users = ClosedLoop::new(&populations, StreamKey::new(1, 0));
        let start = Time::from_secs_f64(1.0);
        let firsts = [0, 1].map(|user| users.first_request(start, user).secs_f64());
        assert_eq!(firsts.map(|at| at as u64), [6, 606]);
        assert_eq!(
            users.next_request(start, 1).secs_f64() as u64,
            6,
            "only the first request is delayed"
        );
    }
}
