//! Whether and how CPU slows what runs.

use super::gate::CpuMode;
use crate::engine::Span;

/// How a run treats CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuPhysics {
    /// How limits are kept; `None`: they are not.
    pub limits: Option<CpuMode>,
    /// How often a busy machine's CPU is shared anew among its containers, more than zero; `None`: all run as if they were
    /// alone.
    pub share_every: Option<Span>,
}

impl CpuPhysics {
    /// Short against what people wait for, long against the slices in which the kernel hands CPU out.
    pub const SHARE_EVERY_DEFAULT: Span = Span::from_nanos(100_000_000);
}

impl Default for CpuPhysics {
    fn default() -> Self {
        Self {
            limits: Some(CpuMode::Exact),
            share_every: Some(Self::SHARE_EVERY_DEFAULT),
        }
    }
}
