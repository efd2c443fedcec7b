//! Many packings at once: instances under heuristics.
//!
//! Knows threads and a wish to stop. Must not know how one packing goes: results come back by index, so that the number of
//! threads changes nothing but the waiting.

use super::replicate::Settings;
use crate::model::packing::Instance;
use crate::policy::placement::packing::Packer;
use crate::sim::packing::items::PackedInstance;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Packs every instance, with the fewest bins known of it, by every heuristic.
///
/// What came of each stands at its index; `None` was not begun because of a wish to stop.
#[must_use]
pub fn pack_items(
    instances: &[(Instance, Option<u64>)],
    packers: &[Box<dyn Packer>],
    seed: u64,
    settings: &Settings,
) -> Vec<Option<PackedInstance>> {
    let slots: Vec<Mutex<Option<PackedInstance>>> = instances.iter().map(|_| Mutex::new(None)).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while !settings.cancelled.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((instance, best_known)) = instances.get(index) else {
                return;
            };
            let packed = PackedInstance::new(instance, *best_known, packers, seed);
            *slots[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(packed);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            (settings.progress)(done as f64 / instances.len() as f64);
        }
    };
    let others = settings.threads.get().min(instances.len()).saturating_sub(1);
    thread::scope(|scope| {
        for _ in 0..others {
            // A thread that the system refuses is one helper fewer: this one does the work alone, if it must.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    slots
        .into_iter()
        .map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}
