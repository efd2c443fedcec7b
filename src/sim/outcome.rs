//! What is left of a run: summaries whose size does not grow with its length.

use serde::{Deserialize, Serialize};

mod balancing;
mod batch;
mod by_hand;
mod calls;
mod cpu;
mod gpus;

pub use balancing::BalancingOutcome;
pub use batch::{BatchOutcome, FailedJobs, InTime};
pub use by_hand::StepsByHand;
pub use calls::CallOutcome;
pub use cpu::{ContainerCpu, CpuOutcome};
pub use gpus::GpuOutcome;

/// Everything one run came to. Written as `outcome.json`; `report` rebuilds its page from it and the CSV files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario's name.
    pub scenario: String,
    /// What the scenario asks, its first comment line.
    pub story: String,
    /// The version of Tonnage that ran it.
    pub version: String,
    /// The user's seed.
    pub seed: u64,
    /// Which replication under that seed, from 0.
    pub replication: u64,
    /// Simulated time, seconds.
    pub duration_s: f64,
    /// Statistics leave out everything before this, seconds.
    pub warmup_s: f64,
    /// Why the run ended: `horizon`, `exhausted`, `event_limit`, `cancelled`, `stopped` (before its end, by who stepped
    /// it), `failed`.
    pub stopped: String,
    /// What broke, where the run failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Model events processed: arrivals, departures and control events.
    pub events: u64,
    /// Order-independent digest of everything that happened, 16 hex digits.
    pub digest: String,
    /// A summary of each workload, in the scenario's order.
    pub workloads: Vec<WorkloadOutcome>,
    /// What workloads had to do with each other, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallOutcome>,
    /// The fleet.
    pub cluster: ClusterOutcome,
    /// What each fault came to, in the scenario's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultOutcome>,
    /// What a person had to do by hand over the measured time: each kind of step there can be here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<StepsByHand>,
    /// Each objective and whether it was met.
    pub objectives: Vec<ObjectiveOutcome>,
    /// What the model takes for granted in this run, one sentence each.
    pub assumptions: Vec<String>,
    /// Results that look wrong, with what mends them.
    pub warnings: Vec<Warning>,
}

/// A result that looks wrong, and the setting or flag that mends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What looks wrong.
    pub what: String,
    /// What to do about it.
    pub help: String,
}

/// One workload over the measured part of the run (after the warm-up).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadOutcome {
    /// Its name.
    pub name: String,
    /// The router's name in the catalog.
    pub routing: String,
    /// The pod scaler's name in the catalog.
    pub pod_scaling: String,
    /// Requests by their fate.
    pub requests: RequestCounts,
    /// From first arrival to success, retries and back-off included, seconds.
    pub latency: Quantiles,
    /// Time in a queue of the attempts that started service, seconds.
    pub wait: Quantiles,
    /// Share of attempts that started service after waiting, 0 to 1.
    pub wait_probability: f64,
    /// Mean number of requests waiting.
    pub queued_mean: f64,
    /// Mean number of requests in service.
    pub in_service_mean: f64,
    /// Mean number of requests whose calls to other workloads were out; absent where it has to do with no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calling_mean: Option<f64>,
    /// Share of ready slots in use, 0 to 1; absent where slots are unlimited or none was ready.
    pub utilization: Option<f64>,
    /// Replicas over the measured time.
    pub replicas: ReplicaCounts,
    /// Jobs, where replicas end of their own accord.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jobs: Option<JobCounts>,
    /// Its Jobs, where it is a batch workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchOutcome>,
    /// What CPU limits and busy nodes have cost, where they could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<CpuOutcome>,
    /// What stood beside its routing policy, where something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balancing: Option<BalancingOutcome>,
    /// Rollouts of new versions, those before the measured time included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollouts: Vec<RolloutOutcome>,
    /// Containers that were started again where they were.
    #[serde(default)]
    pub restarts: Restarts,
    /// Times the number of desired replicas went up.
    pub scale_ups: u64,
    /// Times it went down.
    pub scale_downs: u64,
    /// From creation to ready of the pods that became ready, seconds.
    pub pod_start: Quantiles,
    /// Per request class, if there is more than one.
    pub classes: Vec<ClassOutcome>,
}

/// Containers started again by the kubelet of their node, by why they had ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restarts {
    /// They crashed.
    pub crash: u64,
    /// They were killed for their use of memory.
    pub oom: u64,
    /// A startup or liveness probe had failed.
    pub probe: u64,
    /// Their machine started anew.
    pub machine: u64,
    /// They needed more memory of a GPU than there was for them.
    #[serde(default, skip_serializing_if = "is_none")]
    pub gpu_memory: u64,
}

