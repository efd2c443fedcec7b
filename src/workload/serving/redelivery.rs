//! A broker hands a message out again: when its worker has gone, or has not settled it within the visibility time-out.
//!
//! Knows: which worker has which message, since when. Must not know: any broker by name, or why a worker goes.
//!
//! A worker that takes too long works on for nothing: what it settles late has been handed to another, which is how
//! at-least-once delivery wastes work.

use super::plane::{Serving, SideEvent, SideKind, StationId};
use super::tally::Fate;
use crate::engine::digest::Fact;
use crate::engine::{Span, Time};
use crate::model::request_queue::Job;

impl Serving {
    /// `job` is in a slot of `id` from now on, and will leave it at `finish` if that is known: plans its return.
    #[inline(always)]
    pub(super) fn plan_return(&mut self, id: StationId, job: Job, finish: Option<Time>) {
        let Some(visibility) = self.queueing.redelivery.and_then(|rule| rule.visibility) else {
            return;
        };
        let back = job.since + visibility;
        if !job.orphan && finish.is_none_or(|finish| finish > back) {
            let kind = SideKind::Visible { place: id as u32 };
            self.push_side(back, job.id, kind, job.since);
        }
    }

    /// The visibility time-out of a message is over: if its worker still has it, another gets it too.
    pub(super) fn visible_again(&mut self, now: Time, event: SideEvent, place: u32) {
        let Some(station) = self.stations.get_mut(place as usize) else {
            return;
        };
        let handed_out = station.in_service_mut(event.id);
        let Some(held) = handed_out.filter(|job| !job.orphan && job.since == event.since) else {
            return;
        };
        let job = *held;
        held.orphan = true;
        self.hand_out_again(now, job, Span::ZERO);
    }

    /// A worker has gone with `job`. Returns whether the broker deals with that.
    pub(super) fn worker_gone(&mut self, now: Time, job: Job) -> bool {
        let Some(rule) = self.queueing.redelivery else {
            return false;
        };
        let left = rule
            .visibility
            .map_or(Span::ZERO, |visibility| (job.since + visibility).since(now));
        self.hand_out_again(now, job, left);
        true
    }

    /// `job` goes back to the queue after `wait`, unless it was handed out as often as it may be.
    fn hand_out_again(&mut self, now: Time, job: Job, wait: Span) {
        let most = self
            .queueing
            .redelivery
            .map_or(u8::MAX, |rule| rule.deliveries_max);
        if job.attempt() + 1 >= most {
            self.attempt_failed(now, job, Fate::Lost);
            return;
        }
        self.interval.failures += 1;
        self.digest.add(Fact::Failed, now, job.id, Fate::Lost as u64);
        self.comes_back(job.again(now + wait));
    }

    /// Plans the next attempt of a job, at the time it has been given for it.
    pub(super) fn comes_back(&mut self, job: Job) {
        let parked = self.park(job);
        self.push_side(job.since, job.id, SideKind::Retry { parked }, job.since);
    }
}
