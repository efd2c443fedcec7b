//! The data plane of one serving workload: the tight loop over arrivals, completions and expiries.
//!
//! Between two control events nothing outside can disturb a workload, so it runs ahead to the next one on its own:
//! the next arrival is a field, completions are the root of a winner tree, and only expiries, retries and closed-loop
//! users go through a small heap. A stale heap entry is recognised by the job it names when it comes up.

use super::calls::Links;
use super::client::Retrying;
use super::closed_loop::ClosedLoop;
use super::interval::IntervalStats;
use super::lazy::Lazy;
use super::request_log::RequestLog;
use super::spec::{Queueing, ServingSpec, WorkerEnd};
use super::tally::Tally;
use crate::engine::{Digest, Span, Stream, StreamKey, Time, WinnerTree};
use crate::model::request_queue::{Discipline, Job, ReplicaLoads, Station, WaitQueue};
use crate::policy::routing::Routing;
use crate::stats::{Gauge, Sampler};
use crate::workload::load::{Arrival, Source};
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
    pub(super) source: Source,
    pub(super) next: Arrival,
    pub(super) class: Stream,
    pub(super) demand: Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SideKind {
    /// The client's time-out.
    TimedOut { place: u32 },
    /// The client's time-out while the request's calls are out.
    CallsTimedOut { open: u32 },
    /// A message that a worker has not settled is handed out again.
    Visible { place: u32 },
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
    pub(super) time: Time,
    pub(super) id: u64,
    pub(super) kind: SideKind,
    pub(super) since: Time,
}

/// The place of a job in the queue in front of all replicas.
pub(super) const SHARED: u32 = u32::MAX;
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
    pub(super) ends: Option<WorkerEnd>,
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
    /// When each station completes its next job.
    pub(super) clock: WinnerTree,
    pub(super) shared: WaitQueue,
    pub(super) replicas: ReplicaLoads,
    pub(super) track_loads: bool,
    /// Whether the router is told of every change of loads.
    pub(super) heeds: bool,
    /// Whether it is told what replicas owe.
    pub(super) owes: bool,
    /// Whether it is told how attempts end.
    pub(super) hears: bool,
    /// Replicas that have come so far.
    pub(super) replicas_ever: u64,
    pub(super) routing: Routing,
    pub(super) routing_stream: Stream,

    pub(super) waiting: Gauge,
    pub(super) in_service: Gauge,
    /// Slots in use × ns of replicas that are gone, over their whole life.
    pub(super) retired_busy: u128,
    /// The part of it in which no work was done.
    pub(super) retired_idled: u128,
    /// Slots in use × ns of replicas that take no more requests, up to that moment.
    pub(super) left_busy: u128,
    /// Σ time since arrival, ns, of the requests that were there at the last reset.
    pub(super) ages_at_reset: u128,
    pub(super) tallies: Vec<Tally>,
    pub(super) interval: IntervalStats,
    pub(super) digest: Digest,
    pub(super) wasted: u64,

    pub(super) watch_backlog: bool,
    pub(super) watch_arrivals: bool,
    pub(super) poked: bool,
    pub(super) draining: u32,
    /// Replicas that do not answer.
    pub(super) silent: u32,
    /// Replicas that get no requests for the time being.
    pub(super) resting: u32,
    /// Replicas whose pace may change.
    pub(super) paced: u32,
    /// Whether there ever were some.
    pub(super) ever_paced: bool,
    /// Whether replicas may use more slots than their memory is for.
    pub(super) guarded: bool,
    pub(super) drained: Vec<StationId>,
    pub(super) lazy: Lazy,
    pub(super) request_log: RequestLog,
    /// What binds it to other workloads, if anything does.
    pub(super) links: Option<Box<Links>>,
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
        let (needs, shared) = (routing.needs(), spec.queueing.shared);
        let clients = &spec.clients;
        let mut serving = Self {
            now: Time::ZERO,
            slots: spec.slots,
            discipline: spec.discipline,
            queueing: spec.queueing,
            queue_limit: spec.queueing.limit.map_or(usize::MAX, |limit| limit as usize),
            ends: spec.ends,
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
            clock: WinnerTree::default(),
            shared: WaitQueue::new(lane_count),
            replicas: ReplicaLoads::new(shared || needs.least),
            track_loads: shared || needs.loads,
            heeds: !shared && (needs.changes || needs.work),
            owes: !shared && needs.work,
            hears: !shared && needs.ends,
            replicas_ever: 0,
            routing,
            routing_stream: key.stream(&format!("routing/{name}")),
            waiting: Gauge::default(),
            in_service: Gauge::default(),
            retired_busy: 0,
            retired_idled: 0,
            left_busy: 0,
            ages_at_reset: 0,
            tallies: vec![Tally::default(); spec.classes.len()],
            interval: IntervalStats::default(),
            digest: Digest::default(),
            wasted: 0,
            watch_backlog: false,
            watch_arrivals: false,
            poked: false,
            draining: 0,
            silent: 0,
            resting: 0,
            paced: 0,
            ever_paced: false,
            guarded: false,
            drained: Vec::new(),
            lazy: Lazy::default(),
            request_log: RequestLog::default(),
            links: None,
        };
        serving.find_next_open();
        for user in 0..serving.closed.len() {
            serving.user_begins(user);
        }
        serving
    }

    /// Asks to be interrupted whenever the number of requests in the system changes.
    pub fn watch_backlog(&mut self) {
        self.watch_backlog = true;
    }

    /// Asks to be interrupted by the next request that comes, or no more; asked again after each.
    pub const fn watch_next_request(&mut self, watch: bool) {
        self.watch_arrivals = watch;
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

    /// Whether the workload may have to interrupt: somebody watches it, a replica drains, or its replicas may end of their
    /// own accord or for lack of memory.
    #[must_use]
    pub const fn may_interrupt(&self) -> bool {
        self.watch_backlog || self.watch_arrivals || self.draining > 0 || self.guarded || self.ends.is_some()
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

    /// The next event, whenever it is; there is one.
    pub(super) fn next_event(&mut self) {
        let (finish, station) = self.clock.earliest();
        if finish <= self.next_open && finish <= self.next_side {
            self.now = finish;
            self.complete(finish, station);
        } else if self.next_side <= self.next_open {
            self.now = self.next_side;
            self.side_event();
        } else {
            self.now = self.next_open;
            self.open_arrival();
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

    /// Whether something that is watched has happened since the last call.
    pub fn take_poke(&mut self) -> bool {
        std::mem::take(&mut self.poked)
    }

    /// Since the last call: draining replicas that have finished, those that have ended of their own accord, and those that
    /// have [become overfull](Station::is_overfull) or [served too many](Station::has_served_too_many).
    pub fn take_drained(&mut self) -> Vec<StationId> {
        std::mem::take(&mut self.drained)
    }
}

/// The source's next arrival; one that never happens once it has ended.
#[inline(always)]
pub(super) fn next_of(source: &mut Source) -> Arrival {
    source.next_arrival().unwrap_or(Arrival {
        at: Time::NEVER,
        class: None,
        demand: None,
    })
}
