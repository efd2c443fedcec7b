//! Floor 3: the nouns of a cluster and their physics.
//!
//! Knows: resources, how CPU is shared, how fast work goes on, how memory grows, schedules of a clock, labels, namespaces, what pods ask of nodes, shapes, pools, nodes, pods and their
//! containers, images, volumes, GPUs, packing problems, fleets as columns, NUMA cells, request queues, prices and what else a cloud offers, observed metrics, the state of a
//! cluster and views of it. Must not know: any policy, any workload's private progress, files, or why anything is
//! decided.

pub mod cluster;
pub mod cpu;
pub mod cron;
pub mod fault;
pub mod fleet;
pub mod gpu;
pub mod gpu_memory;
pub mod image;
mod instance_labels;
pub mod labels;
pub mod memory_bound;
pub mod memory_guard;
pub mod memory_profile;
pub mod namespace;
pub mod numa;
pub mod observed;
pub mod offer;
pub mod owner;
pub mod pace;
pub mod packing;
pub mod placement_rules;
pub mod pod_resources;
pub mod pod_template;
pub mod pool;
pub mod price;
pub mod probe;
pub mod request_queue;
pub mod resources;
pub mod swapping;
pub mod units;
pub mod volume;
