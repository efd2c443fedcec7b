//! Running ahead without departure events.
//!
//! Between two control events nothing can disturb requests that wait in line for slots and never give up: when a
//! request arrives, its start is the earliest moment a slot of its replica is free, and its finish follows (Kiefer and
//! Wolfowitz 1955). So a request that finishes before the next control event is recorded whole when it arrives; what
//! is still there at that moment is put back into queues and slots. Counts, integrals and the digest are sums, which
//! is why the outcome is bit for bit that of the event-by-event loop (tests hold the two against each other).

use super::departures::Departures;
use super::plane::{EVENTS_PER_CALL, Serving};
use crate::engine::digest::Fact;
use crate::engine::{Span, Time};
use crate::model::request_queue::{Discipline, Job, Service};
use crate::policy::routing::{Asking, Routing};
use std::collections::VecDeque;

/// What the router asks of the replicas in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    /// Nothing, or there is only one replica to choose.
    #[default]
    Nothing,
    /// How many requests a few of them have in flight.
    InFlight,
    /// Which of them has fewest.
    Least,
}

/// Memory of the lazy loop between calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Lazy {
    asked: Asked,
    /// When each slot is free, a heap of `slots` entries for each station.
    free_at: Vec<Time>,
    /// When waiting requests start, for each station, while the router asks how many are in flight.
    starts: Vec<VecDeque<Time>>,
    /// Departures to come, while the router asks for the least loaded replica.
    departures: Departures,
    /// Requests that outlive the call: station, job, start, finish.
    carried: Vec<(u32, Job, Time, Time)>,
    /// Mean time between arrivals in the last call; tells how far to run in the next.
    gap: Option<Span>,
}

/// Beyond this many slots a replica is left to the event-by-event loop.
const SLOTS_MAX: u32 = 1024;
/// Arrivals of the first call, before the gap between arrivals is known.
const FIRST_LOOK: Span = Span::from_secs(1);

impl Serving {
    /// How far the lazy loop may run now; `None` if requests here can be disturbed or the effort would not pay.
    pub(super) fn lazy_until(&self, horizon: Time) -> Option<Time> {
        let slots = self.slots.filter(|&slots| slots <= SLOTS_MAX)?;
        let undisturbed = self.discipline == Discipline::Fifo
            && !self.queueing.shared
            && self.queueing.limit.is_none()
            && self.timeout.is_none()
            && self.patience.is_none()
            && self.retrying.is_none()
            && self.loads.len() == 1
            && self.side.is_empty()
            && !self.watch_backlog
            && !self.watch_arrivals
            && !self.request_log.is_kept()
            && self.draining == 0
            && self.silent == 0
            && self.resting == 0
            && self.paced == 0
            && !self.guarded
            && !self.replicas.is_empty();
        if !undisturbed || !self.can_route_ahead() || self.next_open == Time::NEVER {
            return None;
        }
        // Putting everything back costs as much as serving it: run at least a few times as many arrivals.
        let in_system = self.waiting.level() + self.in_service.level();
        let arrivals = (16 * in_system).max(EVENTS_PER_CALL / 2);
        let reach = self.lazy.gap.map_or(FIRST_LOOK, |gap| {
            Span::from_nanos(gap.nanos().saturating_mul(arrivals))
        });
        let until = horizon.min(self.next_open + reach);
        // A long queue is not carried over and over to control events that come soon.
        let worth = u64::from(slots) * self.stations.len() as u64 / 8 + in_system / 4;
        let expected = self
            .lazy
            .gap
            .map_or(u64::MAX, |gap| until.since(self.now).nanos() / gap.nanos().max(1));
        (expected >= worth).then_some(until)
    }

    /// Runs to `until`, arrivals at it included only if `arrivals_at_end`. Returns arrivals and completions.
    pub(super) fn advance_lazily(&mut self, until: Time, arrivals_at_end: bool) -> u64 {
        let began = self.now;
        let slots = self.slots.unwrap_or(1) as usize;
        let mut events = self.take_stock(slots, until);
        let mut arrivals = 0_u64;
        while self.next_open < until || (self.next_open == until && arrivals_at_end && until != Time::NEVER) {
            arrivals += 1;
            events += 1 + u64::from(self.lazy_arrival(slots, until));
        }
        if let Some(gap) = until.since(began).nanos().checked_div(arrivals) {
            self.lazy.gap = Some(Span::from_nanos(gap));
        }
        self.put_back(until);
        self.now = until;
        events
    }

