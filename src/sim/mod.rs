//! Floor 6: wiring.
//!
//! A validated [`scenario::Scenario`] becomes a [`simulation::Simulation`]: events go to handlers, policies are asked,
//! their decisions are applied by `apply/` (one file a decision family, the only place where a decision changes the
//! cluster), rows stream to a sink, and what is left is an [`outcome::Outcome`].
//!
//! Must not know: files, terminals, threads, or how a scenario was written down.

pub mod objective;
mod objects;
pub mod outcome;
pub mod packing;
pub mod rows;
pub mod scenario;
pub mod simulation;
pub mod standing;

mod apply;
mod attachments;
pub mod batch;
mod by_hand;
mod calls;
mod cloud;
pub mod controller;
mod creation;
mod decision_log;
mod deployment;
mod event;
mod failed_pulls;
mod faults;
mod fleet;
mod gates;
mod gpu_fragments;
mod gpus;
mod handlers;
mod jobs;
mod laws;
mod levels;
mod measuring;
mod memory_use;
mod meter;
mod pacing;
pub mod platform;
mod pod_watch;
mod probing;
mod quota_use;
mod registry;
mod reserved;
mod restarts;
mod run_ahead;
mod sampling;
mod set_up;
mod settling;
mod sizing;
mod summary;
mod swap_book;
mod tasks;
mod turns;
mod unlimited;
mod versions;
mod warnings;
mod workload_run;
mod workloads;
mod world;

pub use objective::Objective;
pub use outcome::Outcome;
pub use rows::{NoSink, Sink};
pub use scenario::Scenario;
pub use simulation::Simulation;
