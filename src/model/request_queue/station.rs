//! One replica as a queueing station: its service, its waiting line, and what it has done.

use super::job::Job;
use super::processor_sharing::ProcessorSharing;
use super::replica_facts::Owed;
use super::service::Service;
use super::slot_service::SlotService;
use super::wait_queue::WaitQueue;
use crate::engine::{Span, Time};
use crate::stats::Gauge;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How a replica serves the requests it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// In order of arrival, each in a slot of its own.
    Fifo,
    /// By lane (priority of the class), in order of arrival within; a higher lane waits for a slot.
    Priority,
    /// By lane; a higher lane takes the slot of a lower one, which resumes later.
    PreemptivePriority,
    /// All at once, sharing the slots' capacity equally; nobody waits.
    ProcessorSharing,
}

/// A replica's queue and service.
#[derive(Clone, Debug)]
pub struct Station {
    /// Jobs in service.
    pub service: Service,
    /// Jobs that wait here; stays empty when one queue stands in front of all replicas.
    pub queue: WaitQueue,
    /// Slots in use over time.
    pub busy: Gauge,
    /// Whether it has been told to finish what it has and stop.
    pub draining: bool,
    /// Whether it gets no requests for the time being, and goes on with those it has.
    pub resting: bool,
    /// With more slots in use than this its memory has to be looked at.
    pub busy_most: u64,
    /// After more completed requests than this its memory has to be looked at.
    pub served_most: u64,
    /// Requests completed here.
    pub served: u64,
    /// Requests that arrived here.
    pub arrived: u64,
    /// Slots that are taken by requests whose calls to others are out, over time.
    pub held: Gauge,
    /// Requests whose calls to others are out and that take no slot meanwhile.
    pub away: u32,
    /// Whether those count as its requests in flight: not where the queue is in front of all replicas, which asks for
    /// free slots alone.
    pub counts_away: bool,
    slots: u32,
    /// Its slots, while it does not answer and so has none.
    silent: Option<u32>,
}

impl Station {
    /// An idle station with `slots` slots (`None`: no limit) and `lanes` priorities.
    #[must_use]
    pub fn new(now: Time, discipline: Discipline, slots: Option<u32>, lanes: usize) -> Self {
        let slots = slots.unwrap_or(u32::MAX);
        let (service, slots) = match discipline {
            Discipline::ProcessorSharing => (Service::Sharing(ProcessorSharing::new(slots)), u32::MAX),
            _ => (Service::Slots(SlotService::default()), slots),
        };
        Self {
            service,
            queue: WaitQueue::new(lanes),
            busy: Gauge::new(now, 0),
            draining: false,
            resting: false,
            busy_most: u64::MAX,
            served_most: u64::MAX,
            served: 0,
            arrived: 0,
            held: Gauge::new(now, 0),
            away: 0,
            counts_away: true,
            slots,
            silent: None,
        }
    }

    /// It stops answering: requests wait for nothing from now on.
    pub const fn fall_silent(&mut self) {
        if self.silent.is_none() {
            self.silent = Some(self.slots);
            self.slots = 0;
        }
    }

    /// It answers again.
    pub const fn speak(&mut self) {
        if let Some(slots) = self.silent.take() {
            self.slots = slots;
        }
    }

    /// Whether more of its slots are in use than its memory is for, as far as that was said.
    #[must_use]
    #[inline]
    pub fn is_overfull(&self) -> bool {
        self.busy.level() > self.busy_most
    }

    /// Whether it has completed more requests than its memory is for, as far as that was said.
    #[must_use]
    #[inline]
    pub const fn has_served_too_many(&self) -> bool {
        self.served > self.served_most
    }

    /// Whether its memory is watched.
    #[must_use]
    pub const fn is_guarded(&self) -> bool {
        self.busy_most != u64::MAX || self.served_most != u64::MAX
    }

