//! Replicas come, drain and go, as a serving workload sees it.

use super::plane::{Serving, StationId};
use super::tally::Fate;
use crate::engine::{Span, Time};
use crate::model::request_queue::{ReplicaFacts, Station};
use crate::policy::routing::End;

impl Serving {
    /// A replica starts taking requests at `now`. One that ends where there is no work may have [ended](Self::take_drained)
    /// at once.
    pub fn add_replica(&mut self, now: Time) -> StationId {
        self.add_known_replica(now, 1.0, None)
    }

    /// The same of one that the router [knows](crate::policy::routing::Routing::know): its weight, more than zero, and the
    /// number of its zone.
    pub fn add_known_replica(&mut self, now: Time, weight: f64, zone: Option<u16>) -> StationId {
        self.now = now;
        let mut station = Station::new(now, self.discipline, self.slots, self.lane_count);
        station.counts_away = !self.queueing.shared;
        let id = if let Some(id) = self.stations_free.pop() {
            self.stations[id] = station;
            id
        } else {
            self.stations.push(station);
            self.stations.len() - 1
        };
        self.station_begins(id);
        let facts = ReplicaFacts {
            ordinal: self.replicas_ever,
            weight,
            zone,
            since: now,
        };
        self.replicas_ever += 1;
        self.replicas.introduce(id, facts);
        self.replicas.join(id, 0);
        self.clock.set(id, Time::NEVER);
        while self.stations[id].has_free_slot()
            && let Some(job) = self.shared.pop_front()
        {
            self.leave_queue_for(now, id, job);
        }
        self.end_if_done(now, id);
        id
    }

    /// A replica takes no new requests from `now` and finishes those it has. Returns whether it has none already.
    pub fn drain_replica(&mut self, now: Time, id: StationId) -> bool {
        self.now = now;
        self.take_no_more(now, id);
        let idle = self.stations[id].is_idle();
        self.draining += u32::from(!idle && !self.stations[id].draining);
        self.stations[id].draining |= !idle;
        idle
    }

    /// A replica gets no requests from `now` on until it [answers again](Self::answer_again); it goes on with those it has.
    pub fn rest_replica(&mut self, now: Time, id: StationId) {
        self.now = now;
        self.take_no_more(now, id);
        self.resting += u32::from(!self.stations[id].resting);
        self.stations[id].resting = true;
    }

    /// From now on a replica interrupts when more than `slots` of its slots are in use, and when it has completed more than
    /// `requests` from now on; `None`: however many.
    pub fn guard_replica(&mut self, id: StationId, slots: Option<u32>, requests: Option<u64>) {
        let station = &mut self.stations[id];
        station.busy_most = slots.map_or(u64::MAX, u64::from);
        station.served_most = requests.map_or(u64::MAX, |more| station.served.saturating_add(more));
        self.guarded |= slots.is_some() || requests.is_some();
        if station.is_overfull() {
            self.drained.push(id);
        }
    }

    /// A replica neither drains nor rests from now on.
    pub(super) fn begin_anew(&mut self, id: StationId) {
        let station = &mut self.stations[id];
        self.draining -= u32::from(std::mem::take(&mut station.draining));
        self.resting -= u32::from(std::mem::take(&mut station.resting));
        self.drained.retain(|&drained| drained != id);
    }

    /// How long a request that is sent to a replica at `now`, and asks for nothing, waits for its turn there: `None` if
    /// longer than `most`, if the queue is full or if the replica does not answer. Patience is not foreseen.
    #[must_use]
    pub fn wait_of_newcomer(&self, now: Time, id: StationId, most: Span) -> Option<Span> {
        let station = &self.stations[id];
        if station.is_silent() {
            return None;
        }
        if station.has_free_slot() {
            return Some(Span::ZERO);
        }
        if station.queue.len() >= self.queue_limit {
            return None;
        }
        station.wait_of_newcomer(now, most, self.cancel_on_timeout)
    }

    /// A replica is gone at `now`; what it still held is lost. Returns its station's record and the number lost.
    pub fn remove_replica(&mut self, now: Time, id: StationId) -> (Station, u64) {
        self.now = now;
        self.take_no_more(now, id);
        let station = &mut self.stations[id];
        self.draining -= u32::from(station.draining);
        self.resting -= u32::from(station.resting);
        (station.draining, station.resting) = (false, false);
        self.silent -= u32::from(station.is_silent());
        let in_service = station.in_service() as i64;
        let queued = station.queue.len() as i64;
        let jobs = station.stop(now);
        self.in_service.add(now, -in_service);
        self.waiting.add(now, -queued);
        self.clock.set(id, Time::NEVER);
        self.retired_busy += self.stations[id].busy.integral_until(now);
        self.retired_idled += self.stations[id].idled(now);
        self.paced -= u32::from(self.stations[id].service.paced().is_some());
        self.drained.retain(|&drained| drained != id);
        let mut lost = jobs.iter().filter(|job| !job.orphan).count() as u64;
        self.poked |= self.watch_backlog && !jobs.is_empty();
        for job in jobs.into_iter().filter(|job| !job.orphan) {
            self.tell_end_at(now, id as u32, &job, End::Failed);
            if !self.worker_gone(now, job) {
                self.attempt_failed(now, job, Fate::Lost);
            }
        }
        lost += self.lose_open_requests(now, id);
        let gone = std::mem::replace(
            &mut self.stations[id],
            Station::new(now, self.discipline, self.slots, 1),
        );
        self.stations_free.push(id);
        (gone, lost)
    }

    /// A replica leaves the ready ones, if it was one of them; its work up to now stays in their account.
    pub(super) fn take_no_more(&mut self, now: Time, id: StationId) {
        if self.replicas.contains(id) {
            self.replicas.leave(id);
            self.left_busy += self.stations[id].busy.integral_until(now);
        }
    }
}
