//! Several packings of one fleet at once: policies and seeds.
//!
//! Knows policies and seeds. Must not know how one packing goes.

use super::jobs::in_parallel;
use super::replicate::Settings;
use crate::policy::placement::fleet::FleetPacker;
use crate::sim::packing::{Filled, Inflation, InflationOutcome};

/// Packs the fleet under every policy and every seed, seed after seed and each under all policies, so that what a wish to
/// stop leaves can be compared.
///
/// Outcomes stand by policy, then by seed, and only those of the first seed say how full each machine is; `None` was not
/// finished because of a wish to stop.
#[must_use]
pub fn inflate(
    inflation: &Inflation,
    policies: &[FleetPacker],
    seeds: &[u64],
    settings: &Settings,
) -> Vec<Vec<Option<InflationOutcome>>> {
    let count = policies.len() * seeds.len();
    let mut outcomes = in_parallel(count, settings, |job, told| {
        let (seed, policy) = (job / policies.len(), job % policies.len());
        let outcome = inflation.run(&policies[policy], seeds[seed], told)?;
        Some(match seed {
            0 => outcome,
            // How full each machine is, is shown of one seed.
            _ => InflationOutcome {
                at_full: Filled::default(),
                ..outcome
            },
        })
    });
    let mut of = |policy: usize, seed: usize| outcomes[seed * policies.len() + policy].take();
    let by_policy = (0..policies.len()).map(|policy| (0..seeds.len()).map(|seed| of(policy, seed)).collect());
    by_policy.collect()
}
