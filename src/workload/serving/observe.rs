//! What can be seen of a serving workload from outside, and the start of measuring.

use super::interval::IntervalStats;
use super::plane::{Serving, StationId};
use super::tally::{RequestTotals, Tally};
use crate::engine::{Digest, Time};
use crate::model::request_queue::{Job, Station, WaitQueue};
use crate::policy::routing::BalancingRecord;
use crate::stats::Gauge;

impl Serving {
    /// A replica's queue and service.
    #[must_use]
    pub fn station(&self, id: StationId) -> &Station {
        &self.stations[id]
    }

    /// What ejection and locality came to since the last reset, where there are some.
    #[must_use]
    pub fn balancing(&self) -> Option<BalancingRecord> {
        self.routing.balancing()
    }

    /// Requests waiting anywhere.
    #[must_use]
    pub fn queued(&self) -> u64 {
        self.waiting.level()
    }

    /// Requests in service anywhere.
    #[must_use]
    pub fn in_service(&self) -> u64 {
        self.in_service.level()
    }

    /// Requests waiting, over time since the last reset.
    #[must_use]
    pub const fn waiting_gauge(&self) -> &Gauge {
        &self.waiting
    }

    /// Requests in service, over time since the last reset.
    #[must_use]
    pub const fn in_service_gauge(&self) -> &Gauge {
        &self.in_service
    }

    /// Slots in use × ns over the replicas that take requests, since the last reset: what a replica does after it was
    /// asked to stop is not in it, as it is not in the time of ready replicas. At most their slots × ns.
    #[must_use]
    pub fn ready_busy_integral(&self, now: Time) -> u128 {
        let ready: u128 = self
            .replica_stations()
            .filter(|&(id, _)| self.replicas.contains(id))
            .map(|(_, station)| station.busy.integral_until(now))
            .sum();
        ready + self.left_busy
    }

    /// Slots in use × ns over all replicas since the last reset, those that finish what they have included.
    #[must_use]
    pub fn busy_integral(&self, now: Time) -> u128 {
        let live: u128 = self
            .replica_stations()
            .map(|(_, station)| station.busy.integral_until(now))
            .sum();
        live + self.retired_busy
    }

    /// The same without [idle](Station::idled) slots: the time for which work was done.
    #[must_use]
    pub fn worked_integral(&self, now: Time) -> u128 {
        self.busy_integral(now).saturating_sub(self.idled_integral(now))
    }

    /// Slots × ns over all replicas, since the last reset, in which no work was done though they were in use: requests
    /// waited for their calls, or were slowed.
    #[must_use]
    pub fn idled_integral(&self, now: Time) -> u128 {
        if self.links.is_none() && !self.ever_paced {
            return 0;
        }
        let live: u128 = self.stations.iter().map(|station| station.idled(now)).sum();
        live + self.retired_idled
    }

    /// Every replica that takes requests, drains, rests or is silent.
    pub fn replica_stations(&self) -> impl Iterator<Item = (StationId, &Station)> {
        self.stations.iter().enumerate().filter(|&(id, station)| {
            let is_apart = station.draining || station.resting || station.is_silent();
            is_apart || self.replicas.contains(id)
        })
    }

    /// Records per class.
    #[must_use]
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// Counts over all classes since the start.
    #[must_use]
    pub fn totals(&self) -> RequestTotals {
        self.tallies
            .iter()
            .fold(RequestTotals::default(), |sum, tally| sum.plus(&tally.totals))
    }

    /// What happened since the last sample; the caller resets it.
    pub fn interval_mut(&mut self) -> &mut IntervalStats {
        &mut self.interval
    }

