//! The data plane of one serving workload: the tight loop over arrivals, completions and expiries.
//!
//! Between two control events nothing outside can disturb a workload, so it runs ahead to the next one on its own:
//! the next arrival is a field, completions are the root of a winner tree, and only expiries, retries and closed-loop
//! users go through a small heap. A stale heap entry is recognised by the job it names when it comes up.

use super::client::Retrying;
use super::closed_loop::ClosedLoop;
use super::interval::IntervalStats;
use super::lazy::Lazy;
use super::spec::{Queueing, ServingSpec};
use super::tally::{Fate, RequestTotals, Tally};
use crate::engine::digest::Fact;
use crate::engine::{Digest, Span, Stream, StreamKey, Time};
use crate::model::request_queue::{Discipline, Job, ReplicaLoads, Service, Station, StationClock, WaitQueue};
use crate::policy::routing::Routing;
use crate::stats::{Gauge, Sampler};
use crate::workload::load::{Arrival, Source};
use rand::RngExt;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A station of the workload; reused after the replica has gone.
pub type StationId = usize;

// Jobs travel by value through the small functions of the hot path. They are always inlined: a job that goes through
// memory in pieces and is read back whole stalls the processor for longer than all the rest of its event takes.

/// What one call of [`Serving::advance`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    /// Arrivals, completions and expiries processed.
    pub events: u64,
    /// Whether it stopped early because something outside must react at [`Serving::now`].
    pub interrupted: bool,
}

/// A load of the workload and the streams that colour its requests.
#[derive(Clone, Debug)]
pub(super) struct OpenLoad {
    source: Source,
    pub(super) next: Arrival,
    class: Stream,
    demand: Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SideKind {
    /// The client's time-out.
    TimedOut { place: u32 },
    /// The client's patience in a queue.
    Impatient { place: u32 },
    /// A failed attempt comes back; names a parked job.
    Retry { parked: u32 },
    /// A closed-loop user sends the next request.
    User { user: u32 },
}

/// An event that is neither an open arrival nor a completion. Ordered by time, then job, then meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SideEvent {
    time: Time,
    id: u64,
    kind: SideKind,
    since: Time,
}

/// The place of a job in the queue in front of all replicas.
const SHARED: u32 = u32::MAX;
/// Events processed in one call before the caller may look for a cancelled run.
pub(super) const EVENTS_PER_CALL: u64 = 8192;

/// A serving workload in progress.
#[derive(Clone, Debug)]
pub struct Serving {
    pub(super) now: Time,
    pub(super) slots: Option<u32>,
    pub(super) discipline: Discipline,
    pub(super) queueing: Queueing,
    pub(super) queue_limit: usize,
    pub(super) lanes: Vec<u8>,
    pub(super) lane_count: usize,
    pub(super) demands: Vec<Sampler>,
    pub(super) class_bounds: Vec<f64>,
    pub(super) timeout: Option<Span>,
    pub(super) cancel_on_timeout: bool,
    pub(super) patience: Option<(Sampler, Stream)>,
    pub(super) retrying: Option<Retrying>,
    pub(super) closed: ClosedLoop,

    pub(super) loads: Vec<OpenLoad>,
    pub(super) next_open: Time,
    pub(super) next_load: usize,
    pub(super) side: BinaryHeap<Reverse<SideEvent>>,
    pub(super) next_side: Time,
    pub(super) parked: Vec<Job>,
    pub(super) parked_free: Vec<u32>,
    pub(super) requests: u64,

    pub(super) stations: Vec<Station>,
    pub(super) stations_free: Vec<StationId>,
    pub(super) clock: StationClock,
    pub(super) shared: WaitQueue,
    pub(super) replicas: ReplicaLoads,
    pub(super) track_loads: bool,
    pub(super) routing: Routing,
    pub(super) routing_stream: Stream,

    pub(super) waiting: Gauge,
    pub(super) in_service: Gauge,
    pub(super) retired_busy: u128,
    pub(super) tallies: Vec<Tally>,
    pub(super) interval: IntervalStats,
    pub(super) digest: Digest,
    pub(super) wasted: u64,

    pub(super) watch_backlog: bool,
    pub(super) poked: bool,
    pub(super) draining: u32,
    pub(super) drained: Vec<StationId>,
    pub(super) lazy: Lazy,
}