    /// Whether it does not answer.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.silent.is_some()
    }

    /// Jobs in service.
    #[must_use]
    #[inline]
    pub fn in_service(&self) -> usize {
        self.service.len()
    }

    /// Jobs waiting, in service or in a slot that they hold while their calls are out.
    #[must_use]
    #[inline]
    pub fn in_flight(&self) -> u32 {
        let away = if self.counts_away { self.away } else { 0 };
        (self.in_service() + self.queue.len()) as u32 + self.held.level() as u32 + away
    }

    /// Whether nothing at all is there, requests whose calls are out included.
    #[must_use]
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.in_flight() == 0 && self.away == 0
    }

    /// Whether a job could start at once.
    #[must_use]
    #[inline]
    pub fn has_free_slot(&self) -> bool {
        self.in_service() as u64 + self.held.level() < u64::from(self.slots)
    }

    /// When the next job completes, or the [pace](Service::set_pace) changes of its own accord.
    #[must_use]
    #[inline]
    pub fn next_finish(&self) -> Time {
        self.service.next_event()
    }

    /// How long a job that joins the queue at `now` waits for a slot, if that is at most `most`. With `cancels`, jobs whose
    /// client gives up leave queue and slot then. Jobs that share their service wait for nothing. One whose pace changes is
    /// taken to go on as it would in the mean.
    #[must_use]
    pub fn wait_of_newcomer(&self, now: Time, most: Span, cancels: bool) -> Option<Span> {
        let Some(slots) = self.service.slots() else {
            return Some(Span::ZERO);
        };
        let paced = self.service.paced();
        let cut = |end: Time, job: &Job| {
            if cancels && !job.orphan {
                end.min(job.expires)
            } else {
                end
            }
        };
        let steady = paced.map(|paced| paced.steady(now));
        let due = |finish: Time| steady.map_or(finish, |clock| clock.when(finish));
        let mut free: BinaryHeap<Reverse<Time>> = slots
            .finishes()
            .map(|(finish, job)| Reverse(cut(due(finish), job)))
            .collect();
        for job in self.queue.iter() {
            let Reverse(start) = free.pop()?;
            if start > now + most {
                return None;
            }
            let leaves = cancels && !job.orphan && job.expires <= start;
            let end = if leaves {
                start
            } else {
                let lasts = paced.map_or(job.demand, |paced| paced.wall(job.demand));
                cut(start + lasts, job)
            };
            free.push(Reverse(end));
        }
        let Reverse(start) = free.pop()?;
        (start <= now + most).then(|| start.since(now))
    }

    /// Service it owes to all its requests at `now`.
    #[must_use]
    pub fn owed(&self, now: Time) -> Owed {
        let waiting = self.queue.iter().map(|job| job.demand.nanos());
        let waiting = Span::from_nanos(waiting.sum());
        match &self.service {
            Service::Slots(slots) => {
                let begun = slots.finishes().map(|(finish, _)| finish.since(now).nanos());
                Owed {
                    at: now,
                    work: waiting + Span::from_nanos(begun.sum()),
                    running: slots.len() as u32,
                }
            }
            Service::Sharing(sharing) => {
                let (at, begun) = sharing.owed();
                Owed {
                    at,
                    work: waiting + begun,
                    running: sharing.running(),
                }
            }
            Service::Paced(paced) => {
                let (at, begun) = paced.owed(now);
                Owed {
                    at,
                    work: waiting + begun,
                    running: paced.running(),
                }
            }
        }
    }

    /// Puts `job` in service at `now`. Returns when it will finish, if that is known already.
    #[inline(always)]
    pub fn start(&mut self, now: Time, job: Job) -> Option<Time> {
        match &mut self.service {
            Service::Slots(slots) => {
                self.busy.add(now, 1);
                Some(slots.start(now, job))
            }
            other => {
                let before = other.running();
                other.join(now, job);
                let after = other.running();
                self.busy.add(now, i64::from(after) - i64::from(before));
                None
            }
        }
    }

    /// The job due at `now` completes and leaves.
    #[inline(always)]
    pub fn finish(&mut self, now: Time) -> Option<Job> {
        self.served += 1;
        match &mut self.service {
            Service::Slots(slots) => {
                self.busy.add(now, -1);
                slots.finish()
            }
            other => {
                let before = other.running();
                let job = other.finish(now);
                self.busy.add(now, i64::from(other.running()) - i64::from(before));
                job
            }
        }
    }

    /// The job due at `now` has been served and its calls go out; with `hold` it keeps its slot meanwhile.
    #[inline(always)]
    pub fn finish_and_call(&mut self, now: Time, hold: bool) -> Option<Job> {
        if hold && self.service.slots().is_some() {
            self.served += 1;
            self.held.add(now, 1);
            return self.service.finish(now);
        }
        self.away += 1;
        self.finish(now)
    }

    /// A request whose calls were out leaves at `now`; with `held` it gives its slot back.
    #[inline(always)]
    pub fn end_calls(&mut self, now: Time, held: bool) {
        if held && self.service.slots().is_some() {
            self.held.add(now, -1);
            self.busy.add(now, -1);
        } else {
            self.away -= 1;
        }
    }

    /// Slots × ns in which requests were really served, since the last reset.
    #[must_use]
    pub fn worked(&self, now: Time) -> u128 {
        self.busy.integral_until(now).saturating_sub(self.idled(now))
    }

    /// Slots × ns in which requests only waited for their calls, stood still, or went on slowly as much as that, since the
    /// last reset.
    #[must_use]
    pub fn idled(&self, now: Time) -> u128 {
        let lost = self.service.paced().map_or(0, |paced| paced.lost(now));
        self.held.integral_until(now) + lost
    }

    /// Measures anew.
    pub fn reset_statistics(&mut self, now: Time) {
        self.busy.reset(now);
        self.held.reset(now);
        if let Service::Paced(paced) = &mut self.service {
            paced.reset(now);
        }
    }

    /// What is due at `now` is a change of pace and no completion: it has been dealt with.
    #[must_use]
    pub fn turns(&mut self, now: Time) -> bool {
        match &mut self.service {
            Service::Paced(paced) => paced.turn(now),
            Service::Slots(_) | Service::Sharing(_) => false,
        }
    }

    /// Takes the job called `id` out of service at `now`.
    pub fn remove_from_service(&mut self, now: Time, id: u64) -> Option<Job> {
        let before = self.service.running();
        let job = self.service.remove(now, id)?;
        let after = self.service.running();
        self.busy.add(now, i64::from(after) - i64::from(before));
        Some(job)
    }

    /// The job in service called `id`, for marking it.
    pub fn in_service_mut(&mut self, id: u64) -> Option<&mut Job> {
        self.service.get_mut(id)
    }

    /// The job to put off in favour of one in lane `lane`, if any may be.
    #[must_use]
    pub fn preemptible(&self, lane: u8) -> Option<u64> {
        self.service.slots()?.preemptible(lane)
    }

    /// Everything stops at `now`: takes out all jobs, in service first, each in order of id. Those whose calls are out
    /// are not here; who has them [ends](Self::end_calls) them.
    pub fn stop(&mut self, now: Time) -> Vec<Job> {
        let mut jobs = self.service.drain(now);
        let running = (self.busy.level() - self.held.level()) as i64;
        self.busy.add(now, -running);
        jobs.extend(self.queue.drain());
        jobs
    }
}

