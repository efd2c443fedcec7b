//! Kubernetes: what its controllers and its kubelet decide.
//!
//! Knows: one rule a file, as Kubernetes 1.36 has it; where the older code of a controller is what was recorded, the
//! file says so. Must not know: the live cluster, events, or time that passes: every rule is a function of a view at
//! one instant.

pub mod back_off;
pub mod cron_job;
pub mod daemon_set;
pub mod deletion_order;
pub mod descheduler;
pub mod device_plugin;
pub mod disruption;
pub mod eviction_rank;
pub mod fenceposts;
pub mod image_gc;
mod insertion;
pub mod job;
pub mod node_health;
pub mod pod_phase;
pub mod probe;
pub mod proportional;
pub mod qos;
pub mod rollout;
pub mod slow_start;
pub mod stateful_set;
pub mod taint_eviction;
pub mod zone_disruption;