/// Whether there was none of something that few runs have.
const fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Restarts {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.crash + self.oom + self.probe + self.machine + self.gpu_memory
    }
}

/// One change of a workload's template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolloutOutcome {
    /// The version that was rolled out.
    pub version: String,
    /// When it began, seconds since the start.
    pub started_s: f64,
    /// When every pod was of the new version and available, or when the next version came before that; absent if it was
    /// not over at the end of the run.
    pub ended_s: Option<f64>,
    /// `complete`, `progressing`, `failed` (no progress within the deadline of a Deployment), `stalled` (no progress for ten
    /// minutes of a StatefulSet or DaemonSet, which have no deadline), `superseded` (by the next version), `paused` (too many
    /// tasks of a Swarm's service failed), `rolled_back` (the same, and the version before came back: the next one of the list).
    pub state: String,
    /// The fewest pods that were available meanwhile.
    pub available_min: u32,
}

/// One class of requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassOutcome {
    /// Its name.
    pub name: String,
    /// Requests by their fate.
    pub requests: RequestCounts,
    /// Latency of the class, seconds.
    pub latency: Quantiles,
    /// Time in a queue, seconds.
    pub wait: Quantiles,
}

/// Requests by fate. Flow is conserved over a run measured from its start:
/// `arrived = succeeded + refused + timed_out + abandoned + lost + call_failed + cancelled + unfinished`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestCounts {
    /// Requests users made (a retry is the same request).
    pub arrived: u64,
    /// Attempts, retries included.
    pub attempts: u64,
    /// Answered in time.
    pub succeeded: u64,
    /// Given up after a full queue or with no replica to take it.
    pub refused: u64,
    /// Given up after the time-out.
    pub timed_out: u64,
    /// Left the queue for lack of patience.
    pub abandoned: u64,
    /// Given up after the replica that held it went away.
    pub lost: u64,
    /// Failed because a call to another workload that they needed had failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub call_failed: u64,
    /// Given up by the request of another workload that had called.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cancelled: u64,
    /// Still waiting, in service or before a retry at the end.
    pub unfinished: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl RequestCounts {
    /// Share of finished requests that succeeded, 0 to 1; `None` before any has finished.
    #[must_use]
    pub fn success_ratio(&self) -> Option<f64> {
        let failed =
            self.refused + self.timed_out + self.abandoned + self.lost + self.call_failed + self.cancelled;
        let finished = self.succeeded + failed;
        (finished > 0).then(|| self.succeeded as f64 / finished as f64)
    }
}

/// Jobs of a workload whose replicas end of their own accord. None is lost: over a run measured from its start,
/// `started = done + unfinished`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCounts {
    /// Jobs created.
    pub started: u64,
    /// Jobs whose work was done.
    pub done: u64,
    /// Pods that went before their job's work was done; each was replaced.
    pub pods_failed: u64,
    /// Jobs that were not done at the end.
    pub unfinished: u64,
    /// Of those, jobs without a pod that runs: it waits for a node, or pulls or starts.
    pub waiting: u64,
}

/// A distribution in a few numbers; all zero when `count` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub struct Quantiles {
    pub count: u64,
    pub mean: f64,
    pub std_dev: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

/// Replica numbers over the measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicaCounts {
    /// Time-weighted mean of ready replicas.
    pub ready_mean: f64,
    /// Time-weighted mean of replicas being pulled or started.
    pub starting_mean: f64,
    /// Time-weighted mean of replicas waiting for a node.
    pub pending_mean: f64,
    /// Fewest ready.
    pub ready_min: u32,
    /// Most ready.
    pub ready_max: u32,
}