    /// Turns queues and slots into times at which slots are free; returns how many of the requests there complete.
    fn take_stock(&mut self, slots: usize, until: Time) -> u64 {
        let mut free_at = std::mem::take(&mut self.lazy.free_at);
        free_at.clear();
        free_at.resize(self.stations.len() * slots, Time::ZERO);
        self.lazy.asked = match &self.routing {
            _ if self.replicas.len() == 1 => Asked::Nothing,
            Routing::PowerOfTwo(_) => Asked::InFlight,
            Routing::LeastRequest(_) | Routing::JoinShortestQueue(_) => Asked::Least,
            _ => Asked::Nothing,
        };
        if self.lazy.asked == Asked::Least {
            let gap = self
                .lazy
                .gap
                .unwrap_or(Span::from_nanos(until.since(self.now).nanos() / EVENTS_PER_CALL));
            self.lazy.departures.begin(self.now, until, gap);
        }
        if self.lazy.asked == Asked::InFlight {
            self.lazy.starts.resize_with(self.stations.len(), VecDeque::new);
            self.lazy.starts.iter_mut().for_each(VecDeque::clear);
        }
        let mut completed = 0;
        for id in 0..self.stations.len() {
            let station = &mut self.stations[id];
            let Service::Slots(service) = &mut station.service else {
                continue;
            };
            let heap = &mut free_at[id * slots..(id + 1) * slots];
            for (place, (finish, job)) in service.take_all().into_iter().enumerate() {
                heap[place] = finish;
                if finish <= until {
                    if self.lazy.asked == Asked::Least {
                        self.lazy.departures.push(finish, id as u32);
                    }
                    completed += 1;
                    station.served += 1;
                    self.in_service.add(finish, -1);
                    station.busy.add(finish, -1);
                    self.tallies[usize::from(job.class)].succeeded(&job, finish);
                    self.interval.succeeded(finish.since(job.born));
                    self.digest.add(Fact::Completed, finish, job.id, 0);
                } else {
                    self.lazy.carried.push((id as u32, job, job.since, finish));
                }
            }
            // Free slots are free since zero; sorted entries are a heap.
            heap.sort_unstable();
            let waiting = station.queue.drain();
            for job in waiting {
                let start = heap[0];
                let finish = start + job.demand;
                replace_least(heap, finish);
                if self.lazy.asked == Asked::InFlight
                    && let Some(starts) = self.lazy.starts.get_mut(id)
                {
                    starts.push_back(start);
                }
                completed += u64::from(finish <= until);
                if start <= until {
                    self.waiting.add(start, -1);
                    self.in_service.add(start, 1);
                    self.stations[id].busy.add(start, 1);
                }
                self.settle_job(id, job, start, finish, until);
            }
        }
        self.lazy.free_at = free_at;
        completed
    }

    /// A job whose gauges are up to date as far as its start: it completes before `until`, or is carried over it.
    fn settle_job(&mut self, id: usize, job: Job, start: Time, finish: Time, until: Time) {
        if finish > until {
            self.lazy.carried.push((id as u32, job, start, finish));
            return;
        }
        if self.lazy.asked == Asked::Least {
            self.lazy.departures.push(finish, id as u32);
        }
        let station = &mut self.stations[id];
        station.served += 1;
        self.in_service.add(finish, -1);
        station.busy.add(finish, -1);
        let waited = job.waited + start.since(job.since);
        self.tallies[usize::from(job.class)].succeeded_after(finish.since(job.born), waited);
        self.interval.succeeded(finish.since(job.born));
        self.digest.add(Fact::Completed, finish, job.id, 0);
    }

