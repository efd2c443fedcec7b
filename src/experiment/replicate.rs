//! Several runs at once.
//!
//! Knows threads and a wish to stop. Must not know what the runs are compared for: outcomes come back by index, so that
//! the number of threads changes nothing but the waiting.

use crate::sim::{Outcome, Scenario, Simulation, Sink};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Events between two looks at the simulated clock: a small part of a second.
const EVENTS_PER_LOOK: u64 = 200_000;
/// A job's progress is counted in this many parts.
const PARTS: f64 = 1e6;

/// One run to do.
#[derive(Clone, Debug)]
pub struct Job {
    /// What is run.
    pub scenario: Arc<Scenario>,
    /// Under which seed.
    pub seed: u64,
    /// Which replication under that seed, from 0.
    pub replication: u64,
}

/// How runs are done.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// How many at a time.
    pub threads: NonZeroUsize,
    /// Once true, running jobs end where they are and no other is started.
    pub cancelled: &'a AtomicBool,
    /// Told now and then, from any thread, what share of the simulated time of all jobs is done, 0 to 1.
    pub progress: &'a (dyn Fn(f64) + Sync),
}

impl std::fmt::Debug for Settings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// Runs replications 0 to `replications` - 1 of a scenario; rows of the first go to `first`, if there is one.
///
/// Each outcome stands at its replication's index. `None` is a replication that was not started because of a wish to
/// stop; one that was cut short says so in [`Outcome::stopped`].
#[must_use]
pub fn replicate(
    scenario: &Arc<Scenario>,
    seed: u64,
    replications: u64,
    settings: &Settings,
    first: Option<&mut (dyn Sink + Send)>,
) -> Vec<Option<Outcome>> {
    let jobs: Vec<Job> = (0..replications)
        .map(|replication| Job {
            scenario: scenario.clone(),
            seed,
            replication,
        })
        .collect();
    run_all(&jobs, settings, first)
}

/// Runs every job, in order of the list as threads become free; rows of the first go to `first`, if there is one.
///
/// Each outcome stands at its job's index; `None` is a job that was not started because of a wish to stop.
#[must_use]
pub fn run_all(
    jobs: &[Job],
    settings: &Settings,
    first: Option<&mut (dyn Sink + Send)>,
) -> Vec<Option<Outcome>> {
    let outcomes: Vec<Mutex<Option<Outcome>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let sink = Mutex::new(first);
    let next = AtomicUsize::new(0);
    let parts_done = AtomicU64::new(0);
    let work = || {
        while !settings.cancelled.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return };
            let sink = if index == 0 { lock(&sink).take() } else { None };
            let outcome = run_one(job, settings, sink, &|parts| {
                let done = parts_done.fetch_add(parts, Ordering::Relaxed) + parts;
                (settings.progress)((done as f64 / PARTS / jobs.len() as f64).min(1.0));
            });
            *lock(&outcomes[index]) = Some(outcome);
        }
    };
    let others = settings.threads.get().min(jobs.len()).saturating_sub(1);
    thread::scope(|scope| {
        for _ in 0..others {
            // A thread that the system refuses is one helper fewer: this one does the work alone, if it must.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    outcomes
        .into_iter()
        .map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}

fn run_one(
    job: &Job,
    settings: &Settings,
    mut sink: Option<&mut (dyn Sink + Send)>,
    tell: &dyn Fn(u64),
) -> Outcome {
    let mut simulation = Simulation::new(job.scenario.clone(), job.seed, job.replication);
    let end = simulation.end();
    let mut told = 0;
    loop {
        let bound = simulation.events().saturating_add(EVENTS_PER_LOOK);
        let rows = sink.as_mut().map(|sink| &mut **sink as &mut dyn Sink);
        let stopped = simulation.run_to_end(rows, bound, || settings.cancelled.load(Ordering::Relaxed));
        let share = simulation.now().secs_f64() / end.secs_f64().max(f64::MIN_POSITIVE);
        let parts = (share.min(1.0) * PARTS) as u64;
        tell(parts - told);
        told = parts;
        if stopped != crate::engine::StopReason::EventLimit {
            break;
        }
    }
    simulation.finish(sink.map(|sink| sink as &mut dyn Sink))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