/// The fleet over the measured time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterOutcome {
    /// The placement policy's name in the catalog.
    pub placement: String,
    /// The node scaler's name in the catalog.
    pub node_scaling: String,
    /// Time-weighted mean of nodes that exist (booting, ready, draining).
    pub nodes_mean: f64,
    /// Most nodes at one time.
    pub nodes_max: u32,
    /// Fewest nodes at one time.
    pub nodes_min: u32,
    /// Nodes that were there at the run's start: what has to be set up before anything runs.
    #[serde(default)]
    pub nodes_start: u32,
    /// Node-hours billed.
    pub node_hours: f64,
    /// Cost of the measured time, US dollars.
    pub cost_usd: f64,
    /// The same, as a month of 730 hours, US dollars.
    pub cost_usd_per_month: f64,
    /// Nodes launched after the start.
    pub launches: u64,
    /// Nodes removed.
    pub removals: u64,
    /// Launches that failed; they are among `launches`.
    #[serde(default)]
    pub launch_failures: u64,
    /// Machines that the provider gave notice of taking back.
    #[serde(default)]
    pub interruptions: u64,
    /// Pods that were evicted through the API: from nodes that were emptied, or to get another size.
    #[serde(default)]
    pub evictions: u64,
    /// CPU reserved by pods, share of allocatable of ready nodes, time-weighted, 0 to 1.
    pub cpu_reserved: f64,
    /// Memory reserved likewise.
    pub memory_reserved: f64,
    /// GPU reserved likewise, shares of devices included; `None` without GPUs.
    #[serde(default)]
    pub gpu_reserved: Option<f64>,
    /// Idle GPU of no use to a pod like those that run, expected share of all devices, mean of the samples, 0 to 1; `None`
    /// without GPUs.
    #[serde(default)]
    pub gpu_fragmented: Option<f64>,
    /// Work done by GPUs, share of what they could do, 0 to 1; absent where no more than their number is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_used: Option<f64>,
    /// CPU in use, share of allocatable, 0 to 1; `None` if no container says what it uses.
    pub cpu_used: Option<f64>,
    /// From creation to binding of pods that were bound, seconds.
    pub pod_pending: Quantiles,
    /// Images that nodes pulled, where the scenario says more of the registry or of disks than how fast nodes are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<ImagesOutcome>,
    /// Parts of GPUs, by pool and kind, where more is known of them than their number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gpus: Vec<GpuOutcome>,
    /// Each pool.
    pub pools: Vec<PoolOutcome>,
}

/// Images that nodes pulled over the measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImagesOutcome {
    /// Images that were not on the node.
    pub pulls: u64,
    /// Times a pod's images could not be pulled; each is tried again after a back-off.
    pub failed: u64,
    /// What the registry sent, bytes, of transfers that have ended.
    pub registry_bytes: u64,
    /// What the pull-through cache sent without the registry, likewise.
    pub cache_bytes: u64,
    /// Images that were deleted to free disks.
    pub deleted: u64,
}

/// One pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolOutcome {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: String,
    /// Time-weighted mean of nodes.
    pub nodes_mean: f64,
    /// Most nodes at one time.
    pub nodes_max: u32,
    /// Node-hours billed.
    pub node_hours: f64,
    /// Cost, US dollars.
    pub cost_usd: f64,
    /// Launches that failed.
    #[serde(default)]
    pub launch_failures: u64,
    /// Machines that the provider gave notice of taking back.
    #[serde(default)]
    pub interruptions: u64,
}

/// A fault, or a process of faults, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FaultOutcome {
    /// What the scenario calls it.
    pub name: String,
    /// What kind it is of: `node_crash`, `zone_outage` and so on.
    pub kind: String,
    /// How often it happened.
    pub occurrences: u64,
    /// Of those, from how many service was not back when the run ended.
    pub unrecovered: u64,
    /// Machines it hit.
    pub nodes: u64,
    /// From its beginning until the platform knew; `None` where there was nothing to find out.
    pub time_to_detect_s: Option<Spread>,
    /// From its beginning until as many replicas answered as before, or as were wanted then.
    pub time_to_recover_s: Option<Spread>,
    /// Workloads it affected.
    pub workloads: Vec<FaultedWorkload>,
}

/// Times over several occurrences, seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The longest.
    pub max: f64,
}

/// A workload under a fault, from each beginning to each recovery.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FaultedWorkload {
    /// Its name.
    pub name: String,
    /// Share of the replicas before that answered, 0 to 1, over time.
    pub availability: Option<f64>,
    /// Pods lost: those that went without being asked to stop.
    pub pods_lost: u64,
    /// Requests lost with what the replicas were doing.
    pub requests_lost: u64,
    /// Work of pods of Jobs that was lost with what they were doing, seconds.
    #[serde(default)]
    pub work_lost_s: f64,
    /// Requests that failed for good, for whatever reason.
    pub requests_failed: u64,
    /// Requests that succeeded.
    pub requests_succeeded: u64,
}

/// An objective and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveOutcome {
    /// As a sentence: `shop: p99 latency at most 300ms`.
    pub objective: String,
    /// The measured value as text: `212ms`.
    pub measured: String,
    /// The measured value as a number in the objective's unit.
    pub value: f64,
    /// That unit: `s`, `ratio`, `usd`.
    pub unit: String,
    /// The bound in the same unit.
    pub bound: f64,
    /// Whether it was met.
    pub met: bool,
    /// Where replications were judged together: the value is their mean then, and it is met if each of them meets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Judged>,
}

/// Replications judged together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// How many there were.
    pub replications: u64,
    /// How many of them missed the objective.
    pub missed: u64,
    /// Ends of the 95 % interval of the mean value; `None` where there is none.
    pub ci95: Option<(f64, f64)>,
}
