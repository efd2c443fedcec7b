//! The caller's side: requests that have been served and whose calls are out.
//!
//! Knows: which requests of one workload wait for answers, and what becomes of them. Must not know: other workloads. What
//! has to be told to them goes into the outbox, which whoever runs the workloads in step empties at the same instant.

use super::super::plane::{SHARED, Serving, SideKind, StationId};
use super::super::tally::Fate;
use crate::engine::arena::{Arena, Id};
use crate::engine::digest::Fact;
use crate::engine::{Span, Time};
use crate::model::request_queue::Job;
use crate::policy::routing::End;
use crate::stats::Gauge;

/// A request whose calls are out.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct OpenRequest {
    pub(in super::super) job: Job,
    pub(in super::super) station: u32,
    /// The step of calls it is at.
    pub(super) step: u16,
    /// Calls of the step that have not ended.
    pub(super) out: u16,
    /// A call it needs has failed: no further step.
    pub(super) failed: bool,
    /// Head of the list of its calls.
    pub(super) first_call: u32,
}

pub(super) type OpenId = Id<OpenRequest>;

/// No call.
pub(super) const NO_CALL: u32 = u32::MAX;

/// What others have to hear of.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Message {
    /// A request has been served, its calls are due.
    Served(OpenId),
    /// A request that somebody waits for was answered, or leaves for elsewhere: who waits, its class and when they give up.
    Left { user: u32, class: u8, expires: Time },
    /// A call has failed at this end.
    Failed { user: u32, fate: Fate },
    /// A call was not let out.
    Broken { user: u32, at: Time },
    /// Another replica has taken the place of a station's.
    Anew { station: u32 },
    /// A request is no more; these calls of it are out.
    Dropped { first_call: u32 },
}

/// What a workload that has to do with others keeps beside its queues.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Links {
    /// Whether its requests make calls.
    pub(super) calls: bool,
    /// Whether they keep their slots meanwhile.
    pub(super) hold_slot: bool,
    /// Whether they may leave for another workload.
    pub(super) forwards: bool,
    pub(in super::super) opens: Arena<OpenRequest>,
    /// Requests whose calls are out, over time.
    pub(in super::super) calling: Gauge,
    pub(super) outbox: Vec<Message>,
}

impl Serving {
    /// From now on requests have to do with other workloads.
    pub(super) fn link(&mut self, calls: bool, hold_slot: bool, forwards: bool) {
        self.links = Some(Box::new(Links {
            calls,
            hold_slot,
            forwards,
            ..Links::default()
        }));
    }

    /// A request whose calls are out, for change.
    pub(super) fn open_request(&mut self, open: OpenId) -> Option<&mut OpenRequest> {
        self.links.as_mut()?.opens.get_mut(open)
    }

    /// Whether whoever runs the workload has to look at it from outside.
    pub(super) const fn wants_attention(&self) -> bool {
        self.poked || !self.drained.is_empty()
    }

    /// A request has left well, and somebody waits for it or it may go elsewhere.
    #[inline(always)]
    pub(in super::super) fn leave(&mut self, job: &Job) {
        match &mut self.links {
            Some(links) if links.forwards || job.is_call() => links.outbox.push(Message::Left {
                user: job.user,
                class: job.class,
                expires: job.expires,
            }),
            _ if job.user != Job::OPEN => self.user_goes_on(job.user, Span::ZERO),
            _ => {}
        }
    }

    /// A request that was sent for a call has failed.
    pub(in super::super) fn call_failed(&mut self, user: u32, fate: Fate) {
        if let Some(links) = &mut self.links {
            links.outbox.push(Message::Failed { user, fate });
        }
    }

    /// What is to be told to others, in order.
    pub(super) fn outbox(&mut self) -> Option<&mut Vec<Message>> {
        self.links.as_mut().map(|links| &mut links.outbox)
    }

    /// Whether requests make calls after their own service.
    #[inline(always)]
    pub(in super::super) fn makes_calls(&self) -> bool {
        self.links.as_ref().is_some_and(|links| links.calls)
    }

    /// The job due at station `id` has been served; its calls go out.
    pub(in super::super) fn complete_and_call(&mut self, now: Time, id: StationId) {
        let Some(links) = &mut self.links else { return };
        let hold = links.hold_slot;
        let Some(job) = self.stations[id].finish_and_call(now, hold) else {
            return;
        };
        self.in_service.add(now, -1);
        links.calling.add(now, 1);
        let open = links.opens.insert(OpenRequest {
            job,
            station: id as u32,
            step: 0,
            out: 0,
            failed: false,
            first_call: NO_CALL,
        });
        links.outbox.push(Message::Served(open));
        if job.expires != Time::NEVER && !job.orphan {
            let kind = SideKind::CallsTimedOut { open: open.slot() };
            self.push_side(job.expires, job.id, kind, job.since);
        }
        if hold {
            self.clock.set(id, self.stations[id].next_finish());
        } else {
            self.fill_slot(now, id);
        }
        self.heed_memory(id);
    }

    /// A replica has begun at a station, perhaps in the place of another.
    pub(in super::super) fn station_begins(&mut self, id: StationId) {
        if let Some(links) = &mut self.links {
            links.outbox.push(Message::Anew { station: id as u32 });
        }
    }

    /// The calls of a request have ended, well or not; it is over here.
    pub(super) fn calls_ended(&mut self, now: Time, open: OpenId, well: bool) {
        self.now = now;
        let Some(request) = self.close(now, open) else {
            return;
        };
        let job = request.job;
        if well {
            self.tell_end_at(now, request.station, &job, End::Answered);
            self.job_done(now, job);
        } else if !job.orphan {
            self.tell_end_at(now, request.station, &job, End::Failed);
            self.attempt_failed(now, job, Fate::CallFailed);
        } else {
            self.wasted += 1;
        }
    }

