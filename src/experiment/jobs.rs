//! Many jobs at once, whose results come back by index: the number of threads changes nothing but the waiting.
//!
//! Knows threads and a wish to stop. Must not know what a job is.

use super::replicate::Settings;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A job's progress is counted in this many parts.
const PARTS: f64 = 1e6;

/// Does the jobs `0..count`, in that order as threads become free. A job tells now and then which share of it is done, and
/// is told whether to stop; `None` was not finished because of that.
pub(super) fn in_parallel<T: Send>(
    count: usize,
    settings: &Settings,
    job: impl Fn(usize, &mut dyn FnMut(f64) -> bool) -> Option<T> + Sync,
) -> Vec<Option<T>> {
    let slots: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let parts_done = AtomicU64::new(0);
    let work = || {
        while !settings.cancelled.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let mut told = 0;
            let mut tell = |share: f64| {
                let parts = ((share * PARTS) as u64).max(told);
                let done = parts_done.fetch_add(parts - told, Ordering::Relaxed) + parts - told;
                told = parts;
                (settings.progress)((done as f64 / PARTS / count as f64).min(1.0));
            };
            let result = job(index, &mut |share| {
                tell(share);
                settings.cancelled.load(Ordering::Relaxed)
            });
            tell(1.0);
            *slots[index].lock().unwrap_or_else(PoisonError::into_inner) = result;
        }
    };
    let others = settings.threads.get().min(count).saturating_sub(1);
    thread::scope(|scope| {
        for _ in 0..others {
            // A thread that the system refuses is one helper fewer: this one does the work alone, if it must.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    let results = slots.into_iter();
    results
        .map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}