    /// One arrival, start to finish; returns whether it completes before `until`.
    #[inline(always)]
    fn lazy_arrival(&mut self, slots: usize, until: Time) -> bool {
        let now = self.next_open;
        let (class, demand) = self.take_arrival();
        self.next_open = self.loads[0].next.at;
        let request = Job::id_of(self.requests, 0);
        let asking = Asking {
            request: self.requests,
            user: None,
        };
        self.requests += 1;
        self.interval.arrivals += 1;
        self.digest.add(Fact::Arrived, now, request, demand.nanos());
        let id = self.route_lazily(slots, now, asking);
        let tally = &mut self.tallies[class];
        tally.totals.arrived += 1;
        tally.totals.attempts += 1;
        let heap = &mut self.lazy.free_at[id * slots..(id + 1) * slots];
        let start = heap[0].max(now);
        let finish = start + demand;
        replace_least(heap, finish);
        if self.lazy.asked == Asked::Least {
            self.replicas.increase(id);
            if finish <= until {
                self.lazy.departures.push(finish, id as u32);
            }
        }
        if start > now && self.lazy.asked == Asked::InFlight {
            self.lazy.starts[id].push_back(start);
        }
        let station = &mut self.stations[id];
        station.arrived += 1;
        if finish <= until {
            let waited = start.since(now);
            self.waiting.add_passed(waited);
            self.in_service.add_passed(demand);
            station.busy.add_passed(demand);
            station.served += 1;
            let latency = finish.since(now);
            tally.succeeded_after(latency, waited);
            self.interval.succeeded(latency);
            self.digest.add(Fact::Completed, finish, request, 0);
            return true;
        }
        if start > now {
            self.waiting.add(now, 1);
        }
        if start <= until {
            if start > now {
                self.waiting.add(start, -1);
            }
            self.in_service.add(start, 1);
            station.busy.add(start, 1);
        }
        let job = Job {
            id: request,
            born: now,
            since: now,
            waited: Span::ZERO,
            demand,
            work: demand,
            expires: Time::NEVER,
            user: Job::OPEN,
            class: class as u8,
            lane: self.lanes[class],
            orphan: false,
        };
        self.lazy.carried.push((id as u32, job, start, finish));
        false
    }

    /// The station for a request that arrives now. A station's requests in flight are its slots that are not free yet
    /// and its requests whose start is still to come.
    #[inline(always)]
    fn route_lazily(&mut self, slots: usize, now: Time, asking: Asking) -> usize {
        if self.lazy.asked == Asked::Least {
            while let Some(station) = self.lazy.departures.pop_until(now) {
                self.replicas.decrease(station as usize);
            }
        }
        let (replicas, stream) = (&self.replicas, &mut self.routing_stream);
        let place = if let (Asked::InFlight, Routing::PowerOfTwo(router)) = (self.lazy.asked, &self.routing) {
            let Lazy { free_at, starts, .. } = &mut self.lazy;
            let in_flight = |place| {
                let id = replicas.station(place);
                let starts = &mut starts[id];
                while starts.front().is_some_and(|&start| start <= now) {
                    starts.pop_front();
                }
                let busy: u32 = free_at[id * slots..(id + 1) * slots]
                    .iter()
                    .map(|&free| u32::from(free > now))
                    .sum();
                busy + starts.len() as u32
            };
            router.pick_among(replicas.len(), in_flight, stream)
        } else {
            self.routing.pick(now, asking, replicas, stream)
        };
        replicas.station(place.unwrap_or(0))
    }

    /// What outlives the call goes back into slots and queues; their gauges are up to date already.
    fn put_back(&mut self, until: Time) {
        let mut carried = std::mem::take(&mut self.lazy.carried);
        for (id, mut job, start, finish) in carried.drain(..) {
            let station = &mut self.stations[id as usize];
            if start > until {
                station.queue.push_back(job);
                continue;
            }
            if job.since != start {
                job.waited += start.since(job.since);
                job.since = start;
            }
            if let Service::Slots(service) = &mut station.service {
                service.resume(finish, job);
            }
        }
        self.lazy.carried = carried;
        for id in 0..self.stations.len() {
            let station = &self.stations[id];
            self.clock.set(id, station.next_finish());
            if self.track_loads && self.replicas.contains(id) {
                self.replicas.set(id, station.in_flight());
            }
        }
    }
}

