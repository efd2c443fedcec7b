//! A request's way in: class and demand, the replica that is to serve it, a slot or a queue.

use super::plane::{SHARED, Serving, SideKind, StationId, next_of};
use super::tally::Fate;
use super::telling::asking;
use crate::engine::digest::Fact;
use crate::engine::{Span, Stream, Time};
use crate::model::request_queue::{Discipline, Job};
use crate::policy::routing::End;
use rand::RngExt;

impl Serving {
    pub(super) fn find_next_open(&mut self) {
        let earliest = self
            .loads
            .iter()
            .enumerate()
            .min_by_key(|&(index, load)| (load.next.at, index));
        (self.next_load, self.next_open) =
            earliest.map_or((0, Time::NEVER), |(index, load)| (index, load.next.at));
    }

    #[inline(always)]
    pub(super) fn open_arrival(&mut self) {
        let now = self.now;
        let (class, demand) = self.take_arrival();
        if self.loads.len() == 1 {
            self.next_open = self.loads[0].next.at;
        } else {
            self.find_next_open();
        }
        self.new_request(now, class, demand, Job::OPEN);
    }

    /// Takes the next open arrival: its class and demand. The source is asked for the one after it.
    #[inline(always)]
    pub(super) fn take_arrival(&mut self) -> (usize, Span) {
        let load = &mut self.loads[self.next_load];
        let arrival = load.next;
        let class = match arrival.class {
            Some(class) => usize::from(class).min(self.demands.len() - 1),
            None => draw_class(&self.class_bounds, &mut load.class),
        };
        let demand = match arrival.demand {
            Some(demand) => demand,
            None => self.demands[class].sample_span(&mut load.demand),
        };
        load.next = next_of(&mut load.source);
        (class, demand)
    }

    #[inline(always)]
    pub(super) fn new_request(&mut self, now: Time, class: usize, demand: Span, user: u32) {
        let id = Job::id_of(self.requests, 0);
        self.requests += 1;
        self.tallies[class].totals.arrived += 1;
        self.digest.add(Fact::Arrived, now, id, demand.nanos());
        if let Some(retrying) = &mut self.retrying {
            retrying.on_request(now);
        }
        let job = Job {
            id,
            born: now,
            since: now,
            waited: Span::ZERO,
            demand,
            work: demand,
            expires: Time::NEVER,
            user,
            class: class as u8,
            lane: self.lanes[class],
            orphan: false,
        };
        self.attempt(now, job);
    }

    /// An attempt reaches the workload.
    #[inline(always)]
    pub(super) fn attempt(&mut self, now: Time, mut job: Job) {
        if let Some(timeout) = self.timeout {
            job.expires = now + timeout;
        }
        self.enter(now, job);
    }

    /// An attempt reaches the workload, with the time at which it has failed in it.
    #[inline(always)]
    pub(super) fn enter(&mut self, now: Time, job: Job) {
        self.tallies[usize::from(job.class)].totals.attempts += 1;
        self.interval.arrivals += 1;
        if self.queueing.shared {
            self.arrive_shared(now, job);
        } else {
            self.arrive_routed(now, job);
        }
        self.poked |= self.watch_backlog | self.watch_arrivals;
        self.watch_arrivals = false;
    }

    pub(super) fn arrive_shared(&mut self, now: Time, job: Job) {
        let free = self
            .replicas
            .least_loaded_from(0)
            .map(|place| self.replicas.station(place))
            .filter(|&station| self.stations[station].has_free_slot());
        if let Some(station) = free {
            self.stations[station].arrived += 1;
            self.start(now, station, job, false);
        } else if !self.try_preempt(now, job) {
            if self.shared.len() >= self.queue_limit {
                self.attempt_failed(now, job, Fate::Refused);
            } else {
                self.shared.push_back(job);
                self.joined_queue(now, job, SHARED);
            }
        }
    }

    /// With one queue for all, preemption looks at every replica.
    pub(super) fn try_preempt(&mut self, now: Time, job: Job) -> bool {
        if self.discipline != Discipline::PreemptivePriority {
            return false;
        }
        let victim = (0..self.replicas.len()).find_map(|place| {
            let station = self.replicas.station(place);
            self.stations[station]
                .preemptible(job.lane)
                .map(|id| (station, id))
        });
        victim.is_some_and(|(station, id)| self.preempt(now, station, id, job))
    }

    #[inline(always)]
    pub(super) fn arrive_routed(&mut self, now: Time, job: Job) {
        let picked = self
            .routing
            .pick(now, asking(&job), &self.replicas, &mut self.routing_stream);
        let Some(place) = picked else {
            self.attempt_failed(now, job, Fate::Refused);
            return;
        };
        let id = self.replicas.station(place);
        let station = &mut self.stations[id];
        station.arrived += 1;
        if station.has_free_slot() {
            self.start(now, id, job, false);
            return;
        }
        if self.discipline == Discipline::PreemptivePriority
            && let Some(victim) = station.preemptible(job.lane)
        {
            self.preempt(now, id, victim, job);
            return;
        }
        // Nobody is there who would refuse it.
        if station.queue.len() >= self.queue_limit && !station.is_silent() {
            self.tell_end_at(now, id as u32, &job, End::Failed);
            self.attempt_failed(now, job, Fate::Refused);
            return;
        }
        station.queue.push_back(job);
        if self.track_loads {
            self.replicas.set(id, station.in_flight());
        }
        self.joined_queue(now, job, id as u32);
        if self.heeds {
            self.heed(id);
        }
    }

    /// `job` takes the slot of `victim`, which goes back to the head of its lane with what remains of its demand.
    pub(super) fn preempt(&mut self, now: Time, id: StationId, victim: u64, job: Job) -> bool {
        let Some(mut put_off) = self.stations[id].remove_from_service(now, victim) else {
            return false;
        };
        put_off.since = now;
        self.in_service.add(now, -1);
        if self.queueing.shared {
            self.shared.push_front(put_off);
            self.joined_queue(now, put_off, SHARED);
        } else {
            self.stations[id].queue.push_front(put_off);
            self.joined_queue(now, put_off, id as u32);
        }
        self.start(now, id, job, false);
        true
    }

    #[inline(always)]
    pub(super) fn joined_queue(&mut self, now: Time, job: Job, place: u32) {
        self.waiting.add(now, 1);
        if job.orphan {
            // Put off in mid-service after its client had gone: nobody is left who could lose patience again.
            return;
        }
        if job.expires != Time::NEVER {
            self.push_side(job.expires, job.id, SideKind::TimedOut { place }, job.since);
        }
        if let Some((patience, stream)) = &mut self.patience
            && !job.is_call()
        {
            let leaves = now + patience.sample_span(stream);
            self.push_side(leaves, job.id, SideKind::Impatient { place }, job.since);
        }
    }
}

/// A class by the cumulative shares; no draw for a single one.
#[inline(always)]
pub(super) fn draw_class(bounds: &[f64], stream: &mut Stream) -> usize {
    if bounds.len() == 1 {
        return 0;
    }
    let point: f64 = stream.random();
    bounds
        .iter()
        .position(|&bound| point < bound)
        .unwrap_or(bounds.len() - 1)
}
