//! Decisions become actions: each is validated again, carried out or refused, and written down. The only place where a
//! decision changes the cluster.

mod admission;
mod by_hand;
mod claims;
mod cron_job;
mod daemons;
mod deployment;
mod drain;
mod eviction;
mod interruption;
mod job;
mod node_scaling;
mod placement;
mod pod_queue;
mod pod_scaling;
mod pod_sizing;
mod preemption;
mod rollout;
mod scale_down;
mod service;
mod service_update;
mod stateful;
mod upgrade;

pub(super) use admission::{Admitted, NewPod};
pub(super) use drain::Drain;
pub(super) use placement::{Home, Start};
pub(super) use scale_down::api_phase;
pub(super) use upgrade::Upgrade;