    /// The client of a request whose calls are out gives up.
    pub(in super::super) fn calls_timed_out(&mut self, now: Time, id: u64, slot: u32) {
        let Some(links) = &mut self.links else { return };
        let Some(open) = links
            .opens
            .at_slot(slot)
            .filter(|&open| links.opens[open].job.id == id && !links.opens[open].job.orphan)
        else {
            return;
        };
        self.give_up(now, open, Fate::TimedOut);
    }

    /// Who asked for the request `open` has gone.
    fn give_up(&mut self, now: Time, open: OpenId, fate: Fate) {
        let cancels = self.cancel_on_timeout;
        let Some(links) = &mut self.links else { return };
        let request = &mut links.opens[open];
        let (job, station) = (request.job, request.station);
        if cancels {
            let first_call = request.first_call;
            links.outbox.push(Message::Dropped { first_call });
            self.close(now, open);
        } else {
            request.job.orphan = true;
        }
        let end = if fate == Fate::Cancelled {
            End::Left
        } else {
            End::Failed
        };
        self.tell_end_at(now, station, &job, end);
        self.attempt_failed(now, job, fate);
    }

    /// Takes `open` out of the requests whose calls are out, and gives its slot to the next.
    fn close(&mut self, now: Time, open: OpenId) -> Option<OpenRequest> {
        let links = self.links.as_mut()?;
        let request = links.opens.remove(open)?;
        links.calling.add(now, -1);
        let (hold, id) = (links.hold_slot, request.station as usize);
        self.stations[id].end_calls(now, hold);
        if hold {
            self.fill_slot(now, id);
        } else {
            self.after_departure(id);
        }
        Some(request)
    }

    /// Everything that `id` has calls out for is lost; returns how many requests.
    pub(in super::super) fn lose_open_requests(&mut self, now: Time, id: StationId) -> u64 {
        let Some(links) = &mut self.links else { return 0 };
        let at_station = |&(_, request): &(OpenId, &OpenRequest)| request.station as usize == id;
        let gone: Vec<OpenId> = links
            .opens
            .iter()
            .filter(at_station)
            .map(|(open, _)| open)
            .collect();
        let mut lost = 0;
        for open in gone {
            let Some(links) = &mut self.links else { break };
            let Some(request) = links.opens.remove(open) else {
                continue;
            };
            links.calling.add(now, -1);
            links.outbox.push(Message::Dropped {
                first_call: request.first_call,
            });
            let hold = links.hold_slot;
            self.stations[id].end_calls(now, hold);
            if !request.job.orphan {
                lost += 1;
                self.tell_end_at(now, request.station, &request.job, End::Failed);
                self.attempt_failed(now, request.job, Fate::Lost);
            }
        }
        lost
    }

    /// A call comes: a request that somebody else's request waits for. Returns its id here.
    pub(super) fn call_comes(
        &mut self,
        now: Time,
        class: usize,
        demand: Span,
        user: u32,
        expires: Time,
    ) -> u64 {
        self.now = now;
        let id = Job::id_of(self.requests, 0);
        self.requests += 1;
        self.tallies[class].totals.arrived += 1;
        self.digest.add(Fact::Arrived, now, id, demand.nanos());
        let job = Job {
            id,
            born: now,
            since: now,
            waited: Span::ZERO,
            demand,
            work: demand,
            expires,
            user,
            class: class as u8,
            lane: self.lanes[class],
            orphan: false,
        };
        self.enter(now, job);
        id
    }

    /// Whoever waited for the call that came as request `id` at `since` has gone: it is dropped where requests are, or
    /// worked at for nothing.
    pub(super) fn call_given_up(&mut self, now: Time, id: u64, since: Time) {
        self.now = now;
        let cancels = self.cancel_on_timeout;
        let open = self.links.as_ref().and_then(|links| {
            let found = links.opens.iter().find(|(_, request)| request.job.id == id);
            found.map(|(open, _)| open)
        });
        if let Some(open) = open {
            self.give_up(now, open, Fate::Cancelled);
            return;
        }
        let places = std::iter::once(SHARED).chain(0..self.stations.len() as u32);
        for place in places {
            // One that was put off by a preemption has joined the queue again since.
            let put_off = self.queue_at(place).and_then(|queue| queue.put_off(id));
            let since = put_off.unwrap_or(since);
            let found = if cancels {
                self.remove_waiting(now, place, id, since)
            } else {
                self.orphan_in_queue(place, id, since)
            };
            let found = found.or_else(|| self.leave_service(now, place, id));
            if let Some(job) = found {
                self.tell_end_at(now, place, &job, End::Left);
                self.attempt_failed(now, job, Fate::Cancelled);
                return;
            }
        }
    }

    /// Whether it has to do with other workloads.
    #[must_use]
    pub const fn is_linked(&self) -> bool {
        self.links.is_some()
    }

    /// Requests whose calls are out.
    #[must_use]
    pub fn calling(&self) -> u64 {
        self.links.as_ref().map_or(0, |links| links.calling.level())
    }

    /// Requests whose calls are out, over time since the last reset; `None` where requests make no calls.
    #[must_use]
    pub fn calling_gauge(&self) -> Option<&Gauge> {
        let links = self.links.as_ref().filter(|links| links.calls)?;
        Some(&links.calling)
    }
}
