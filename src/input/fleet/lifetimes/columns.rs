//! The columns of pods that come and go, by the names that published traces give them.

use super::super::table::{Header, Names};
use crate::input::Diagnostics;

const NAME: Names = &["name", "pod", "pod_name", "instance_sn", "id", "job"];
const CPU_MILLI: Names = &["cpu_milli"];
const CPU: Names = &["cpu", "cpu_num", "cpu_request", "cpu_count"];
const MEMORY_MIB: Names = &["memory_mib"];
const MEMORY_GIB: Names = &["memory_gib", "memory_request"];
/// Millions of bytes.
const MEMORY_MB: Names = &["mem_capacity"];
const GPUS: Names = &["num_gpu", "gpu", "gpus", "num_gpus", "gpu_request"];
const GPU_MILLI: Names = &["gpu_milli"];
const MODELS: Names = &["gpu_spec", "gpu_model", "model"];
const ARRIVAL: Names = &[
    "arrival_s",
    "arrival",
    "creation_time",
    "timestamp",
    "submission_time",
];
const ARRIVAL_MS: &str = "submission_time";
const LIFETIME: Names = &["lifetime_s", "duration_s", "lifetime", "duration"];
const END: Names = &["deletion_time"];
/// When it started where the trace was taken: how long it waited there is no part of how long it runs.
const STARTED: Names = &["scheduled_time"];
/// Local disk, GiB.
const DISK: Names = &["disk_gib", "disk_request"];
/// Percent of a network card.
const RDMA: Names = &["rdma_percent", "rdma_request"];
const ROLE: Names = &["role"];
/// Parts of a job, each on a machine of its own.
const NODES: Names = &["nodes", "num_nodes", "node_count"];
/// Parts of a job, of which a machine may have several.
const TASKS: Names = &["tasks", "num_tasks", "gang", "gang_size"];
/// Whose quota a pod counts against.
const CLUSTER: Names = &["cluster", "virtual_cluster", "vc", "tenant"];
const PRIORITY: Names = &["priority"];
const GROUP: Names = &["app_name", "group"];
const GROUP_MOST: Names = &["max_instance_per_node", "max_per_node"];
/// Times are read in thousandths of a second.
const MILLIS: u64 = 1000;

pub(super) struct Columns {
    pub(super) name: Option<usize>,
    pub(super) cpu_milli: Option<usize>,
    pub(super) cpu: Option<usize>,
    pub(super) memory_mib: Option<usize>,
    pub(super) memory_gib: Option<usize>,
    pub(super) memory_mb: Option<usize>,
    pub(super) gpus: Option<usize>,
    pub(super) gpu_milli: Option<usize>,
    pub(super) models: Option<usize>,
    pub(super) arrival: Option<usize>,
    pub(super) lifetime: Option<usize>,
    pub(super) end: Option<usize>,
    pub(super) started: Option<usize>,
    /// Thousandths of a second in a unit of arrival and lifetime.
    pub(super) scale: u64,
    pub(super) priority: Option<usize>,
    pub(super) group: Option<usize>,
    pub(super) group_most: Option<usize>,
    pub(super) disk: Option<usize>,
    pub(super) rdma: Option<usize>,
    pub(super) role: Option<usize>,
    pub(super) nodes: Option<usize>,
    pub(super) tasks: Option<usize>,
    pub(super) cluster: Option<usize>,
}

impl Columns {
    pub(super) fn of(header: &Header, diagnostics: &mut Diagnostics) -> Option<Self> {
        let arrival = header.require(ARRIVAL, diagnostics);
        let (lifetime, end) = (header.find(LIFETIME), header.find(END));
        if lifetime.is_none() && end.is_none() {
            header.require(LIFETIME, diagnostics);
        }
        let (cpu_milli, cpu, gpus) = (header.find(CPU_MILLI), header.find(CPU), header.find(GPUS));
        if cpu_milli.is_none() && cpu.is_none() && gpus.is_none() {
            header.require(CPU_MILLI, diagnostics);
            return None;
        }
        let in_millis = arrival.is_some() && arrival == header.find(&[ARRIVAL_MS]);
        Some(Self {
            name: header.find(NAME),
            cpu_milli,
            cpu,
            memory_mib: header.find(MEMORY_MIB),
            memory_gib: header.find(MEMORY_GIB),
            memory_mb: header.find(MEMORY_MB),
            gpus,
            gpu_milli: header.find(GPU_MILLI),
            models: header.find(MODELS),
            arrival: Some(arrival?),
            lifetime,
            end: end.filter(|_| lifetime.is_none()),
            started: header.find(STARTED),
            scale: if in_millis { 1 } else { MILLIS },
            priority: header.find(PRIORITY),
            group: header.find(GROUP),
            group_most: header.find(GROUP_MOST),
            disk: header.find(DISK),
            rdma: header.find(RDMA),
            role: header.find(ROLE),
            nodes: header.find(NODES),
            tasks: header.find(TASKS),
            cluster: header.find(CLUSTER),
        })
    }
}
