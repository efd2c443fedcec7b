//! What a router is told that asks for more than numbers of requests in flight.
//!
//! Knows: which attempt ended where. Must not know: any router. Routers that ask for nothing pay for nothing here but a
//! look at a flag.

use super::plane::{SHARED, Serving, StationId};
use crate::engine::Time;
use crate::model::request_queue::Job;
use crate::policy::routing::{Asking, End, Ended, Routing};

/// The attempt `job` as a router sees it.
#[inline(always)]
pub(super) fn asking(job: &Job) -> Asking {
    Asking {
        request: job.request(),
        user: (job.user != Job::OPEN && !job.is_call()).then_some(job.user),
    }
}

impl Serving {
    /// Whether what the router looks at is known where nothing happens at departures.
    pub(super) fn can_route_ahead(&self) -> bool {
        match &self.routing {
            Routing::PowerOfTwo(_) | Routing::LeastRequest(_) | Routing::JoinShortestQueue(_) => true,
            Routing::Custom(_) => self.replicas.len() == 1 && !self.hears,
            other => other.is_blind(),
        }
    }

    /// The requests of `id` have changed, for a router that heeds every change.
    #[cold]
    #[inline(never)]
    pub(super) fn heed(&mut self, id: StationId) {
        if self.owes {
            let owed = self.stations[id].owed(self.now);
            self.replicas.owes(id, owed);
        }
        self.routing.changed(id, &self.replicas);
    }

    /// The attempt `job`, which was sent to `id`, has ended for its client.
    #[inline(never)]
    pub(super) fn tell_end(&mut self, now: Time, id: StationId, job: &Job, end: End) {
        if job.orphan {
            return;
        }
        let took = match job.attempt() {
            0 => now.since(job.born),
            _ => job.waited + now.since(job.since),
        };
        self.routing.ended(&Ended {
            now,
            asking: asking(job),
            station: id,
            took,
            end,
        });
    }

    /// The same for one that ended at `place`, wherever that is.
    pub(super) fn tell_end_at(&mut self, now: Time, place: u32, job: &Job, end: End) {
        if self.hears && place != SHARED {
            self.tell_end(now, place as usize, job, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::{Span, Stream, StreamKey, Time};
    use crate::model::request_queue::{Discipline, ReplicaLoads};
    use crate::policy::routing::{End, Ended, Router};
    use crate::stats::Distribution;
    use crate::workload::load::LoadSpec;
    use crate::workload::serving::{ClassSpec, Clients, Queueing, Retry, RetryOn, Serving, ServingSpec};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Counts what it sends and what it hears of it: sent, answered, failed, left.
    #[derive(Clone, Debug, Default)]
    struct Bookkeeper {
        counts: Arc<[AtomicU64; 4]>,
        next: usize,
    }

    impl Bookkeeper {
        fn count(&self, what: usize) {
            self.counts[what].fetch_add(1, Ordering::Relaxed);
        }

        fn read(&self) -> [u64; 4] {
            [0, 1, 2, 3].map(|what: usize| self.counts[what].load(Ordering::Relaxed))
        }
    }

    impl Router for Bookkeeper {
        fn pick(&mut self, _: Time, replicas: &ReplicaLoads, _: &mut Stream) -> Option<usize> {
            if replicas.is_empty() {
                return None;
            }
            self.next += 1;
            self.count(0);
            Some(self.next % replicas.len())
        }

        fn hears_ends(&self) -> bool {
            true
        }

        fn ended(&mut self, ended: &Ended) {
            self.count(match ended.end {
                End::Answered => 1,
                End::Failed => 2,
                End::Left => 3,
            });
        }

        fn clone_box(&self) -> Box<dyn Router> {
            Box::new(self.clone())
        }
    }

    fn serving(router: Bookkeeper, cancel: bool, discipline: Discipline) -> Serving {
        let class = |name: &str, lane| ClassSpec {
            name: name.into(),
            share: 1.0,
            demand: Distribution::exponential(0.1).unwrap(),
            lane,
        };
        let spec = ServingSpec {
            ends: None,
            slots: Some(3),
            discipline,
            queueing: Queueing {
                shared: false,
                limit: Some(4),
                redelivery: None,
            },
            classes: vec![class("first", 0), class("second", 1)],
            clients: Clients {
                timeout: Some(Span::from_secs_f64(0.25)),
                cancel_on_timeout: cancel,
                patience: Some(Distribution::exponential(0.3).unwrap()),
                retry: Some(Retry {
                    attempts_max: 3,
                    backoff_base: Span::from_secs_f64(0.02),
                    backoff_factor: 2.0,
                    backoff_max: Span::from_secs(1),
                    jitter: 0.0,
                    budget: None,
                    budget_min_per_second: 0.0,
                    on: RetryOn {
                        refused: true,
                        timed_out: true,
                        lost: true,
                        call_failed: false,
                    },
                }),
                closed: Vec::new(),
            },
            calls: Default::default(),
        };
        let key = StreamKey::new(3, 0);
        let source = LoadSpec::Poisson { rate: 110.0 }.open(key, "load");
        Serving::new("told", &spec, router.into(), vec![("load".into(), source)], key)
    }

    /// A router that misses an end, or hears one twice, counts wrong for the rest of the run.
    #[test]
    fn every_attempt_that_was_sent_ends_once_for_its_router_however_it_ends() {
        let disciplines = [
            Discipline::Fifo,
            Discipline::PreemptivePriority,
            Discipline::ProcessorSharing,
        ];
        for (cancel, discipline) in [false, true]
            .into_iter()
            .flat_map(|cancel| disciplines.map(|discipline| (cancel, discipline)))
        {
            let router = Bookkeeper::default();
            let mut serving = serving(router.clone(), cancel, discipline);
            let mut ids: Vec<_> = (0..4).map(|_| serving.add_replica(Time::ZERO)).collect();
            for step in 1..60_u64 {
                let now = Time::ZERO + Span::from_secs_f64(step as f64 * 0.7);
                while serving.next_time() <= now {
                    serving.advance(now, true);
                }
                serving.settle(now);
                match step % 6 {
                    0 => {
                        serving.remove_replica(now, ids.remove(0));
                    }
                    1 => ids.push(serving.add_replica(now)),
                    2 => {
                        serving.silence_replica(now, ids[1]);
                    }
                    4 => serving.answer_again(now, ids[1]),
                    _ => (),
                }
                let living = serving.replica_stations().map(|(_, station)| {
                    let served = station.service.jobs().filter(|job| !job.orphan).count();
                    served + station.queue.iter().filter(|job| !job.orphan).count()
                });
                let living = living.sum::<usize>() as u64;
                let [sent, answered, failed, left] = router.read();
                assert_eq!(
                    sent,
                    answered + failed + left + living,
                    "{discipline:?}, cancel {cancel}, step {step}"
                );
            }
            let [_, answered, failed, left] = router.read();
            assert!(answered > 100 && failed > 100, "{answered} {failed}");
            assert!(left > 10 || discipline == Discipline::ProcessorSharing, "{left}");
        }
    }
}
