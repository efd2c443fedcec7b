//! What does not go well, and what clients do then: time-outs, impatience, refusals, losses, retries; and users who
//! come back.

use super::arrivals::draw_class;
use super::plane::{SHARED, Serving, SideEvent, SideKind, StationId};
use super::tally::Fate;
use crate::engine::digest::Fact;
use crate::engine::{Span, Time};
use crate::model::request_queue::{Job, WaitQueue};
use crate::policy::routing::End;
use std::cmp::Reverse;

/// A user who was turned away needs this long to notice, however short the think time: without it, users without
/// think time and without a replica would ask for ever at one instant.
pub const TURNAROUND_MIN: Span = Span::from_nanos(1_000_000);

impl Serving {
    pub(super) fn side_event(&mut self) {
        let Some(Reverse(event)) = self.side.pop() else {
            return;
        };
        self.next_side = self.side.peek().map_or(Time::NEVER, |Reverse(next)| next.time);
        let now = event.time;
        match event.kind {
            SideKind::TimedOut { place } => self.time_out(now, event, place),
            SideKind::CallsTimedOut { open } => self.calls_timed_out(now, event.id, open),
            SideKind::Visible { place } => self.visible_again(now, event, place),
            SideKind::Impatient { place } => {
                if let Some(job) = self.take_from_queue(now, event, place) {
                    self.tell_end_at(now, place, &job, End::Left);
                    self.attempt_failed(now, job, Fate::Abandoned);
                }
            }
            SideKind::Retry { parked } => {
                self.parked_free.push(parked);
                let job = self.parked[parked as usize];
                self.attempt(now, job);
            }
            SideKind::User { user } => {
                let stream = self.closed.stream(user);
                let class = draw_class(&self.class_bounds, stream);
                let demand = self.demands[class].sample_span(stream);
                self.new_request(now, class, demand, user);
            }
        }
    }

    pub(super) fn time_out(&mut self, now: Time, event: SideEvent, place: u32) {
        let found = if self.cancel_on_timeout {
            self.take_from_queue(now, event, place)
        } else {
            self.orphan_in_queue(place, event.id, event.since)
        };
        if let Some(job) = found.or_else(|| self.leave_service(now, place, event.id)) {
            self.tell_end_at(now, place, &job, End::Failed);
            self.attempt_failed(now, job, Fate::TimedOut);
        }
    }

    /// The client of the request `id` in a slot of `place` has gone: it is dropped, or served for nothing.
    pub(super) fn leave_service(&mut self, now: Time, place: u32, id: u64) -> Option<Job> {
        let station = place as usize;
        if place == SHARED || station >= self.stations.len() {
            return None;
        }
        let in_service = self.stations[station]
            .in_service_mut(id)
            .filter(|job| !job.orphan)?;
        let job = *in_service;
        if !self.cancel_on_timeout {
            in_service.orphan = true;
        } else if self.stations[station].remove_from_service(now, id).is_some() {
            self.in_service.add(now, -1);
            self.fill_slot(now, station);
        }
        Some(job)
    }

    /// A slot of `id` became free without a completion.
    pub(super) fn fill_slot(&mut self, now: Time, id: StationId) {
        let station = &mut self.stations[id];
        let next = match (self.queueing.shared, station.draining) {
            (false, _) => station.queue.pop_front(),
            (true, false) => self.shared.pop_front(),
            (true, true) => None,
        };
        if let Some(next) = next {
            self.leave_queue_for(now, id, next);
        }
        self.after_departure(id);
    }

    /// Brings clock, router and drain state of `id` up to date after a job left it.
    #[inline(always)]
    pub(super) fn after_departure(&mut self, id: StationId) {
        let station = &self.stations[id];
        self.clock.set(id, station.next_finish());
        if self.track_loads {
            self.replicas.set(id, station.in_flight());
        }
        if station.draining && station.is_idle() {
            self.drained.push(id);
        }
        if self.ends.is_some() {
            self.end_if_done(self.now, id);
        }
        self.heed_memory(id);
        self.poked |= self.watch_backlog;
        if self.heeds {
            self.heed(id);
        }
    }

    pub(super) fn queue_at(&mut self, place: u32) -> Option<&mut WaitQueue> {
        if place == SHARED {
            return Some(&mut self.shared);
        }
        self.stations
            .get_mut(place as usize)
            .map(|station| &mut station.queue)
    }

    /// The client of a waiting job has gone, and nobody tells the server: the job keeps its place and will be served
    /// for nothing.
    pub(super) fn orphan_in_queue(&mut self, place: u32, id: u64, since: Time) -> Option<Job> {
        let waiting = self.queue_at(place)?.get_mut(id, since)?;
        let job = *waiting;
        waiting.orphan = true;
        Some(job)
    }

    pub(super) fn take_from_queue(&mut self, now: Time, event: SideEvent, place: u32) -> Option<Job> {
        self.remove_waiting(now, place, event.id, event.since)
    }

    /// Takes the job called `id` that has waited since `since` out of a queue.
    pub(super) fn remove_waiting(&mut self, now: Time, place: u32, id: u64, since: Time) -> Option<Job> {
        let job = self.queue_at(place)?.remove(id, since)?;
        self.waiting.add(now, -1);
        if place != SHARED {
            self.after_departure(place as usize);
        }
        self.poked |= self.watch_backlog;
        Some(job)
    }

    pub(super) fn attempt_failed(&mut self, now: Time, job: Job, fate: Fate) {
        self.interval.failures += 1;
        self.digest.add(Fact::Failed, now, job.id, fate as u64);
        // Whoever calls decides for himself.
        let retrying = self.retrying.as_mut().filter(|_| !job.is_call());
        let retry = retrying.and_then(|retrying| retrying.next_attempt(now, job.attempt(), fate));
        if let Some(at) = retry {
            self.comes_back(job.again(at));
            return;
        }
        self.tallies[usize::from(job.class)].totals.fail(fate);
        self.request_log.ended(now, &job, Some(fate));
        if job.is_call() {
            self.call_failed(job.user, fate);
        } else if job.user != Job::OPEN {
            self.user_goes_on(job.user, TURNAROUND_MIN);
        }
    }

    pub(super) fn park(&mut self, job: Job) -> u32 {
        if let Some(place) = self.parked_free.pop() {
            self.parked[place as usize] = job;
            return place;
        }
        self.parked.push(job);
        (self.parked.len() - 1) as u32
    }

    /// Plans the first request of `user`.
    pub(super) fn user_begins(&mut self, user: u32) {
        let at = self.closed.first_request(self.now, user);
        self.push_side(at, u64::from(user), SideKind::User { user }, at);
    }

    pub(super) fn user_goes_on(&mut self, user: u32, at_least: Span) {
        let at = self.closed.next_request(self.now, user).max(self.now + at_least);
        self.push_side(at, u64::from(user), SideKind::User { user }, at);
    }

    pub(super) fn push_side(&mut self, time: Time, id: u64, kind: SideKind, since: Time) {
        if time == Time::NEVER {
            return;
        }
        self.next_side = self.next_side.min(time);
        self.side.push(Reverse(SideEvent {
            time,
            id,
            kind,
            since,
        }));
    }
}
