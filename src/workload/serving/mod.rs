//! Serving: a request-driven workload. Requests arrive, are routed to a replica, wait, are served, or fail, and
//! clients react.
//!
//! Knows: load, clients, routing, the queues of its replicas. Must not know: nodes, pods' life cycles, or why replicas
//! come and go; it is told when a replica starts taking requests, drains or dies.
//!
//! A [`Serving`] is advanced to a horizon in one tight loop; the events of its own (arrivals, completions, expiries)
//! never enter the global event queue.

mod arrivals;
mod calls;
mod client;
mod closed_loop;
mod departures;
mod failures;
mod interval;
mod lazy;
mod observe;
mod pacing;
mod plane;
mod redelivery;
mod replicas;
mod request_log;
mod retry_budget;
mod service;
mod silence;
mod spec;
mod tally;
mod telling;
mod worker_end;

pub use calls::{CallSpec, CallsSpec, CircuitSpec, EdgeRecord, ForwardSpec, Group, HedgeSpec, Members};
pub use failures::TURNAROUND_MIN;
pub use interval::IntervalStats;
pub use plane::{Advance, Serving, StationId};
pub use request_log::RequestRecord;
pub use spec::{
    ClassSpec, Clients, ClosedUsers, Queueing, Redelivery, Retry, RetryOn, ServingSpec, WorkerEnd,
};
pub use tally::{Fate, RequestTotals, Tally};