#[cfg(test)]
mod tests {
    use super::{Discipline, Job, Station};
    use crate::engine::{Span, Time};
    use proptest::prelude::*;

    proptest! {
        /// A probe must be told to wait exactly as long as a request that really joins the queue.
        #[test]
        fn a_newcomer_is_told_the_wait_it_would_have(demands in prop::collection::vec(1u64..50, 0..40), slots in 1u32..5) {
            let mut station = Station::new(Time::ZERO, Discipline::Fifo, Some(slots), 1);
            for (id, &demand) in demands.iter().enumerate() {
                if station.has_free_slot() {
                    station.start(Time::ZERO, Job::plain(id as u64, demand));
                } else {
                    station.queue.push_back(Job::plain(id as u64, demand));
                }
            }
            let told = |most| station.wait_of_newcomer(Time::ZERO, Span::from_nanos(most), false);
            let idle = station.has_free_slot();
            let mut real = station.clone();
            real.queue.push_back(Job::plain(1000, 1));
            let mut wait = Time::ZERO;
            while !idle && !real.queue.is_empty() {
                wait = real.next_finish();
                let _ = real.finish(wait);
                if let Some(next) = real.queue.pop_front() {
                    real.start(wait, next);
                }
            }
            let wait = wait.nanos();
            if !idle {
                prop_assert_eq!(told(u64::MAX / 2), Some(Span::from_nanos(wait)));
                prop_assert_eq!(told(wait), Some(Span::from_nanos(wait)), "just in time");
                prop_assert_eq!(told(wait - 1), None);
            }
        }
    }
}
