//! Requests that call other workloads, or leave for them.
//!
//! Knows: which workload asks what of which other, and in which order answers come back. Must not know: replicas, pods,
//! or why a callee fails.
//!
//! Workloads that have to do with each other form a [`Group`], which advances them in step: one event of one member at a
//! time, and what comes of it is told to the others at the same instant.

mod attempt;
mod circuit;
mod components;
mod edge;
mod group;
mod hedge;
mod open;
mod record;
mod spec;
mod tell;

pub use circuit::CircuitSpec;
pub use edge::EdgeRecord;
pub use group::{Group, Members};
pub(super) use open::Links;
pub use spec::{CallSpec, CallsSpec, ForwardSpec, HedgeSpec};