impl Serving {
    /// The workload `name` before its first arrival, with no replica yet.
    #[must_use]
    pub fn new(
        name: &str,
        spec: &ServingSpec,
        routing: Routing,
        loads: Vec<(String, Source)>,
        key: StreamKey,
    ) -> Self {
        let by_lane = matches!(
            spec.discipline,
            Discipline::Priority | Discipline::PreemptivePriority
        );
        let lanes: Vec<u8> = spec
            .classes
            .iter()
            .map(|class| if by_lane { class.lane } else { 0 })
            .collect();
        let lane_count = lanes
            .iter()
            .copied()
            .max()
            .map_or(1, |lane| usize::from(lane) + 1);
        let total: f64 = spec.classes.iter().map(|class| class.share).sum();
        let class_bounds = spec
            .classes
            .iter()
            .scan(0.0, |sum, class| {
                *sum += class.share / total;
                Some(*sum)
            })
            .collect();
        let loads = loads.into_iter().map(|(load, mut source)| OpenLoad {
            next: next_of(&mut source),
            source,
            class: key.stream(&format!("class/{load}")),
            demand: key.stream(&format!("demand/{load}")),
        });
        let track_loads =
            spec.queueing.shared || !matches!(routing, Routing::Random(_) | Routing::RoundRobin(_));
        let indexed = spec.queueing.shared || routing.wants_least_loaded();
        let clients = &spec.clients;
        let mut serving = Self {
            now: Time::ZERO,
            slots: spec.slots,
            discipline: spec.discipline,
            queueing: spec.queueing,
            queue_limit: spec.queueing.limit.map_or(usize::MAX, |limit| limit as usize),
            lanes,
            lane_count,
            demands: spec.classes.iter().map(|class| class.demand.compile()).collect(),
            class_bounds,
            timeout: clients.timeout,
            cancel_on_timeout: clients.cancel_on_timeout,
            patience: clients
                .patience
                .as_ref()
                .map(|patience| (patience.compile(), key.stream(&format!("patience/{name}")))),
            retrying: clients.retry.clone().map(|rule| Retrying::new(rule, key, name)),
            closed: ClosedLoop::new(&clients.closed, key),
            loads: loads.collect(),
            next_open: Time::NEVER,
            next_load: 0,
            side: BinaryHeap::new(),
            next_side: Time::NEVER,
            parked: Vec::new(),
            parked_free: Vec::new(),
            requests: 0,
            stations: Vec::new(),
            stations_free: Vec::new(),
            clock: StationClock::default(),
            shared: WaitQueue::new(lane_count),
            replicas: ReplicaLoads::new(indexed),
            track_loads,
            routing,
            routing_stream: key.stream(&format!("routing/{name}")),
            waiting: Gauge::default(),
            in_service: Gauge::default(),
            retired_busy: 0,
            tallies: vec![Tally::default(); spec.classes.len()],
            interval: IntervalStats::default(),
            digest: Digest::default(),
            wasted: 0,
            watch_backlog: false,
            poked: false,
            draining: 0,
            drained: Vec::new(),
            lazy: Lazy::default(),
        };
        serving.find_next_open();
        for user in 0..serving.closed.len() {
            serving.user_goes_on(user);
        }
        serving
    }

    /// Asks to be interrupted whenever the number of requests in the system changes.
    pub fn watch_backlog(&mut self) {
        self.watch_backlog = true;
    }

    /// The time up to which the workload has run.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// When the workload's next own event happens.
    #[must_use]
    pub fn next_time(&self) -> Time {
        self.clock.earliest().0.min(self.next_open).min(self.next_side)
    }

    /// Whether the workload may have to interrupt: somebody watches its backlog, or a replica drains.
    #[must_use]
    pub const fn may_interrupt(&self) -> bool {
        self.watch_backlog || self.draining > 0
    }

    /// Runs to `horizon`: completions at it included, arrivals at it only if `arrivals_at_horizon`. Stops early when
    /// something outside must react, and after a few thousand events.
    pub fn advance(&mut self, horizon: Time, arrivals_at_horizon: bool) -> Advance {
        if let Some(until) = self.lazy_until(horizon) {
            let events = self.advance_lazily(until, until < horizon || arrivals_at_horizon);
            return Advance {
                events,
                interrupted: false,
            };
        }
        self.advance_by_event(horizon, arrivals_at_horizon)
    }