/// The least entry of the heap becomes `value`, which is not less.
#[inline(always)]
fn replace_least(heap: &mut [Time], value: Time) {
    let mut place = 0;
    loop {
        let mut child = 2 * place + 1;
        if child >= heap.len() {
            break;
        }
        if child + 1 < heap.len() {
            child += usize::from(heap[child + 1] < heap[child]);
        }
        if heap[child] >= value {
            break;
        }
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = value;
}

#[cfg(test)]
mod tests {
    use crate::engine::{Span, StreamKey, Time};
    use crate::model::request_queue::Discipline;
    use crate::policy::routing::{
        JoinShortestQueue, KubeProxy, LeastRequest, Maglev, PowerOfTwo, Random, RingHash, RoundRobin,
        Routing, WeightedRoundRobin,
    };
    use crate::stats::Distribution;
    use crate::workload::load::LoadSpec;
    use crate::workload::serving::{CallsSpec, ClassSpec, Clients, Queueing, Serving, ServingSpec};

    fn serving(replicas: usize, slots: u32, rate: f64, routing: Routing) -> Serving {
        let class = |name: &str, share, mean| ClassSpec {
            name: name.into(),
            share,
            demand: Distribution::lognormal_mean_cv(mean, 2.0).unwrap(),
            lane: 0,
        };
        let spec = ServingSpec {
            ends: None,
            calls: CallsSpec::default(),
            slots: Some(slots),
            discipline: Discipline::Fifo,
            queueing: Queueing {
                shared: false,
                limit: None,
                redelivery: None,
            },
            classes: vec![class("short", 3.0, 0.5), class("long", 1.0, 2.0)],
            clients: Clients::default(),
        };
        let key = StreamKey::new(7, 0);
        let source = LoadSpec::Poisson { rate }.open(key, "load");
        let mut serving = Serving::new("lazy", &spec, routing, vec![("load".into(), source)], key);
        (0..replicas).for_each(|_| {
            serving.add_replica(Time::ZERO);
        });
        serving
    }

    /// Everything that can be measured, at one moment.
    fn measured(serving: &mut Serving, now: Time) -> String {
        let tallies: Vec<_> = serving
            .tallies()
            .iter()
            .map(|tally| (tally.totals, tally.latency.clone(), tally.wait()))
            .collect();
        let stations: Vec<_> = serving
            .replica_stations()
            .map(|(id, station)| {
                (
                    id,
                    station.served,
                    station.arrived,
                    station.in_flight(),
                    station.busy.integral_until(now),
                    station.next_finish(),
                )
            })
            .collect();
        let gauges = (
            serving.waiting_gauge().integral_until(now),
            serving.in_service_gauge().integral_until(now),
        );
        let interval = serving.interval_mut();
        let interval = (interval.arrivals, interval.completions, interval.latency.clone());
        let levels = (
            serving.queued(),
            serving.in_service(),
            serving.digest().to_string(),
        );
        let digest = tallies.iter().map(|(totals, latency, wait)| {
            format!(
                "{totals:?} {} {} {} {} {}",
                latency.sum(),
                latency.count(),
                wait.sum(),
                wait.count(),
                latency.quantile(0.99)
            )
        });
        let digest: Vec<_> = digest.collect();
        format!(
            "{digest:?} {stations:?} {gauges:?} {} {} {} {levels:?}",
            interval.0,
            interval.1,
            interval.2.sum()
        )
    }

    #[test]
    fn running_ahead_gives_what_the_event_by_event_loop_gives_to_the_bit() {
        let routings = [
            Routing::RoundRobin(RoundRobin::default()),
            Routing::Random(Random::default()),
            Routing::PowerOfTwo(PowerOfTwo::default()),
            Routing::LeastRequest(LeastRequest::default()),
            Routing::JoinShortestQueue(JoinShortestQueue::default()),
            KubeProxy::default().into(),
            RingHash::default().into(),
            Maglev::default().into(),
            WeightedRoundRobin::default().into(),
        ];
        for (replicas, slots, rate) in [
            (1, 1, 0.9),
            (1, 16, 14.0),
            (5, 3, 18.0),
            (3, 2, 9.0),
            (40, 4, 150.0),
        ] {
            // Those that look at nothing but who is there need fewer cases.
            let count = if replicas == 3 { routings.len() } else { 5 };
            for routing in &routings[..count] {
                let mut by_event = serving(replicas, slots, rate, routing.clone());
                let mut ahead = by_event.clone();
                // Control events at irregular times, now and then exactly at a completion, with and without arrivals.
                let (mut now, mut events, mut events_ahead) = (Time::ZERO, 0, 0);
                for step in 1..120_u64 {
                    let wait = Span::from_nanos(1_700_000_000 * (step % 7) * (1 + step % 50));
                    now = if step % 5 == 0 {
                        by_event.next_time()
                    } else {
                        now + wait
                    };
                    while by_event.next_time() < now || (by_event.next_time() == now && step % 2 == 0) {
                        events += by_event.advance_by_event(now, step % 2 == 0).events;
                    }
                    by_event.settle(now);
                    if let Some(until) = ahead.lazy_until(now) {
                        assert!(until <= now);
                        events_ahead += ahead.advance_lazily(until, until < now || step % 2 == 0);
                    }
                    while ahead.next_time() < now || (ahead.next_time() == now && step % 2 == 0) {
                        events_ahead += ahead.advance(now, step % 2 == 0).events;
                    }
                    ahead.settle(now);
                    events += by_event.advance_by_event(now, step % 2 == 0).events;
                    events_ahead += ahead.advance(now, step % 2 == 0).events;
                    assert_eq!(
                        measured(&mut by_event, now),
                        measured(&mut ahead, now),
                        "{replicas} × {slots} at step {step}"
                    );
                }
                assert_eq!(events, events_ahead);
                assert!(events > 200);
            }
        }
    }
}
