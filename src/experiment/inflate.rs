//! Several packings of one fleet at once: policies and seeds.
//!
//! Knows threads and a wish to stop. Must not know how one packing goes: outcomes come back by index, so that the number
//! of threads changes nothing but the waiting.

use super::replicate::Settings;
use crate::policy::placement::fleet::FleetPacker;
use crate::sim::packing::{Inflation, InflationOutcome};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A job's progress is counted in this many parts.
const PARTS: f64 = 1e6;

/// Packs the fleet under every policy and every seed, seed after seed and each under all policies, so that what a wish to
/// stop leaves can be compared.
///
/// Outcomes stand by policy, then by seed; `None` was not finished because of a wish to stop.
#[must_use]
pub fn inflate(
    inflation: &Inflation,
    policies: &[FleetPacker],
    seeds: &[u64],
    settings: &Settings,
) -> Vec<Vec<Option<InflationOutcome>>> {
    let count = policies.len() * seeds.len();
    let slots: Vec<Mutex<Option<InflationOutcome>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let parts_done = AtomicU64::new(0);
    let work = || {
        while !settings.cancelled.load(Ordering::Relaxed) {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= count {
                return;
            }
            let (seed, policy) = (job / policies.len(), job % policies.len());
            let mut told = 0;
            let mut tell = |share: f64| {
                let parts = (share * PARTS) as u64;
                let done = parts_done.fetch_add(parts - told, Ordering::Relaxed) + parts - told;
                told = parts;
                (settings.progress)((done as f64 / PARTS / count as f64).min(1.0));
            };
            let outcome = inflation.run(&policies[policy], seeds[seed], |share| {
                tell(share);
                settings.cancelled.load(Ordering::Relaxed)
            });
            tell(1.0);
            let mut slot = slots[policy * seeds.len() + seed]
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *slot = outcome;
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
    let mut outcomes = slots
        .into_iter()
        .map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
    let of_policy = |_| outcomes.by_ref().take(seeds.len()).collect();
    policies.iter().map(of_policy).collect()
}
