//! Jobs: pods that run to their end, as often as was asked for.
//!
//! Knows: one sync of the controller, its back-off, indexes and failure policy. Must not know: when the next sync is.
//! Source: `pkg/controller/job/`.

pub mod back_off;
pub mod failure_policy;
pub mod indexes;
mod removal;
pub mod sync;
