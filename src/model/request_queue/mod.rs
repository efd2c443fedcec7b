//! The physics of request queues: jobs, waiting lines, slots and processor sharing, and the clock over many stations.
//!
//! Knows: what happens to requests at one replica, and how its pace changes. Must not know: which replica a request should go to, why replicas
//! come and go, or what clients do after a failure.

mod job;
mod level_index;
mod paced;
mod processor_sharing;
mod replica_facts;
mod replica_loads;
mod service;
mod slot_service;
mod station;
mod wait_queue;

pub use job::Job;
pub use paced::{CpuRule, LimitedContainer, PaceRecord, Paced};
pub use processor_sharing::ProcessorSharing;
pub use replica_facts::{Owed, ReplicaFacts};
pub use replica_loads::ReplicaLoads;
pub use service::Service;
pub use slot_service::SlotService;
pub use station::{Discipline, Station};
pub use wait_queue::WaitQueue;