    /// Why a load ended before its end, if one did: a stream of arrivals that broke while it was read.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        let ended = self.loads.iter().filter(|load| load.next.at == Time::NEVER);
        ended.filter_map(|load| load.source.fault()).next()
    }

    /// The digest of what happened to requests.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Services completed for clients that had gone.
    #[must_use]
    pub const fn wasted(&self) -> u64 {
        self.wasted
    }

    /// Services under way, or put off by a preemption, for clients that have gone.
    #[must_use]
    pub fn orphans(&self) -> u64 {
        let waiting = |queue: &WaitQueue| queue.iter().filter(|job| job.orphan).count();
        let count = |station: &Station| {
            waiting(&station.queue) + station.service.jobs().filter(|job| job.orphan).count()
        };
        let opens = self.links.iter().flat_map(|links| links.opens.iter());
        let calling = opens.filter(|(_, request)| request.job.orphan).count();
        (waiting(&self.shared) + self.stations.iter().map(count).sum::<usize>() + calling) as u64
    }

    /// Requests that a call of another workload's request waits for.
    #[must_use]
    pub fn calls_present(&self) -> u64 {
        let waited_for = |job: &Job| u64::from(job.is_call() && !job.orphan);
        let at = |station: &Station| {
            let served: u64 = station.service.jobs().map(waited_for).sum();
            served + station.queue.iter().map(waited_for).sum::<u64>()
        };
        let opens = self.links.iter().flat_map(|links| links.opens.iter());
        let calling: u64 = opens.map(|(_, request)| waited_for(&request.job)).sum();
        calling + self.shared.iter().map(waited_for).sum::<u64>() + self.stations.iter().map(at).sum::<u64>()
    }

    /// Little's law without a limit or a rate: requests in the system × ns since the last reset, and the times they have
    /// spent in it since then. The two are counted apart, at changes of levels and at ends of requests, and are equal to
    /// the nanosecond. `None` once an attempt has failed, whose time nobody counts.
    #[must_use]
    pub fn littles_law(&self, now: Time) -> Option<(u128, u128)> {
        let totals = self.totals();
        if totals.attempts != totals.arrived || totals.failed() > 0 || self.parked() > 0 {
            return None;
        }
        // The workload may have run ahead of who asks.
        let now = now.max(self.now);
        let calling = self.calling_gauge().map_or(0, |gauge| gauge.integral_until(now));
        let levels = self.waiting.integral_until(now) + self.in_service.integral_until(now) + calling;
        let ended: u128 = self.tallies.iter().map(|tally| tally.latency.sum()).sum();
        Some((levels, ended + self.ages(now) - self.ages_at_reset))
    }

    /// Σ time since arrival, ns, over the requests that wait or are served.
    fn ages(&self, now: Time) -> u128 {
        let age = |job: &Job| u128::from(now.since(job.born).nanos());
        let at = |station: &Station| {
            let served: u128 = station.service.jobs().map(age).sum();
            served + station.queue.iter().map(age).sum::<u128>()
        };
        let opens = self.links.iter().flat_map(|links| links.opens.iter());
        let calling: u128 = opens.map(|(_, request)| age(&request.job)).sum();
        calling + self.shared.iter().map(age).sum::<u128>() + self.stations.iter().map(at).sum::<u128>()
    }

    /// Attempts waiting for their retry: unfinished requests that are at no replica.
    #[must_use]
    pub fn parked(&self) -> u64 {
        (self.parked.len() - self.parked_free.len()) as u64
    }

    /// Ends the warm-up: forgets measurements, keeps state and totals.
    pub fn reset_statistics(&mut self, now: Time) {
        self.tallies.iter_mut().for_each(Tally::reset);
        self.waiting.reset(now);
        self.in_service.reset(now);
        (self.retired_busy, self.retired_idled, self.left_busy) = (0, 0, 0);
        self.ages_at_reset = self.ages(now);
        self.wasted = 0;
        self.routing.measured_anew();
        self.stations
            .iter_mut()
            .for_each(|station| station.reset_statistics(now));
        if let Some(links) = &mut self.links {
            links.calling.reset(now);
        }
    }
}
