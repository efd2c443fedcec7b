//! A request in service: it takes a slot, and completes; the next one in line follows.

use super::plane::{Serving, SideKind, StationId};
use crate::engine::Time;
use crate::engine::digest::Fact;
use crate::model::request_queue::{Job, Service};
use crate::policy::routing::End;

impl Serving {
    /// `job` goes from a queue into a slot of `id`.
    #[inline(always)]
    pub(super) fn leave_queue_for(&mut self, now: Time, id: StationId, mut job: Job) {
        job.waited += now.since(job.since);
        self.waiting.add(now, -1);
        if self.queueing.shared {
            self.stations[id].arrived += 1;
        }
        self.start(now, id, job, !self.queueing.shared);
    }

    /// `job` goes into a slot of `id`; `expiry_planned` if a time-out for that place is in the heap already.
    #[inline(always)]
    pub(super) fn start(&mut self, now: Time, id: StationId, mut job: Job, expiry_planned: bool) {
        job.since = now;
        self.in_service.add(now, 1);
        let station = &mut self.stations[id];
        let finish = station.start(now, job);
        let next = station.next_finish();
        if station.is_overfull() {
            self.drained.push(id);
        }
        if self.track_loads {
            self.replicas.set(id, station.in_flight());
        }
        self.clock.set(id, next);
        self.plan_expiry(id, job, finish, expiry_planned);
        self.plan_return(id, job, finish);
        if self.heeds {
            self.heed(id);
        }
    }

    /// A request was completed at `id`: its memory may have to be looked at.
    #[inline(always)]
    pub(super) fn heed_memory(&mut self, id: StationId) {
        if self.guarded && self.stations[id].has_served_too_many() {
            self.drained.push(id);
        }
    }

    #[inline(always)]
    pub(super) fn plan_expiry(&mut self, id: StationId, job: Job, finish: Option<Time>, planned: bool) {
        if job.expires != Time::NEVER
            && !planned
            && !job.orphan
            && finish.is_none_or(|finish| finish > job.expires)
        {
            self.push_side(
                job.expires,
                job.id,
                SideKind::TimedOut { place: id as u32 },
                job.since,
            );
        }
    }

    /// The job due at station `id` completes; the next one waiting for a slot there starts.
    #[inline(always)]
    pub(super) fn complete(&mut self, now: Time, id: StationId) {
        if self.paced > 0 && self.pace_turns(now, id) {
            return;
        }
        if self.makes_calls() {
            self.complete_and_call(now, id);
            return;
        }
        let shared = self.queueing.shared;
        let last = self.ends.is_some() && self.is_last_message(id);
        let station = &mut self.stations[id];
        let next = match (shared, station.draining || last) {
            (false, _) => station.queue.pop_front(),
            (true, false) => self.shared.pop_front(),
            (true, true) => None,
        };
        let done = match (&mut station.service, next) {
            (Service::Slots(slots), Some(mut next)) => {
                next.waited += now.since(next.since);
                next.since = now;
                self.waiting.add(now, -1);
                station.served += 1;
                station.arrived += u64::from(shared);
                let (done, finish) = slots.finish_and_start(now, next);
                self.plan_expiry(id, next, Some(finish), !shared);
                self.plan_return(id, next, Some(finish));
                Some(done)
            }
            (_, next) => {
                self.in_service.add(now, -1);
                let done = station.finish(now);
                if let Some(next) = next {
                    self.leave_queue_for(now, id, next);
                }
                done
            }
        };
        self.after_departure(id);
        if let Some(job) = done {
            if self.hears {
                self.tell_end(now, id, &job, End::Answered);
            }
            self.job_done(now, job);
        }
    }

    #[inline(always)]
    pub(super) fn job_done(&mut self, now: Time, job: Job) {
        let tally = &mut self.tallies[usize::from(job.class)];
        if job.orphan {
            self.wasted += 1;
            return;
        }
        tally.succeeded(&job, now);
        self.interval.succeeded(now.since(job.born));
        self.digest.add(Fact::Completed, now, job.id, 0);
        self.request_log.ended(now, &job, None);
        if self.links.is_some() || job.user != Job::OPEN {
            self.leave(&job);
        }
    }
}