    /// The same, one event at a time.
    pub(super) fn advance_by_event(&mut self, horizon: Time, arrivals_at_horizon: bool) -> Advance {
        let comes_later = |time: Time| time > horizon || (time == horizon && !arrivals_at_horizon);
        let mut events = 0;
        while events < EVENTS_PER_CALL {
            let (finish, station) = self.clock.earliest();
            if finish <= self.next_open && finish <= self.next_side {
                if finish > horizon || finish == Time::NEVER {
                    break;
                }
                self.now = finish;
                self.complete(finish, station);
            } else if self.next_side <= self.next_open {
                if comes_later(self.next_side) {
                    break;
                }
                self.now = self.next_side;
                self.side_event();
            } else {
                if comes_later(self.next_open) || self.next_open == Time::NEVER {
                    break;
                }
                self.now = self.next_open;
                self.open_arrival();
            }
            events += 1;
            if self.poked || !self.drained.is_empty() {
                return Advance {
                    events,
                    interrupted: true,
                };
            }
        }
        Advance {
            events,
            interrupted: false,
        }
    }

    /// When the next replica completes a request: what may happen at a horizon before its arrivals.
    #[must_use]
    pub fn next_completion(&self) -> Time {
        self.clock.earliest().0
    }

    /// Moves the clock to `time`, which must not be after the next event.
    pub fn settle(&mut self, time: Time) {
        self.now = self.now.max(time);
    }

    /// Whether the backlog has changed since the last call, if watched.
    pub fn take_poke(&mut self) -> bool {
        std::mem::take(&mut self.poked)
    }

    /// Draining replicas that have finished since the last call.
    pub fn take_drained(&mut self) -> Vec<StationId> {
        std::mem::take(&mut self.drained)
    }

    /// A replica starts taking requests at `now`.
    pub fn add_replica(&mut self, now: Time) -> StationId {
        self.now = now;
        let station = Station::new(now, self.discipline, self.slots, self.lane_count);
        let id = if let Some(id) = self.stations_free.pop() {
            self.stations[id] = station;
            id
        } else {
            self.stations.push(station);
            self.stations.len() - 1
        };
        self.replicas.join(id, 0);
        self.clock.set(id, Time::NEVER);
        while self.stations[id].has_free_slot()
            && let Some(job) = self.shared.pop_front()
        {
            self.leave_queue_for(now, id, job);
        }
        id
    }

    /// A replica takes no new requests from `now` and finishes those it has. Returns whether it has none already.
    pub fn drain_replica(&mut self, now: Time, id: StationId) -> bool {
        self.now = now;
        self.replicas.leave(id);
        let idle = self.stations[id].in_flight() == 0;
        self.stations[id].draining = !idle;
        self.draining += u32::from(!idle);
        idle
    }

    /// A replica is gone at `now`; what it still held is lost. Returns its station's record and the number lost.
    pub fn remove_replica(&mut self, now: Time, id: StationId) -> (Station, u64) {
        self.now = now;
        self.replicas.leave(id);
        let station = &mut self.stations[id];
        self.draining -= u32::from(station.draining);
        station.draining = false;
        let in_service = station.in_service() as i64;
        let queued = station.queue.len() as i64;
        let jobs = station.stop(now);
        self.in_service.add(now, -in_service);
        self.waiting.add(now, -queued);
        self.clock.set(id, Time::NEVER);
        self.retired_busy += self.stations[id].busy.integral_until(now);
        self.drained.retain(|&drained| drained != id);
        let lost = jobs.iter().filter(|job| !job.orphan).count() as u64;
        self.poked |= self.watch_backlog && !jobs.is_empty();
        for job in jobs.into_iter().filter(|job| !job.orphan) {
            self.attempt_failed(now, job, Fate::Lost);
        }
        let gone = std::mem::replace(
            &mut self.stations[id],
            Station::new(now, self.discipline, self.slots, 1),
        );
        self.stations_free.push(id);
        (gone, lost)
    }

    /// A replica's queue and service.
    #[must_use]
    pub fn station(&self, id: StationId) -> &Station {
        &self.stations[id]
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

    /// Slots in use × ns over all replicas since the last reset.
    #[must_use]
    pub fn busy_integral(&self, now: Time) -> u128 {
        let live: u128 = self
            .replica_stations()
            .map(|(_, station)| station.busy.integral_until(now))
            .sum();
        live + self.retired_busy
    }

    /// Every replica that takes requests or drains.
    pub fn replica_stations(&self) -> impl Iterator<Item = (StationId, &Station)> {
        self.stations
            .iter()
            .enumerate()
            .filter(|&(id, station)| self.replicas.contains(id) || station.draining)
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
            waiting(&station.queue)
                + match &station.service {
                    Service::Slots(slots) => slots.iter().filter(|job| job.orphan).count(),
                    Service::Sharing(sharing) => sharing.iter().filter(|job| job.orphan).count(),
                }
        };
        (waiting(&self.shared) + self.stations.iter().map(count).sum::<usize>()) as u64
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
        self.retired_busy = 0;
        self.wasted = 0;
        self.stations
            .iter_mut()
            .for_each(|station| station.busy.reset(now));
    }

