//! Replicas that have stopped answering and that nobody has found out about, and those that come back.
//!
//! Knows: what becomes of their requests. Must not know: machines, or how anybody finds out.
//!
//! What a replica had is lost when it falls silent. Until it is taken from the ready ones, requests still go to it: they
//! wait there for nothing, until their clients give up or it is taken away.

use super::plane::{Serving, StationId};
use super::tally::Fate;
use crate::engine::Time;
use crate::model::request_queue::ReplicaFacts;
use crate::policy::routing::End;

impl Serving {
    /// A replica stops answering at `now`; returns how many requests are lost. A worker that fetches its requests itself
    /// gets no more.
    pub fn silence_replica(&mut self, now: Time, id: StationId) -> u64 {
        self.now = now;
        let station = &mut self.stations[id];
        if !station.is_silent() {
            station.fall_silent();
            self.silent += 1;
        }
        if self.queueing.shared {
            self.take_no_more(now, id);
        }
        let lost = self.lose_jobs(now, id);
        self.begin_anew(id);
        lost
    }

    /// A silent replica gets no more requests from `now` on; returns how many that waited there are lost.
    pub fn hide_replica(&mut self, now: Time, id: StationId) -> u64 {
        self.now = now;
        self.take_no_more(now, id);
        self.lose_jobs(now, id)
    }

    /// A replica that was silent answers again at `now`, and takes requests if it did not.
    pub fn answer_again(&mut self, now: Time, id: StationId) {
        self.now = now;
        if self.stations[id].is_silent() {
            self.stations[id].speak();
            self.silent -= 1;
        }
        self.begin_anew(id);
        if !self.replicas.contains(id) {
            // Its work before counts with that of the ready ones again.
            let before = self.stations[id].busy.integral_until(now);
            self.left_busy = self.left_busy.saturating_sub(before);
            // It is new to whoever sends requests.
            let facts = ReplicaFacts {
                since: now,
                ..self.replicas.facts_of(id)
            };
            self.replicas.introduce(id, facts);
            self.replicas.join(id, self.stations[id].in_flight());
        }
        while self.stations[id].has_free_slot() {
            let next = match self.queueing.shared {
                true => self.shared.pop_front(),
                false => self.stations[id].queue.pop_front(),
            };
            let Some(job) = next else { break };
            self.leave_queue_for(now, id, job);
        }
        self.end_if_done(now, id);
    }

    fn lose_jobs(&mut self, now: Time, id: StationId) -> u64 {
        let station = &mut self.stations[id];
        let (in_service, queued) = (station.in_service() as i64, station.queue.len() as i64);
        let jobs = station.stop(now);
        self.in_service.add(now, -in_service);
        self.waiting.add(now, -queued);
        self.clock.set(id, Time::NEVER);
        if self.track_loads && self.replicas.contains(id) {
            self.replicas.set(id, 0);
            if self.heeds {
                self.heed(id);
            }
        }
        self.poked |= self.watch_backlog && !jobs.is_empty();
        let mut lost = jobs.iter().filter(|job| !job.orphan).count() as u64;
        for job in jobs.into_iter().filter(|job| !job.orphan) {
            self.tell_end_at(now, id as u32, &job, End::Failed);
            if !self.worker_gone(now, job) {
                self.attempt_failed(now, job, Fate::Lost);
            }
        }
        lost += self.lose_open_requests(now, id);
        lost
    }
}
