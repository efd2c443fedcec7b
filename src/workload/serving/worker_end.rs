//! Workers that end of their own accord: the pods of jobs.
//!
//! Knows: how many messages a worker takes, and whether there is another. Must not know: jobs, or who starts workers.
//!
//! A worker that is done leaves the ready ones at once and is told of as a [drained](Serving::take_drained) one is; it
//! was asked nothing, so it does not count as draining.

use super::plane::{Serving, StationId};
use super::spec::WorkerEnd;

use crate::engine::Time;

impl Serving {
    /// Whether the message that `id` is about to finish is the last it takes.
    pub(super) fn is_last_message(&self, id: StationId) -> bool {
        match self.ends {
            Some(WorkerEnd::Messages(most)) => self.stations[id].served + 1 >= u64::from(most),
            Some(WorkerEnd::UntilEmpty) | None => false,
        }
    }

    /// The worker `id`, which has just started or let go of a message, ends if it is done.
    pub(super) fn end_if_done(&mut self, now: Time, id: StationId) {
        let station = &self.stations[id];
        let idle = station.in_flight() == 0 && self.replicas.contains(id);
        let done = match self.ends {
            None => false,
            Some(WorkerEnd::Messages(most)) => station.served >= u64::from(most),
            Some(WorkerEnd::UntilEmpty) => self.shared.is_empty(),
        };
        if idle && done {
            self.take_no_more(now, id);
            self.drained.push(id);
        }
    }
}
