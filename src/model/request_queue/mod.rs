//! The physics of request queues: jobs, waiting lines, slots and processor sharing, and the clock over many stations.
//!
//! Knows: what happens to requests at one replica. Must not know: which replica a request should go to, why replicas
//! come and go, or what clients do after a failure.

mod job;
mod level_index;
mod processor_sharing;
mod replica_facts;
mod replica_loads;
mod slot_service;
mod station;
mod wait_queue;

pub use job::Job;
pub use processor_sharing::ProcessorSharing;
pub use replica_facts::{Owed, ReplicaFacts};
pub use replica_loads::ReplicaLoads;
pub use slot_service::SlotService;
pub use station::{Discipline, Service, Station};
pub use wait_queue::WaitQueue;