    fn find_next_open(&mut self) {
        let earliest = self
            .loads
            .iter()
            .enumerate()
            .min_by_key(|&(index, load)| (load.next.at, index));
        (self.next_load, self.next_open) =
            earliest.map_or((0, Time::NEVER), |(index, load)| (index, load.next.at));
    }

    #[inline(always)]
    fn open_arrival(&mut self) {
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
    fn new_request(&mut self, now: Time, class: usize, demand: Span, user: u32) {
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
    fn attempt(&mut self, now: Time, mut job: Job) {
        self.tallies[usize::from(job.class)].totals.attempts += 1;
        self.interval.arrivals += 1;
        if let Some(timeout) = self.timeout {
            job.expires = now + timeout;
        }
        if self.queueing.shared {
            self.arrive_shared(now, job);
        } else {
            self.arrive_routed(now, job);
        }
        self.poked |= self.watch_backlog;
    }

    fn arrive_shared(&mut self, now: Time, job: Job) {
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
    fn try_preempt(&mut self, now: Time, job: Job) -> bool {
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
    fn arrive_routed(&mut self, now: Time, job: Job) {
        let Some(place) = self.routing.pick(&self.replicas, &mut self.routing_stream) else {
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
        if station.queue.len() >= self.queue_limit {
            self.attempt_failed(now, job, Fate::Refused);
            return;
        }
        station.queue.push_back(job);
        if self.track_loads {
            self.replicas.set(id, station.in_flight());
        }
        self.joined_queue(now, job, id as u32);
    }

    /// `job` takes the slot of `victim`, which goes back to the head of its lane with what remains of its demand.
    fn preempt(&mut self, now: Time, id: StationId, victim: u64, job: Job) -> bool {
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
    fn joined_queue(&mut self, now: Time, job: Job, place: u32) {
        self.waiting.add(now, 1);
        if job.orphan {
            // Put off in mid-service after its client had gone: nobody is left who could lose patience again.
            return;
        }
        if job.expires != Time::NEVER {
            self.push_side(job.expires, job.id, SideKind::TimedOut { place }, job.since);
        }
        if let Some((patience, stream)) = &mut self.patience {
            let leaves = now + patience.sample_span(stream);
            self.push_side(leaves, job.id, SideKind::Impatient { place }, job.since);
        }
    }

    /// `job` goes from a queue into a slot of `id`.
    #[inline(always)]
    fn leave_queue_for(&mut self, now: Time, id: StationId, mut job: Job) {
        job.waited += now.since(job.since);
        self.waiting.add(now, -1);
        if self.queueing.shared {
            self.stations[id].arrived += 1;
        }
        self.start(now, id, job, !self.queueing.shared);
    }

    /// `job` goes into a slot of `id`; `expiry_planned` if a time-out for that place is in the heap already.
    #[inline(always)]
    fn start(&mut self, now: Time, id: StationId, mut job: Job, expiry_planned: bool) {
        job.since = now;
        self.in_service.add(now, 1);
        let station = &mut self.stations[id];
        let finish = station.start(now, job);
        let next = station.next_finish();
        if self.track_loads {
            self.replicas.set(id, station.in_flight());
        }
        self.clock.set(id, next);
        self.plan_expiry(id, job, finish, expiry_planned);
    }

    #[inline(always)]
    fn plan_expiry(&mut self, id: StationId, job: Job, finish: Option<Time>, planned: bool) {
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
    fn complete(&mut self, now: Time, id: StationId) {
        let shared = self.queueing.shared;
        let station = &mut self.stations[id];
        let next = match (shared, station.draining) {
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
        let station = &self.stations[id];
        self.clock.set(id, station.next_finish());
        if self.track_loads {
            self.replicas.set(id, station.in_flight());
        }
        if station.draining && station.in_flight() == 0 {
            self.drained.push(id);
        }
        if let Some(job) = done {
            self.job_done(now, job);
        }
        self.poked |= self.watch_backlog;
    }

    #[inline(always)]
    fn job_done(&mut self, now: Time, job: Job) {
        let tally = &mut self.tallies[usize::from(job.class)];
        if job.orphan {
            self.wasted += 1;
            return;
        }
        tally.succeeded(&job, now);
        self.interval.succeeded(now.since(job.born));
        self.digest.add(Fact::Completed, now, job.id, 0);
        if job.user != Job::OPEN {
            self.user_goes_on(job.user);
        }
    }

    fn side_event(&mut self) {
        let Some(Reverse(event)) = self.side.pop() else {
            return;
        };
        self.next_side = self.side.peek().map_or(Time::NEVER, |Reverse(next)| next.time);
        let now = event.time;
        match event.kind {
            SideKind::TimedOut { place } => self.time_out(now, event, place),
            SideKind::Impatient { place } => {
                if let Some(job) = self.take_from_queue(now, event, place) {
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

    fn time_out(&mut self, now: Time, event: SideEvent, place: u32) {
        if let Some(job) = self.take_from_queue(now, event, place) {
            self.attempt_failed(now, job, Fate::TimedOut);
            return;
        }
        let id = place as usize;
        if place == SHARED || id >= self.stations.len() {
            return;
        }
        let Some(in_service) = self.stations[id]
            .in_service_mut(event.id)
            .filter(|job| !job.orphan)
        else {
            return;
        };
        let job = *in_service;
        if !self.cancel_on_timeout {
            in_service.orphan = true;
        } else if self.stations[id].remove_from_service(now, event.id).is_some() {
            self.in_service.add(now, -1);
            self.fill_slot(now, id);
        }
        self.attempt_failed(now, job, Fate::TimedOut);
    }

    /// A slot of `id` became free without a completion.
    fn fill_slot(&mut self, now: Time, id: StationId) {
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
    fn after_departure(&mut self, id: StationId) {
        let station = &self.stations[id];
        self.clock.set(id, station.next_finish());
        if self.track_loads {
            self.replicas.set(id, station.in_flight());
        }
        if station.draining && station.in_flight() == 0 {
            self.drained.push(id);
        }
        self.poked |= self.watch_backlog;
    }

    fn take_from_queue(&mut self, now: Time, event: SideEvent, place: u32) -> Option<Job> {
        let job = if place == SHARED {
            self.shared.remove(event.id, event.since)?
        } else {
            self.stations
                .get_mut(place as usize)?
                .queue
                .remove(event.id, event.since)?
        };
        self.waiting.add(now, -1);
        if place != SHARED {
            self.after_departure(place as usize);
        }
        self.poked |= self.watch_backlog;
        Some(job)
    }

    fn attempt_failed(&mut self, now: Time, mut job: Job, fate: Fate) {
        self.interval.failures += 1;
        self.digest.add(Fact::Failed, now, job.id, fate as u64);
        let retry = self
            .retrying
            .as_mut()
            .and_then(|retrying| retrying.next_attempt(now, job.attempt(), fate));
        if let Some(at) = retry {
            job.id += 1;
            job.waited = Span::ZERO;
            job.demand = job.work;
            job.since = at;
            let parked = self.park(job);
            self.push_side(at, job.id, SideKind::Retry { parked }, at);
            return;
        }
        self.tallies[usize::from(job.class)].totals.fail(fate);
        if job.user != Job::OPEN {
            self.user_goes_on(job.user);
        }
    }

    fn park(&mut self, job: Job) -> u32 {
        if let Some(place) = self.parked_free.pop() {
            self.parked[place as usize] = job;
            return place;
        }
        self.parked.push(job);
        (self.parked.len() - 1) as u32
    }

    fn user_goes_on(&mut self, user: u32) {
        let at = self.closed.next_request(self.now, user);
        self.push_side(at, u64::from(user), SideKind::User { user }, at);
    }

    fn push_side(&mut self, time: Time, id: u64, kind: SideKind, since: Time) {
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

/// The source's next arrival; one that never happens once it has ended.
#[inline(always)]
fn next_of(source: &mut Source) -> Arrival {
    source.next_arrival().unwrap_or(Arrival {
        at: Time::NEVER,
        class: None,
        demand: None,
    })
}

/// A class by the cumulative shares; no draw for a single one.
#[inline(always)]
fn draw_class(bounds: &[f64], stream: &mut Stream) -> usize {
    if bounds.len() == 1 {
        return 0;
    }
    let point: f64 = stream.random();
    bounds
        .iter()
        .position(|&bound| point < bound)
        .unwrap_or(bounds.len() - 1)
}
