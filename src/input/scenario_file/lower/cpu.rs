//! How CPU slows what runs.
//!
//! Knows: what may be said of it. Must not know: what is slowed.

use super::super::raw::cpu::{Cpu, Limits};
use super::super::spot::Spot;
use super::Lowering;
use crate::engine::Span;
use crate::model::cpu::{CpuMode, CpuPhysics};

/// Sharing more often would take longer than what is simulated.
const SHARE_EVERY_MIN: Span = Span::from_nanos(1_000_000);

impl Lowering<'_> {
    /// Reads how CPU slows what runs.
    pub(super) fn cpu(&mut self, spot: &Spot<'_>) -> CpuPhysics {
        let usual = Cpu::default();
        // Part by part, so that a mistake in one hides none in the other.
        let limits = self.read_or(&spot.at("limits"), usual.limits);
        let every = self.read_or(&spot.at("share_every"), usual.share_every);
        let every = every.unwrap_or(usual.share_every).span();
        if !every.is_zero() && every < SHARE_EVERY_MIN {
            let error = spot.at("share_every").error(format!("{every} is too often"));
            self.push(error.help("at least `1ms`; `0s` shares nothing"));
        }
        CpuPhysics {
            limits: match limits.unwrap_or_default() {
                Limits::Exact => Some(CpuMode::Exact),
                Limits::Fluid => Some(CpuMode::Fluid),
                Limits::Off => None,
            },
            share_every: (!every.is_zero()).then_some(every),
        }
    }
}
